import type { Calls, Ended } from './calls.js';
import type { Require } from './modules/index.js';
import type { Realm } from './realm.js';

export type Program = (...imports: unknown[]) => unknown;
/** A package as a CommonJS module. */
export type Package = (exports: unknown, require: Require, module: { exports: unknown }) => void;

/** What a program imports: a package that is loaded once for a world, or a built-in module. */
export interface Import {
  readonly name: string;
  /** As a namespace, as `require` gives it, or as a function that imports it. */
  readonly how: 'import' | 'require' | 'later';
  readonly package?: Package;
  /** Which of the packages in it. */
  readonly part?: number;
}

export interface Loading {
  /** Evaluates a program; its functions are told to `done`, in a while where it waits at the top. */
  readonly load: (program: Program, imports: readonly Import[], done: (ended: Ended) => void) => void;
}

interface Parts {
  readonly later: Calls['later'];
  readonly require: Require;
  readonly namespace: (name: string) => object;
}

export const loading = ({ state }: Realm, { later, require, namespace }: Parts): Loading => {
  const { apply } = Reflect;
  const packages = new Map<string, unknown>();
  const evaluated = ({ name, package: evaluate, part }: Import): unknown => {
    if (!evaluate) return namespace(name);
    if (!packages.has(name)) {
      const module = { exports: {} as unknown };
      apply(evaluate, module.exports, [module.exports, require, module]);
      packages.set(name, module.exports);
    }
    const all = packages.get(name);
    return part === undefined ? all : (all as readonly unknown[])[part];
  };
  /** A world has all before it begins. */
  const imported = (asked: Import): unknown => {
    const got = evaluated(asked);
    return asked.how === 'later' ? () => got : got;
  };
  const begin = () => {
    state.phase = 'loading';
    state.fresh = true;
    state.isCalling = true;
  };
  return {
    load: (program, imports, done) => {
      begin();
      const ended = (how: Ended) => {
        state.phase = 'running';
        state.isCalling = false;
        done(how);
      };
      const all: unknown[] = [];
      later(async (race) => {
        for (let at = 0; at < imports.length; at++) all[at] = imported(imports[at] as Import);
        return await race(apply(program, undefined, all));
      }, ended);
    },
  };
};
