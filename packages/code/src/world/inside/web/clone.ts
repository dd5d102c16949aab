import type { Realm } from '../realm.js';

/** Copies of plain data, with its circles. */
export const clone = ({ the }: Realm) => {
  const refuse = (value: unknown): never => {
    const what = typeof value === 'symbol' || typeof value === 'function' ? String(value) : '#<Object>';
    throw new (the<new (message: string, name: string) => Error>('DOMException'))(
      `${what} could not be cloned.`,
      'DataCloneError',
    );
  };
  const kinds = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };
  const errorOf = (error: Error) => {
    const Kind = kinds[error.name as keyof typeof kinds] ?? Error;
    const made = Object.create(Kind.prototype);
    const { message, stack } = error;
    for (const [name, value] of Object.entries({ stack, message }))
      if (value !== undefined)
        Object.defineProperty(made, name, { value, writable: true, enumerable: false, configurable: true });
    return made;
  };
  const bytesOf = (view: ArrayBufferView, copy: (value: unknown) => unknown) => {
    const Kind = view.constructor as new (buffer: unknown, offset: number, length: number) => unknown;
    const length = view instanceof DataView ? view.byteLength : (view as Uint8Array).length;
    return new Kind(copy(view.buffer), view.byteOffset, length);
  };
  const empty = (value: object, copy: (value: unknown) => unknown): unknown => {
    const tag = Object.prototype.toString.call(value).slice(8, -1);
    if (Array.isArray(value)) return new Array(value.length);
    if (ArrayBuffer.isView(value)) return bytesOf(value, copy);
    if (value instanceof Date) return new Date(value.getTime());
    if (value instanceof RegExp) return new RegExp(value.source, value.flags);
    if (value instanceof Map) return new Map();
    if (value instanceof Set) return new Set();
    if (value instanceof ArrayBuffer) return value.slice(0);
    if (value instanceof Error) return errorOf(value);
    if (tag === 'Number' || tag === 'String' || tag === 'Boolean' || tag === 'BigInt') return Object(value.valueOf());
    if (value instanceof WeakMap || value instanceof WeakSet || value instanceof Promise || value instanceof WeakRef)
      return refuse(value);
    return {};
  };
  const structuredClone = (given: unknown) => {
    const known = new Map<unknown, unknown>();
    const copy = (value: unknown): unknown => {
      if (typeof value === 'function' || typeof value === 'symbol') return refuse(value);
      if (typeof value !== 'object' || value === null) return value;
      if (known.has(value)) return known.get(value);
      const made = empty(value, copy) as Record<string, unknown>;
      known.set(value, made);
      if (value instanceof Map)
        for (const [key, each] of [...value]) (made as unknown as Map<unknown, unknown>).set(copy(key), copy(each));
      else if (value instanceof Set) for (const each of [...value]) (made as unknown as Set<unknown>).add(copy(each));
      else if (Array.isArray(value) || Object.keys(made).length === 0)
        if (
          !ArrayBuffer.isView(value) &&
          !(value instanceof Error) &&
          !(value instanceof Date) &&
          !(value instanceof RegExp)
        )
          for (const key of Object.keys(value)) made[key] = copy((value as Record<string, unknown>)[key]);
      return made;
    };
    return copy(given);
  };
  return { structuredClone };
};
