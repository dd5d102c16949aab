import type { Realm } from '../realm.js';

type Fn = (...given: unknown[]) => unknown;

/** @internal */
export const util = ({ host, the }: Realm) => {
  const { apply, getOwnPropertyDescriptor, ownKeys, defineProperty } = Reflect;
  const custom = Symbol.for('nodejs.util.promisify.custom');
  const types: Record<string, Fn> = {};
  for (const name of host.typeNames().split(',')) types[name] = (value) => host.isType(name, value);
  const settings = (options: unknown) => JSON.stringify(options ?? {});

  const promisify = (fn: Fn & { [custom]?: Fn }) => {
    if (typeof fn !== 'function') throw new TypeError('The "original" argument must be of type function.');
    if (fn[custom]) return fn[custom];
    const made = function (this: unknown, ...given: unknown[]) {
      return new Promise((resolve, reject) => {
        apply(fn, this, [...given, (error: unknown, value: unknown) => (error ? reject(error) : resolve(value))]);
      });
    };
    for (const key of ownKeys(fn)) {
      const part = getOwnPropertyDescriptor(fn, key);
      if (part?.configurable) defineProperty(made, key, part);
    }
    return Object.setPrototypeOf(made, Object.getPrototypeOf(fn));
  };
  const callbackify =
    (fn: (...given: unknown[]) => Promise<unknown>) =>
    (...given: unknown[]) => {
      const done = given.pop() as Fn;
      fn(...given).then(
        (value) => queueMicrotask(() => void done(null, value)),
        (error) => queueMicrotask(() => void done(error ?? new Error('Promise was rejected with a falsy value'))),
      );
    };
  const inherits = (own: Fn & { super_?: Fn }, above: Fn) => {
    defineProperty(own, 'super_', { value: above, writable: true, configurable: true });
    Object.setPrototypeOf(own.prototype, above.prototype);
  };
  const warned = new Set<string>();
  const deprecate = (fn: Fn, message: string, code = message) =>
    function (this: unknown, ...given: unknown[]) {
      if (!warned.has(code)) host.log('warn', `DeprecationWarning: ${message}`);
      warned.add(code);
      return new.target ? Reflect.construct(fn, given, new.target) : apply(fn, this, given);
    };
  const debuglog = () => Object.assign(() => {}, { enabled: false });
  const is = (kind: string) => (value: unknown) => typeof value === kind;
  return {
    format: (...given: unknown[]) => host.format(...given),
    formatWithOptions: (_: unknown, ...given: unknown[]) => host.format(...given),
    inspect: Object.assign((value: unknown, options?: unknown) => host.inspect(value, settings(options)), {
      custom: Symbol.for('nodejs.util.inspect.custom'),
      defaultOptions: {},
    }),
    promisify: Object.assign(promisify, { custom }),
    callbackify,
    inherits,
    deprecate,
    debuglog,
    debug: debuglog,
    isDeepStrictEqual: (one: unknown, other: unknown) => host.isDeepEqual(one, other, true),
    stripVTControlCharacters: (text: unknown) => host.withoutColours(`${text}`),
    toUSVString: (text: unknown) => `${text}`.toWellFormed(),
    types,
    TextEncoder: the('TextEncoder'),
    TextDecoder: the('TextDecoder'),
    isArray: Array.isArray,
    isBoolean: is('boolean'),
    isNull: (value: unknown) => value === null,
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isNumber: is('number'),
    isString: is('string'),
    isSymbol: is('symbol'),
    isUndefined: is('undefined'),
    isFunction: is('function'),
    isRegExp: types['isRegExp'],
    isDate: types['isDate'],
    isError: (value: unknown) => types['isNativeError']?.(value) || value instanceof Error,
    isObject: (value: unknown) => typeof value === 'object' && value !== null,
    isPrimitive: (value: unknown) => (typeof value !== 'object' && typeof value !== 'function') || value === null,
    _extend: Object.assign,
  };
};
