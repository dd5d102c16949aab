import { Unfit } from './bad-rows.js';

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const TIMESTAMP = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?\s?(Z|UTC|[+-]\d{2}:?\d{2})?$/;

/** Of our own: the platform reads a time without a zone as local, so that the answer would depend on the host. */
export function dateFrom(text: string): Date {
  const found = DATE.exec(text);
  const date = found ? new Date(`${text}T00:00:00Z`) : undefined;
  if (date && date.getUTCDate() === Number(found?.[3])) return date;
  throw new Unfit(`${JSON.stringify(text)} is no date such as 2024-01-31`);
}

/** Without a zone it is UTC. More than milliseconds are refused rather than cut, but by columns of µs and ns. */
export function timestampFrom(text: string, unit: 's' | 'ms' | 'us' | 'ns'): Date | bigint {
  const parts = TIMESTAMP.exec(text);
  const day = DATE.test(text) ? dateFrom(text) : parts && dateFrom(parts[1] as string);
  if (!day) throw noTimestamp(text);
  if (!parts) return unit === 'us' || unit === 'ns' ? scaled(day.getTime(), '', unit) : day;
  const [hours, minutes, seconds] = [Number(parts[2]), Number(parts[3]), Number(parts[4] ?? 0)];
  if (hours > 23 || minutes > 59 || seconds > 59) throw noTimestamp(text);
  const time = day.getTime() + ((hours * 60 + minutes) * 60 + seconds) * 1000 - zoneOf(parts[6]);
  const fraction = (parts[5] ?? '').replace(/0+$/, '');
  if (unit === 'us' || unit === 'ns') return scaled(time, fraction, unit);
  if (fraction.length > 3)
    throw new Unfit(
      `${JSON.stringify(text)} has more than milliseconds, which the column would cut; declare { timestamp: 'us' }`,
    );
  return new Date(time + Number(fraction.padEnd(3, '0')));
}

function scaled(time: number, fraction: string, unit: 'us' | 'ns'): bigint {
  const digits = unit === 'us' ? 6 : 9;
  if (fraction.length > digits) throw new Unfit(`a fraction of ${fraction.length} digits does not fit ${unit}`);
  return BigInt(time / 1000) * 10n ** BigInt(digits) + BigInt(fraction.padEnd(digits, '0'));
}

function zoneOf(zone: string | undefined): number {
  const parts = /^([+-])(\d{2}):?(\d{2})$/.exec(zone ?? '');
  if (!parts) return 0;
  return (parts[1] === '-' ? -1 : 1) * (Number(parts[2]) * 60 + Number(parts[3])) * 60_000;
}

const noTimestamp = (text: string): Unfit =>
  new Unfit(`${JSON.stringify(text)} is no timestamp such as 2024-01-31T12:30:00Z`);
