import type { Inert } from '../inert.js';
import type { Realm } from '../realm.js';

/** `require` for what comes with Node. */
export type Require = (name: string) => unknown;

export const modules = (
  { host, lazy }: Realm,
  { inert, given }: { inert: Inert; given: Readonly<Record<string, () => unknown>> },
): { readonly require: Require; readonly namespace: (name: string) => object } => {
  const made = new Map<string, unknown>();
  const plain = (name: string) => name.replace(/^node:/, '');
  /** What a module has in Node and lacks here can be taken, called and extended while a program loads. */
  const filled = (name: string, own: unknown) => {
    for (const key of JSON.parse(host.namesIn(name)) as string[])
      if (!(key in (own as object)))
        Object.defineProperty(own, key, {
          value: inert(`${name}.${key}`),
          enumerable: true,
          configurable: true,
          writable: true,
        });
    return own;
  };
  const make = (name: string) => {
    const own = given[name]?.();
    return own === undefined ? inert(name) : filled(name, own);
  };
  const require: Require = (asked) => {
    const name = plain(`${asked}`);
    if (!host.isBuiltin(name))
      throw Object.assign(new Error(`Cannot find module '${asked}'`), { code: 'MODULE_NOT_FOUND' });
    if (!made.has(name)) made.set(name, make(name));
    return made.get(name);
  };
  lazy(['Buffer'], () => ({ Buffer: (require('node:buffer') as { Buffer: unknown }).Buffer }));
  return {
    require,
    namespace: (name) => {
      const own = require(name) as object;
      return given[plain(name)] ? Object.assign(Object.create(null), own, { default: own }) : own;
    },
  };
};
