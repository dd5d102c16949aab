import { Mistake } from '../mistake.js';

const TIMES: Readonly<Record<string, number>> = { s: 1e3, min: 6e4, h: 36e5, d: 864e5, w: 6048e5 };
const SIZES: Readonly<Record<string, number>> = { b: 1, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12 };

/** `30d` in milliseconds. */
export const ageOf = (text: string, what: string): number =>
  amount(text, TIMES) ?? refuse(text, what, 'a time', '30d, 12h or 90min');

/** `20GB` in bytes. */
export const sizeOf = (text: string, what: string): number =>
  amount(text, SIZES) ?? refuse(text, what, 'a size', '20GB, 500MB or 0B');

/** `2%` or `0.02` as a part of one. */
export function shareOf(text: string): number {
  const share = text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text);
  return share > 0 && share <= 1 ? share : refuse(text, '--sample', 'a share', '2%');
}

function amount(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const [, number, unit = ''] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*$/i.exec(String(text)) ?? [];
  const size = Object.hasOwn(units, unit.toLowerCase()) ? units[unit.toLowerCase()] : undefined;
  return number === undefined || size === undefined ? undefined : Math.round(Number(number) * size);
}

function refuse(text: string, what: string, kind: string, examples: string): never {
  throw new Mistake(`Cannot read ${what} ${JSON.stringify(text)}: it is not ${kind}. Write ${examples}.`);
}
