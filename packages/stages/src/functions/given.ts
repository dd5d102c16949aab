import { builtInTag, isBuffer, type Nature } from '@millrace/core';

/** The config of a stage that takes a function, with what the function is given as the key has it. */
export function asDeclared<C extends { readonly with?: unknown }>(config: unknown): C {
  const declared = config as C;
  return declared.with === undefined ? declared : { ...declared, with: canonicalCopy(declared.with) };
}

interface Given {
  readonly with?: unknown;
  readonly nature?: Nature | undefined;
}

/**
 * What a function is given, as it stands in a key. There a Buffer looks like any bytes, and a function sees that it is
 * one. Of a pure one, bytes that are not said to be a Buffer are none, as they always were.
 */
export function givenKey({ with: given, nature = 'pure' }: Given): object {
  const bytes = bytesIn(given, '').filter(([, tag]) => nature !== 'pure' || tag === 'Buffer');
  return { with: given, ...(bytes.length && { bytes }) };
}

function bytesIn(value: unknown, path: string, above: readonly unknown[] = []): [path: string, tag: string][] {
  if (typeof value !== 'object' || value === null || above.includes(value)) return [];
  const inside = ([name, inner]: [unknown, unknown]) => bytesIn(inner, `${path}.${name}`, [...above, value]);
  const tag = isBuffer(value) ? 'Buffer' : builtInTag(value);
  if (tag === 'Buffer' || tag === 'Uint8Array') return [[path, tag]];
  if (tag === 'Map' || tag === 'Set') return [...(value as Set<unknown>)].flatMap((item, i) => inside([i, item]));
  return isPlain(value) || tag === 'Array' ? Object.entries(value).flatMap(inside) : [];
}

/**
 * A copy as its canonical form says it: keys in code unit order, without those that are undefined, and nobody's to
 * change. What has no canonical form is left as it is, for the key to refuse.
 */
export function canonicalCopy<T>(value: T, above: readonly unknown[] = []): T {
  if (typeof value !== 'object' || value === null || above.includes(value)) return value;
  const copy = (inner: unknown) => canonicalCopy(inner, [...above, value]);
  if (isPlain(value)) return frozenRecord(value, copy) as T;
  const tag = builtInTag(value);
  if (tag === undefined || Reflect.ownKeys(value).length !== usualKeys(value, tag)) return value;
  const copied = COPIES[tag];
  if (copied) return copied(value as never, copy) as T;
  return ArrayBuffer.isView(value) ? (bytesOf(value) as T) : value;
}

function frozenRecord(value: Readonly<Record<string, unknown>>, copy: (inner: unknown) => unknown): object {
  const names = Object.keys(value)
    .filter((name) => value[name] !== undefined)
    .sort();
  return Object.freeze(Object.fromEntries(names.map((name) => [name, copy(value[name])])));
}

type Copy = (inner: unknown) => unknown;

const COPIES: Readonly<Record<string, (value: never, copy: Copy) => unknown>> = {
  Array: (value: unknown[], copy) => Object.freeze(value.map(copy)),
  Map: (value: Map<unknown, unknown>, copy) => new Map([...value].map(([key, inner]) => [copy(key), copy(inner)])),
  Set: (value: Set<unknown>, copy) => new Set([...value].map(copy)),
  Date: (value: Date) => new Date(value.getTime()),
  RegExp: (value: RegExp) => regexpLike(value),
  URL: (value: URL) => new URL(value.href),
  ArrayBuffer: (value: ArrayBuffer) => value.slice(0),
};

export const regexpLike = (pattern: RegExp): RegExp => {
  const copy = new RegExp(pattern);
  copy.lastIndex = pattern.lastIndex;
  return copy;
};

/** A Buffer stays one; its own `slice` would share the bytes. */
export const bytesOf = (view: ArrayBufferView): ArrayBufferView =>
  Buffer.isBuffer(view) ? Buffer.from(view) : (view as Uint8Array).slice();

/** Of an array without holes: its indices and `length`. */
const usualKeys = (value: object, tag: string): number => {
  if (ArrayBuffer.isView(value)) return (value as Uint8Array).length;
  return Array.isArray(value) ? value.length + 1 : tag === 'RegExp' ? 1 : 0;
};

/** Cross-realm: an object whose prototype is the last one. With symbols or hidden parts it is left for the key to refuse. */
export function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const up = Object.getPrototypeOf(value) as object | null;
  if (up !== null && (Object.getPrototypeOf(up) !== null || !Object.hasOwn(up, 'hasOwnProperty'))) return false;
  return Reflect.ownKeys(value).every(
    (key) => typeof key === 'string' && Object.prototype.propertyIsEnumerable.call(value, key),
  );
}
