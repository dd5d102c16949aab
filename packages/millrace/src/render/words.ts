/** Numbers as people read them, the same in any locale. */
export const count = (n: number): string => String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ',');

export const many = (n: number, one: string, more = `${one}s`): string => `${count(n)} ${n === 1 ? one : more}`;

export function duration(seconds: number): string {
  if (seconds < 99.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 99.5 * 60) return `${Math.round(seconds / 60)} min`;
  return seconds < 48 * 3600 ? `${(seconds / 3600).toFixed(1)} h` : `${Math.round(seconds / 86400)} days`;
}

/** Two digits of small sums, cents of large ones. */
export function money(sum: number): string {
  if (sum === 0) return '$0';
  if (sum >= 0.01) return `$${sum.toFixed(2).replace(/\B(?=(\d{3})+\.)/g, ',')}`;
  return `$${Number(sum.toPrecision(2)).toFixed(8).replace(/0+$/, '')}`;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

export function bytes(n: number): string {
  let at = 0;
  let left = n;
  while (left >= 999.5 && at < UNITS.length - 1) [left, at] = [left / 1000, at + 1];
  return `${at === 0 || left >= 99.5 ? Math.round(left) : left.toFixed(1)} ${UNITS[at]}`;
}

export const figure = (n: number): string => {
  if (Number.isInteger(n) || Math.abs(n) >= 1000) return count(n);
  const shown = (digits: number) => n.toPrecision(digits);
  return String(Number(Math.abs(n) >= 100 ? shown(3) : inDigits(shown)));
};

/** In three digits, or in as many, up to six, as show that 0.9996 is not 1. */
export const inDigits = (shown: (digits: number) => string): string =>
  [3, 4, 5, 6].map(shown).find((text) => !Number.isInteger(Number(text))) ?? shown(3);

/** How long ago, roughly. */
export function ago(at: string, now: number): string {
  const seconds = Math.max(0, (now - Date.parse(at)) / 1000);
  if (seconds < 90) return 'just now';
  if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`;
  return seconds < 36 * 3600
    ? `${Math.round(seconds / 3600)} h ago`
    : `${many(Math.round(seconds / 86400), 'day')} ago`;
}
