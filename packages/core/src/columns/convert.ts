import { types } from 'node:util';
import { parseDecimal } from './decimal.js';
import { ColumnError, type Place, showValue } from './error.js';
import { toHalf } from './half.js';
import { typeName } from './name.js';
import type { Scalar, Type } from './type.js';

/** A JavaScript value as it is stored, or undefined where the type can't hold it as it is. */
export type Convert = (value: unknown) => number | bigint | undefined;

const integer =
  (low: number, high: number): Convert =>
  (value) =>
    typeof value === 'number' && value >= low && value <= high && Number.isInteger(value) ? value : undefined;

const bigInteger =
  (low: bigint, high: bigint): Convert =>
  (value) => {
    const whole = typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value;
    return typeof whole === 'bigint' && whole >= low && whole <= high ? whole : undefined;
  };

const INT64 = bigInteger(-(2n ** 63n), 2n ** 63n - 1n);
const DAY = 86_400_000;

/** A float column rounds to its own precision: that is what declaring it says. It never makes an infinity of a number. */
const rounded =
  (round: (value: number) => number, store: (value: number) => number): Convert =>
  (value) => {
    if (typeof value !== 'number') return undefined;
    return Number.isFinite(value) && !Number.isFinite(round(value)) ? undefined : store(value);
  };

const SCALARS: { readonly [S in Scalar]?: Convert } = {
  int8: integer(-128, 127),
  int16: integer(-32_768, 32_767),
  int32: integer(-2_147_483_648, 2_147_483_647),
  int64: INT64,
  uint8: integer(0, 255),
  uint16: integer(0, 65_535),
  uint32: integer(0, 4_294_967_295),
  uint64: bigInteger(0n, 2n ** 64n - 1n),
  float16: rounded((value) => (Math.abs(value) >= 65520 ? Number.POSITIVE_INFINITY : value), toHalf),
  float32: rounded(Math.fround, (value) => value),
  float64: (value) => (typeof value === 'number' ? value : undefined),
  date: (value) => {
    const days = types.isDate(value) ? value.getTime() / DAY : Number.NaN;
    return Number.isInteger(days) ? days : undefined;
  },
};

/** Dates where they can say it (s, ms); for µs and ns bigints since 1970, or a Date. */
const MILLISECONDS = { s: -3, ms: 0, us: 3, ns: 6 } as const;

function timestamp(unit: keyof typeof MILLISECONDS): Convert {
  const power = MILLISECONDS[unit];
  return (value) => {
    if (typeof value === 'bigint') return power > 0 ? INT64(value) : undefined;
    const time = types.isDate(value) ? value.getTime() : Number.NaN;
    if (!Number.isInteger(time)) return undefined;
    if (power < 0) return time % 1000 === 0 ? BigInt(time / 1000) : undefined;
    return INT64(BigInt(time) * 10n ** BigInt(power));
  };
}

export function converterOf(type: Type): Convert {
  if (typeof type === 'string') return SCALARS[type]!;
  if ('timestamp' in type) return timestamp(type.timestamp);
  if (!('decimal' in type)) throw new Error(`BUG: ${JSON.stringify(type)} is not made of numbers.`);
  return (value) => (typeof value === 'string' ? parseDecimal(value, type.decimal) : undefined);
}

const EXPECTED: { readonly [S in Scalar]?: string } = {
  null: 'nothing but null',
  bool: 'true or false',
  int64: 'a bigint, or a number that is a safe integer, within 64 bits',
  uint64: 'a bigint, or a number that is a safe integer, from 0 to 2^64 − 1',
  float16: 'a number within ±65504 (or an infinity, or NaN)',
  float32: 'a number within ±3.4e38 (or an infinity, or NaN)',
  float64: 'a number',
  text: 'a string without halves of surrogate pairs (make it one with value.toWellFormed())',
  binary: 'a Uint8Array',
  date: 'a valid Date at midnight UTC',
};

function expected(type: Type): string {
  if (typeof type === 'string') return EXPECTED[type] ?? `a whole number that ${type} can hold`;
  if ('timestamp' in type) {
    if (type.timestamp === 's') return 'a valid Date of whole seconds';
    return type.timestamp === 'ms' ? 'a valid Date' : `a bigint (${type.timestamp} since 1970), or a valid Date`;
  }
  if ('decimal' in type)
    return `a string of digits, at most ${type.decimal[0]} in all, ${type.decimal[1]} after the point`;
  if ('list' in type) return 'an array or a typed array';
  if ('map' in type) return 'a Map';
  if ('fixed' in type) return `an array of ${type.size} items`;
  if ('tensor' in type) return `a typed array, or nested arrays, of shape [${type.shape.join(', ')}]`;
  return `a plain object with no other fields than ${Object.keys(type.struct).join(', ')}`;
}

export const refusal = (value: unknown, type: Type, place: Place, index: number): ColumnError =>
  new ColumnError(
    place.column,
    place.row(index),
    `Column "${place.path}", row ${place.row(index)}, holds ${showValue(value)}, but the column is ${typeName(type)}, ` +
      `which takes ${expected(type)}. Convert the value before, or declare another type for the column.`,
  );
