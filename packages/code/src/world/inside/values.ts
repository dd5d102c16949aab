import type { ReadOnly } from './read-only.js';

/** A value of the outer realm, made again in this one. What belongs here already stays what it is. */
export type Make = <T>(value: T) => T;

export interface Values {
  readonly make: Make;
  /** The same for what many rows are given: what nobody can change is made once. */
  readonly given: Make;
}

export const values = (readOnly: ReadOnly): Values => {
  const { isArray } = Array;
  const { toStringTag } = Symbol;
  const { apply } = Reflect;
  const { isView } = ArrayBuffer;
  const { getPrototypeOf, defineProperty, freeze, isFrozen, entries, fromEntries } = Object;
  const { toString: tag } = Object.prototype;
  const { getTime } = Date.prototype;
  const kinds = globalThis as unknown as Record<string, new (...given: unknown[]) => object>;

  type Outer = Record<string, unknown> & Iterable<unknown>;
  /** The last prototype of the outer realm, once it was seen: most of what comes has no other. */
  let last: unknown;
  const isPlain = (outer: object): boolean => {
    const up: unknown = getPrototypeOf(outer);
    if (up === null) return true;
    if (getPrototypeOf(up) !== null) return false;
    last = up;
    return true;
  };
  const plain = (outer: Outer): object => {
    const made: Record<string, unknown> = getPrototypeOf(outer) === null ? Object.create(null) : {};
    // What is enumerable of a prototype would be one that somebody changed, which is refused.
    for (const key in outer) {
      const each = outer[key];
      const value = typeof each === 'string' || typeof each === 'number' ? each : make(each);
      if (key === '__proto__')
        defineProperty(made, key, { value, writable: true, enumerable: true, configurable: true });
      else made[key] = value;
    }
    return made;
  };
  const list = (outer: readonly unknown[]): unknown[] => {
    const made = new Array(outer.length);
    for (let at = 0; at < outer.length; at++) if (at in outer) made[at] = make(outer[at]);
    return made;
  };
  /** Copied: the bytes of the host lead to all its other bytes, and are not the function's to change. */
  const view = (outer: ArrayBufferView): object => {
    const kind = apply(tag, outer, []).slice(8, -1);
    const Kind = kinds[kind] as new (...given: unknown[]) => object;
    if (kind !== 'DataView') return new Kind(outer);
    const bytes = new Uint8Array(new Uint8Array(outer.buffer, outer.byteOffset, outer.byteLength));
    return new Kind(bytes.buffer);
  };
  const tagged = (outer: Outer): object => {
    switch (apply(tag, outer, [])) {
      case '[object Date]':
        return new kinds['Date']!(apply(getTime, outer, []));
      case '[object Map]':
        return new Map([...outer].map((entry) => make(entry) as [unknown, unknown]));
      case '[object Set]':
        return new Set([...outer].map(make));
      case '[object RegExp]':
        return new RegExp(`${outer['source']}`, `${outer['flags']}`);
      case '[object ArrayBuffer]':
        return new Uint8Array(new Uint8Array(outer as unknown as ArrayBuffer)).buffer;
      case '[object Error]':
        return Object.assign(new Error(`${outer['message']}`), { name: `${outer['name']}` });
      default:
        // What has a class of the outer program stays what it is: a session, a signal.
        return isPlain(outer) ? plain(outer) : outer;
    }
  };
  const make: Make = (value) => {
    if (typeof value === 'function' && !(value instanceof Function))
      throw new TypeError(
        'A function of the outer program cannot be given to a function that runs in a world of its own.',
      );
    if (typeof value !== 'object' || value === null || value instanceof Object) return value;
    const outer: object = value;
    if (getPrototypeOf(outer) === last && !(toStringTag in outer)) return plain(outer as Outer) as typeof value;
    if (isArray(outer)) return list(outer) as typeof value;
    return (isView(outer) ? view(outer) : tagged(outer as Outer)) as typeof value;
  };

  /** Bytes from here on are no row's to change, and too many to be copied for each. */
  const MANY_BYTES = 16_384;
  const kept = new WeakMap<object, unknown>();
  const isKept = (value: unknown) => typeof value !== 'object' || value === null || kept.has(value);
  const keep = (outer: object, made: object): object => {
    kept.set(outer, made);
    return made;
  };
  /** Of a frozen value, frozen in turn. */
  const frozen = (outer: object): object | undefined => {
    if (isArray(outer)) return freeze([...outer].map(given));
    switch (apply(tag, outer, [])) {
      case '[object Map]':
        return freeze(
          readOnly(
            new Map([...(outer as Map<unknown, unknown>)].map(([key, each]) => [given(key), given(each)] as const)),
          ),
        );
      case '[object Set]':
        return freeze(readOnly(new Set([...(outer as Set<unknown>)].map(given))));
      default:
        return isPlain(outer)
          ? freeze(fromEntries(entries(outer).map(([key, each]) => [key, given(each)])))
          : undefined;
    }
  };
  const partsOf = (outer: object): unknown[] =>
    isPlain(outer) ? Object.values(outer) : [...(outer as Iterable<unknown>)].flat();
  const given = <T>(value: T): T => {
    if (typeof value !== 'object' || value === null || value instanceof Object) return make(value);
    const known = kept.get(value);
    if (known !== undefined) return known as T;
    const outer: object = value;
    if (isView(outer)) return (outer.byteLength > MANY_BYTES ? keep(outer, view(outer)) : view(outer)) as T;
    const made = isFrozen(value) ? frozen(value) : undefined;
    if (made === undefined) return make(value);
    return (partsOf(value).every(isKept) ? keep(value, made) : made) as T;
  };
  return { make, given };
};
