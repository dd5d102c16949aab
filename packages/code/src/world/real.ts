import { createRequire } from 'node:module';
import { types } from 'node:util';
import type { Context, Level, Log } from './context.js';
import type { AnyFunction, Ended, Ends, Thrown } from './inside/calls.js';
import type { Import, Loading, Program } from './inside/loading.js';
import { printer } from './printer.js';
import { scriptOf } from './scripts.js';

/** The realm of Node itself, for functions that ask services: they run from their text all the same. */
export const realContext = (log: Log): Context => {
  const console = printer((level: Level, text) => log(level, text));
  return {
    run: (text, { head = '', tail = '', name }) => {
      const around = { head: `((console) => ${head}`, tail: `${tail})` };
      const made = scriptOf(text, { name, ...around, real: true }).runInThisContext() as (own: unknown) => unknown;
      return made(console);
    },
    tools,
    close: () => {},
  };
};

/** Frames of our own scripts, as `errors` inside tells them. */
const thrown = (error: unknown): Thrown => {
  // A test runner gives programs errors of another realm.
  if (!types.isNativeError(error)) return { name: 'Error', message: String(error), frames: '', thrown: error };
  const places = `${error.stack}`.matchAll(/(program:[^\s()]*:\d+:\d+)/g);
  const frames = [...places].map(([place]) => place).join('\n');
  return { name: error.name, message: error.message, frames, thrown: error };
};

const later = (run: () => Promise<unknown>, done: (ended: Ended) => void) =>
  void run().then(
    (value) => done({ value }),
    (error) => done({ thrown: thrown(error) }),
  );

const require = createRequire(import.meta.url);

/** As the user's own file gets it: the same copy, with all that it knows already. */
const imported = ({ name, how }: Import): unknown => {
  if (how === 'require') return require(name);
  return how === 'later' ? () => import(name) : import(name);
};

const load: Loading['load'] = (program: Program, imports, done) =>
  later(async () => program(...(await Promise.all(imports.map(imported)))), done);

const caller =
  (fn: AnyFunction, { failed, later }: Ends): AnyFunction =>
  (...given) => {
    let answer: unknown;
    try {
      answer = fn(...given);
    } catch (error) {
      return failed(thrown(error));
    }
    return typeof answer === 'object' && answer !== null ? later(answer) : answer;
  };

const tools: Context['tools'] = {
  caller,
  waited: (answer) => answer,
  thrown,
  load,
};
