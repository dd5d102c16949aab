import type { Host } from '../host.js';

/** What changes while programs load and rows run. */
export interface State {
  phase: 'loading' | 'running';
  /** No number has been drawn in this call. */
  fresh: boolean;
  /** The synchronous part of a call runs; outside of it nobody knows whose call it is. */
  isCalling: boolean;
}

/** What the parts of the prelude stand on. Programs never see it. */
export interface Realm {
  readonly host: Host;
  readonly state: State;
  /** The instant at which the clock stands. */
  readonly clock: number;
  /** Defines own properties as the language does: not enumerable. */
  readonly methods: <T extends object>(target: T, own: object) => T;
  /** A class or function under its name in the global object. */
  readonly define: (name: string, value: unknown) => void;
  /** Defines globals when one of them is first read. */
  readonly lazy: (names: readonly string[], make: () => object) => void;
  /** What `lazy` defined under this name, whatever the program has put in its place. */
  readonly the: <T>(name: string) => T;
  /** An error with the code that Node gives it. */
  readonly coded: (Kind: ErrorConstructor, message: string, code: string) => Error;
  /** Functions that stand for built-in ones. */
  readonly isOurs: (fn: object) => boolean;
  /** Names what it is, or holds, as ours. */
  readonly note: (value: unknown) => void;
}

/** Evaluated inside, by its text: it and the others in this folder name nothing outside of themselves. */
export const realm = (asked: Host, clock: number): Realm => {
  const { defineProperty, getOwnPropertyDescriptor, getOwnPropertyDescriptors, entries } = Object;
  const { ownKeys } = Reflect;
  const kinds = new Map<string, ErrorConstructor>(
    [Error, TypeError, RangeError, SyntaxError, URIError].map((kind) => [kind.name, kind as ErrorConstructor]),
  );
  /** Looked into when somebody asks: few do, and each world would pay for it. */
  const noted: unknown[] = [];
  const ours = new WeakSet<object>();

  /** An error of the outer realm leads to its functions: the program gets one of its own. */
  const own = (error: unknown) => {
    if (error instanceof Error) return error;
    const { name, message, code } = error as { name: string; message: string; code?: unknown };
    if (typeof code === 'number')
      return new (the<new (message: string, name: string) => Error>('DOMException'))(message, name);
    const Kind = kinds.get(`${name}`) ?? Error;
    return typeof code === 'string' ? coded(Kind, `${message}`, code) : new Kind(`${message}`);
  };
  const coded: Realm['coded'] = (Kind, message, code) =>
    defineProperty(new Kind(message), 'code', { value: code, writable: true, enumerable: true, configurable: true });
  const guarded =
    <A extends unknown[], R>(ask: (...given: A) => R) =>
    (...given: A): R => {
      try {
        return ask(...given);
      } catch (error) {
        throw own(error);
      }
    };
  const host: Record<string, unknown> = {};
  for (const [name, ask] of entries(asked)) host[name] = guarded(ask as (...given: unknown[]) => unknown);

  const note = (value: unknown) => void noted.push(value);
  const isObject = (value: unknown): value is object =>
    (typeof value === 'object' && value !== null) || typeof value === 'function';
  const addAll = (value: unknown) => {
    if (!isObject(value)) return;
    ours.add(value);
    const prototype = typeof value === 'function' ? value.prototype : undefined;
    for (const each of [value, prototype])
      for (const part of isObject(each) ? Object.values(getOwnPropertyDescriptors(each)) : [])
        for (const fn of [part.value, part.get, part.set]) if (typeof fn === 'function') ours.add(fn);
  };
  const isOurs = (fn: object) => {
    for (const each of noted.splice(0)) addAll(each);
    return ours.has(fn);
  };
  const put = (name: string, value: unknown) =>
    defineProperty(globalThis, name, { value, writable: true, enumerable: false, configurable: true });
  const define = (name: string, value: unknown) => {
    note(value);
    put(name, value);
  };
  const methods = <T extends object>(target: T, given: object): T => {
    note(given);
    for (const key of ownKeys(given)) {
      const part = getOwnPropertyDescriptor(given, key) as PropertyDescriptor;
      part.enumerable = false;
      defineProperty(target, key, part);
    }
    return target;
  };
  const parts = new Map<string, () => unknown>();
  const the = <T>(name: string) => parts.get(name)?.() as T;
  const lazy = (names: readonly string[], make: () => object) => {
    let made: Record<string, unknown> | undefined;
    const get = (name: string) => {
      if (!made) {
        made = make() as Record<string, unknown>;
        for (const each of Object.values(made)) note(each);
      }
      return made[name];
    };
    for (const name of names) {
      parts.set(name, () => get(name));
      const set = (value: unknown) => void put(name, value);
      const first = () => {
        put(name, get(name));
        return get(name);
      };
      defineProperty(globalThis, name, { get: first, set, enumerable: false, configurable: true });
    }
  };
  const state: State = { phase: 'loading', fresh: true, isCalling: true };
  return { host: host as unknown as Host, state, clock, methods, define, lazy, the, coded, isOurs, note };
};
