import { types } from 'node:util';
import type { Scalar, Type } from './type.js';

/** What JavaScript calls a value, as far as columns care; undefined: nothing that a column holds. */
export type Kind =
  | 'null'
  | 'bool'
  | 'float64'
  | 'int64'
  | 'text'
  | 'timestamp'
  | 'binary'
  | 'list'
  | 'struct'
  | 'map'
  | Items;
export type Items = `items:${Item}`;
export type Item = Exclude<Scalar, 'null' | 'bool' | 'text' | 'binary' | 'date'>;

const TYPED_ARRAYS: { readonly [name: string]: Kind } = {
  Uint8Array: 'binary',
  Uint8ClampedArray: 'items:uint8',
  Int8Array: 'items:int8',
  Int16Array: 'items:int16',
  Int32Array: 'items:int32',
  Uint16Array: 'items:uint16',
  Uint32Array: 'items:uint32',
  BigInt64Array: 'items:int64',
  BigUint64Array: 'items:uint64',
  Float16Array: 'items:float16',
  Float32Array: 'items:float32',
  Float64Array: 'items:float64',
};

export function kindOf(value: unknown): Kind | undefined {
  switch (typeof value) {
    case 'string':
      return 'text';
    case 'number':
      return 'float64';
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int64';
    case 'undefined':
      return 'null';
    case 'object':
      return value === null ? 'null' : kindOfObject(value);
    default:
      return undefined;
  }
}

function kindOfObject(value: object): Kind | undefined {
  if (Array.isArray(value)) return 'list';
  if (types.isDate(value)) return 'timestamp';
  if (types.isMap(value)) return 'map';
  if (ArrayBuffer.isView(value)) return typedArrayKind(value);
  return isPlain(value) ? 'struct' : undefined;
}

const typedArrayKind = (value: ArrayBufferView): Kind | undefined => {
  const name: unknown = Reflect.get(TYPED_ARRAY, Symbol.toStringTag, value);
  return typeof name === 'string' ? TYPED_ARRAYS[name] : undefined;
};
const TYPED_ARRAY: object = Object.getPrototypeOf(Uint8Array.prototype);

export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return (
    prototype === null ||
    (Object.hasOwn(prototype as object, 'isPrototypeOf') && Object.getPrototypeOf(prototype) === null)
  );
}

export const itemOf = (kind: Items): Item & Type => kind.slice('items:'.length) as Item;

const NAMES: { readonly [K in Kind]?: string } = {
  bool: 'a boolean',
  float64: 'a number',
  int64: 'a bigint',
  text: 'a string',
  timestamp: 'a Date',
  binary: 'bytes',
  list: 'an array',
  struct: 'an object',
  map: 'a Map',
};
export const kindText = (kind: Kind): string => NAMES[kind] ?? `a typed array of ${kind.slice('items:'.length)}`;

/** A field by its own name only: `constructor` and `__proto__` are names like any other. */
export const ownReader = (name: string): ((object: object) => unknown) =>
  name in Object.prototype
    ? (object) => (Object.hasOwn(object, name) ? Reflect.get(object, name) : undefined)
    : (object) => (object as { readonly [field: string]: unknown })[name];
