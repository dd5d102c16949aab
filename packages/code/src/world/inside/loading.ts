import type { Require } from './modules/index.js';
import type { Realm } from './realm.js';
import type { Ended, LoopTools } from './rows.js';

export type Program = (...imports: unknown[]) => unknown;
/** A package as a CommonJS module. */
export type Package = (exports: unknown, require: Require, module: { exports: unknown }) => void;

/** What a program imports: a package that is loaded once for a world, or a built-in module. */
export interface Import {
  readonly name: string;
  readonly package?: Package;
  /** Which of the packages in it. */
  readonly part?: number;
}

export interface Loading {
  /** Evaluates a program; its functions are told to `done`, in a while where it waits at the top. */
  readonly load: (program: Program, imports: readonly Import[], done: (ended: Ended) => void) => void;
}

interface Parts {
  readonly later: LoopTools['later'];
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
  const begin = () => {
    state.phase = 'loading';
    state.fresh = true;
    state.seed = '';
    state.inRow = true;
    state.row = undefined;
  };
  return {
    load: (program, imports, done) => {
      begin();
      const ended = (how: Ended) => {
        state.phase = 'running';
        state.inRow = false;
        done(how);
      };
      const all: unknown[] = [];
      later(async (race) => {
        for (let at = 0; at < imports.length; at++) all[at] = evaluated(imports[at] as Import);
        return await race(apply(program, undefined, all));
      }, ended);
    },
  };
};
