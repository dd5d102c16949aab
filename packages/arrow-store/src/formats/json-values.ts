import { fieldsOf, type Type } from './core.js';

type Convert = (value: unknown) => unknown;

const present =
  (convert: Convert): Convert =>
  (value) =>
    value === null || value === undefined ? null : convert(value);

/**
 * Values as JSON that says them to the last bit, given their type: what JSON has no number for (NaN, the infinities, −0,
 * whole numbers past 2^53) is a string of it, bytes are base64, dates ISO 8601, maps lists of pairs.
 */
export function toJson(type: Type): Convert {
  return present(typeof type === 'string' ? (SCALARS_OUT[type] ?? ((value) => value)) : nestedOut(type));
}

const number = (value: unknown) =>
  Number.isFinite(value) && !Object.is(value, -0) ? value : Object.is(value, -0) ? '-0' : String(value);
const whole = (value: unknown) => (Number.isSafeInteger(Number(value)) ? Number(value) : String(value));
const base64 = (value: unknown) => Buffer.from(value as Uint8Array).toString('base64');
const iso = (value: unknown) => (value as Date).toISOString();

const SCALARS_OUT: { readonly [scalar: string]: Convert } = {
  int64: whole,
  uint64: whole,
  float16: number,
  float32: number,
  float64: number,
  binary: base64,
  date: (value) => iso(value).replace(/T.*/, ''),
};

function nestedOut(type: Exclude<Type, string>): Convert {
  if ('timestamp' in type) return type.timestamp === 's' || type.timestamp === 'ms' ? iso : whole;
  if ('decimal' in type) return (value) => value;
  if ('struct' in type) return fields(type.struct, toJson);
  if ('map' in type) return pairs(type.map.map(toJson), (map) => [...(map as Map<unknown, unknown>)]);
  const item = toJson(itemOf(type));
  return (value) => Array.from(value as ArrayLike<unknown>, item);
}

/** JSON's values as those that a column of the type is built of. */
export function fromJson(type: Type): Convert {
  return present(typeof type === 'string' ? (SCALARS_IN[type] ?? ((value) => value)) : nestedIn(type));
}

const bigint = (value: unknown) => BigInt(value as number);
const bytes = (value: unknown) => new Uint8Array(Buffer.from(value as string, 'base64'));
const date = (value: unknown) => new Date(value as string);

const SCALARS_IN: { readonly [scalar: string]: Convert } = {
  int64: bigint,
  uint64: bigint,
  float16: Number,
  float32: Number,
  float64: Number,
  binary: bytes,
  date,
};

function nestedIn(type: Exclude<Type, string>): Convert {
  if ('timestamp' in type) return type.timestamp === 's' || type.timestamp === 'ms' ? date : bigint;
  if ('decimal' in type) return (value) => value;
  if ('struct' in type) return fields(type.struct, fromJson);
  if ('map' in type) {
    const entries = pairs(type.map.map(fromJson), (value) => value as [unknown, unknown][]);
    return (value) => new Map(entries(value) as [unknown, unknown][]);
  }
  const item = fromJson(itemOf(type));
  return (value) => (value as unknown[]).map(item);
}

type Items = Extract<Type, { list: Type } | { fixed: Type } | { tensor: unknown }>;

function itemOf(type: Items): Type {
  if ('list' in type) return type.list;
  return 'fixed' in type ? type.fixed : type.tensor;
}

function fields(struct: { readonly [field: string]: Type }, of: (type: Type) => Convert): Convert {
  const converts = fieldsOf(struct).map((name) => [name, of(struct[name]!)] as const);
  return (value) =>
    Object.fromEntries(converts.map(([name, convert]) => [name, convert((value as Record<string, unknown>)[name])]));
}

function pairs([key, value]: readonly Convert[], entries: (map: unknown) => (readonly [unknown, unknown])[]): Convert {
  return (map) => entries(map).map(([k, v]) => [key!(k), value!(v)]);
}
