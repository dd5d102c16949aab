import type { Realm } from './realm.js';

/** Something that is not given: while a program loads, its names can be taken, called and extended. */
export type Inert = (name: string) => object;

export const inert = ({ state }: Realm): Inert => {
  const { get: member } = Reflect;
  const refuse = (name: string): never => {
    throw new TypeError(
      `${name} is not given to a function that runs in a world of its own: what it gives is in no key. Read it in a source or pass it in \`with\`, or declare the stage \`nature: 'answered'\`.`,
    );
  };
  const made: Inert = (name) => {
    const parts = new Map<PropertyKey, unknown>();
    const call = (): object => (state.phase === 'loading' ? made(`${name}()`) : refuse(name));
    return new Proxy(class {}, {
      apply: call,
      construct: call,
      get: (target, key) => {
        // A promise and a module that is one already tell themselves by these.
        if (key === 'then' || key === '__esModule') return undefined;
        if (key === Symbol.toPrimitive) return () => name;
        if (typeof key === 'symbol' || key === 'prototype') return member(target, key);
        if (!parts.has(key)) parts.set(key, made(`${name}.${key}`));
        return parts.get(key);
      },
      set: (_, key, value) => {
        parts.set(key, value);
        return true;
      },
      has: () => true,
    });
  };
  return made;
};
