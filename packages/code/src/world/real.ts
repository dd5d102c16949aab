import { createRequire } from 'node:module';
import { types } from 'node:util';
import type { Context, Level, Log } from './context.js';
import type { Import, Loading, Program } from './inside/loading.js';
import type { Ended, LoopTools, Thrown } from './inside/rows.js';
import { printer } from './printer.js';
import { scriptOf } from './scripts.js';

/** Loads what a package has not in it: built-in modules, native add-ons. */
export type Require = (name: string) => unknown;

/** The realm of Node itself, for functions that ask services: they run from their text all the same. */
export const realContext = (log: Log, require: Require = createRequire(import.meta.url)): Context => {
  const tools = realTools();
  const console = printer((level: Level, text) => log(level, text, rowNow(tools)));
  return {
    run: (text, { head = '', tail = '', name }) => {
      const around = { head: `((console) => ${head}`, tail: `${tail})` };
      const made = scriptOf(text, { name, ...around, real: true }).runInThisContext() as (own: unknown) => unknown;
      return made(console);
    },
    tools: { ...tools, load: loader(tools, require) },
    close: () => {},
  };
};

const realTools = (): LoopTools => {
  const state = { seed: '', fresh: true, inRow: false, row: undefined, waiting: new Set<number>() };
  const later: LoopTools['later'] = (run, done) =>
    void run(async (answer) => answer).then(
      (value) => done({ value }),
      (error) => done({ thrown: thrown(error) }),
    );
  return {
    state,
    make: (value) => value,
    caller: (fn) => fn,
    readOnly: (made) => made,
    thrown,
    fail: (batch, at, error) => batch.failed(at, thrown(error)),
    isThenable: (value): value is PromiseLike<unknown> =>
      typeof (value as { then?: unknown } | null)?.then === 'function',
    later,
    begin: ({ seeds, first }, at) => {
      Object.assign(state, { seed: seeds?.[at] ?? '', row: first + at, inRow: true });
    },
    context: ({ seeds }, at) => ({ seed: seeds?.[at] ?? '' }),
  };
};

/** An `AsyncLocalStorage` would know it always, and would hang objects of Node on the promises of all worlds. */
const rowNow = ({ state: { inRow, row, waiting } }: LoopTools) =>
  inRow ? row : waiting.size === 1 ? [...waiting][0] : undefined;

/** Frames of our own scripts, as `errors` inside tells them. */
const thrown = (error: unknown): Thrown => {
  // A test runner gives programs errors of another realm.
  if (!types.isNativeError(error)) return { name: 'Error', message: String(error), frames: '', thrown: error };
  const places = `${error.stack}`.matchAll(/((?:program|package):[^\s()]*:\d+:\d+)/g);
  const frames = [...places].map(([place]) => place).join('\n');
  return { name: error.name, message: error.message, frames, thrown: error };
};

const loader = ({ later }: LoopTools, require: Require): Loading['load'] => {
  const packages = new Map<string, unknown>();
  const imported = ({ name, package: evaluate, part }: Import): unknown => {
    if (!evaluate) return namespace(require(name));
    if (!packages.has(name)) {
      const module = { exports: {} as unknown };
      evaluate.call(module.exports, module.exports, require, module);
      packages.set(name, module.exports);
    }
    const all = packages.get(name);
    return part === undefined ? all : (all as readonly unknown[])[part];
  };
  return (program: Program, imports: readonly Import[], done: (ended: Ended) => void) =>
    later(async () => program(...imports.map(imported)), done);
};

const namespace = (module: unknown) => ({ ...(module as object), default: module });
