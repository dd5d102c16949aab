import { randomUUID } from 'node:crypto';
import type { Type } from './type.js';

type Plain = (value: unknown) => unknown;

/**
 * The values of a column as JSON says them: whole numbers in all their digits, dates and timestamps in ISO 8601, bytes in
 * base64, a map with keys of text as an object and another one as pairs. JSON has no number for NaN and the infinities: null.
 */
export function plainOf(type: Type): Plain {
  const plain = typeof type === 'string' ? scalarPlain(type) : nestedPlain(type);
  return (value) => (value === null || value === undefined ? null : plain(value));
}

function scalarPlain(type: Exclude<Type, object>): Plain {
  if (type.startsWith('float')) return (value) => (Number.isFinite(value) ? value : null);
  if (type === 'binary') return (value) => Buffer.from(value as Uint8Array).toString('base64');
  if (type === 'date') return (value) => (value as Date).toISOString().replace(/T.*$/, '');
  return (value) => value;
}

function nestedPlain(type: Extract<Type, object>): Plain {
  if ('timestamp' in type) return (value) => timeText(value as Date | bigint, type.timestamp);
  if ('decimal' in type) return (value) => value;
  if ('struct' in type) return structPlain(type.struct);
  if ('map' in type) return mapPlain(type.map);
  const item = plainOf('list' in type ? type.list : 'fixed' in type ? type.fixed : type.tensor);
  return (value) => Array.from(value as ArrayLike<unknown>, item);
}

function structPlain(fields: { readonly [field: string]: Type }): Plain {
  const plain = new Map(Object.entries(fields).map(([name, type]) => [name, plainOf(type)]));
  return (value) =>
    Object.fromEntries(Object.entries(value as object).map(([name, inner]) => [name, plain.get(name)?.(inner)]));
}

function mapPlain([keyType, valueType]: readonly [Type, Type]): Plain {
  const [key, inner] = [plainOf(keyType), plainOf(valueType)];
  const pairs = (value: unknown) => [...(value as Map<unknown, unknown>)].map(([k, v]) => [key(k), inner(v)] as const);
  return keyType === 'text' ? (value) => Object.fromEntries(pairs(value) as [string, unknown][]) : pairs;
}

const LAST_SECOND = 8_640_000_000_000n;

/** ISO 8601 in UTC. A time that no date can hold is its number. */
function timeText(value: Date | bigint, unit: 's' | 'ms' | 'us' | 'ns'): string {
  if (typeof value !== 'bigint') return value.toISOString();
  const digits = unit === 'ns' ? 9 : 6;
  const second = 10n ** BigInt(digits);
  const fraction = ((value % second) + second) % second;
  const seconds = (value - fraction) / second;
  if (seconds > LAST_SECOND || seconds < -LAST_SECOND) return String(value);
  return new Date(Number(seconds) * 1000).toISOString().replace('.000Z', `.${String(fraction).padStart(digits, '0')}Z`);
}

/** No text of a user holds it. */
const DIGITS = `digits-${randomUUID()}-`;
const MARKED = new RegExp(`"${DIGITS}(-?\\d+)"`, 'g');

/** JSON in which whole numbers have all their digits, which JSON.stringify refuses to write. `plain` gives what else JSON does not know. */
export function jsonText(value: unknown, plain: Plain = (inner) => inner, space?: number): string {
  let isLarge = false;
  const text = JSON.stringify(
    value,
    (_, inner: unknown) => {
      if (typeof inner !== 'bigint') return plain(inner);
      if (Number.isSafeInteger(Number(inner))) return Number(inner);
      isLarge = true;
      return `${DIGITS}${inner}`;
    },
    space,
  );
  return isLarge ? text.replace(MARKED, '$1') : text;
}

const TEXT_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** JSON whose whole numbers are bigints where a number would round them. */
export function exactJson(text: string): unknown {
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  const marked = text.replace(TEXT_OR_NUMBER, (found) => (/^-?\d{16,}$/.test(found) ? `"${DIGITS}${found}"` : found));
  return JSON.parse(marked, (_, inner: unknown) =>
    typeof inner === 'string' && inner.startsWith(DIGITS) ? BigInt(inner.slice(DIGITS.length)) : inner,
  );
}
