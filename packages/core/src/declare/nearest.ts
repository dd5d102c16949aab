/** The nearest spelling among some names, if one is near. */
export function nearest(name: string, among: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.max(name.length > 3 ? 2 : 1, Math.floor(name.length / 3)) + 1;
  for (const other of among) {
    const far = distance(name.toLowerCase(), other.toLowerCase());
    if (far < least) [best, least] = [other, far];
  }
  return best;
}

/** What to write now, after a name that is not known: the nearest one, if one is near. */
export function didYouMean(name: string, among: readonly string[]): string | undefined {
  const close = nearest(name, among) ?? among.find((other) => letters(other) === letters(name));
  return close === undefined ? undefined : `Did you mean ${close}?`;
}

const letters = (text: string): string => [...text.toLowerCase()].sort().join('');

/** Edit distance, row by row. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] as number) + 1, (next[j - 1] as number) + 1, swap));
    }
    row = next;
  }
  return row[b.length] as number;
}
