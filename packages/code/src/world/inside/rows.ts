import type { FramesOf } from './errors.js';
import type { Random } from './random.js';
import type { ReadOnly } from './read-only.js';
import type { Realm, State } from './realm.js';
import type { Timers } from './timers.js';
import type { Make } from './values.js';

/** An error as primitives; `thrown` is the value itself, for the host to hold and not to look into. */
export interface Thrown {
  readonly name: string;
  readonly message: string;
  readonly frames: string;
  readonly thrown: unknown;
}

/** Rows as columns, and where their answers go. */
export interface Batch {
  readonly columns: readonly ArrayLike<unknown>[];
  readonly count: number;
  /** Number of its first row in the table. */
  readonly first: number;
  readonly seeds: readonly string[] | undefined;
  readonly handle: unknown;
  readonly answers: unknown[];
  readonly failed: (at: number, thrown: Thrown) => void;
}

export type Ended = { readonly value: unknown } | { readonly thrown: Thrown };

/** An answer, or the error of a timer that nobody else could be told of. */
export type Race = (answer: unknown) => Promise<unknown>;

export type AnyFunction = (...given: unknown[]) => unknown;

/** What the loop around a function stands on. */
export interface LoopTools {
  readonly state: Pick<State, 'seed' | 'fresh' | 'inRow' | 'row' | 'waiting'>;
  readonly make: Make;
  /** A function that is called from outside: the two data that it is given first are made here. */
  readonly caller: (fn: AnyFunction) => AnyFunction;
  readonly readOnly: ReadOnly;
  readonly thrown: (error: unknown) => Thrown;
  readonly fail: (batch: Batch, at: number, error: unknown) => void;
  readonly isThenable: (value: unknown) => value is PromiseLike<unknown>;
  /** Goes on with what waits, and says when it is done, without a look at what a program made of `then`. */
  readonly later: (run: (race: Race) => Promise<unknown>, done: (ended: Ended) => void) => void;
  readonly begin: (batch: Batch, at: number) => void;
  readonly context: (batch: Batch, at: number) => object;
}

export interface Parts {
  readonly framesOf: FramesOf;
  readonly random: Random;
  readonly timers: Timers;
  readonly make: Make;
  /** Of what many rows are given. */
  readonly makeGiven: Make;
  readonly readOnly: LoopTools['readOnly'];
}

export const rows = ({ state }: Realm, { framesOf, random, timers, make, makeGiven, readOnly }: Parts): LoopTools => {
  const { apply } = Reflect;
  const { then } = Promise.prototype;

  const text = (value: unknown): string => {
    try {
      return `${value}`;
    } catch {
      return typeof value;
    }
  };
  const thrown = (error: unknown): Thrown => {
    const frames = framesOf(error);
    if (!(error instanceof Error)) return { name: 'Error', message: text(error), frames, thrown: error };
    return { name: text(error.name), message: text(error.message), frames, thrown: error };
  };
  const later: LoopTools['later'] = (run, done) => {
    let end = () => {};
    const crashed = new Promise<never>((_, reject) => {
      end = timers.wait(reject);
    });
    void apply(then, crashed, [undefined, () => {}]);
    const ended = (how: Ended) => {
      end();
      done(how);
    };
    const running = run((answer) => Promise.race([answer, crashed]));
    void apply(then, running, [
      (value: unknown) => ended({ value }),
      (error: unknown) => ended({ thrown: thrown(error) }),
    ]);
  };
  return {
    state,
    make,
    caller: (fn) =>
      function (row, given) {
        // biome-ignore lint/complexity/noArguments: a list of all for each call would cost more than the call.
        switch (arguments.length) {
          case 0:
            return fn();
          case 1:
            return fn(make(row));
          case 2:
            return fn(make(row), makeGiven(given));
          default:
            // biome-ignore lint/complexity/noArguments: a list of all for each call would cost more than the call.
            return fn(make(row), makeGiven(given), arguments[2], arguments[3]);
        }
      },
    readOnly,
    later,
    thrown,
    fail: (batch, at, error) => batch.failed(at, thrown(error)),
    isThenable: (value): value is PromiseLike<unknown> =>
      typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function',
    begin: ({ seeds, first }, at) => {
      state.seed = seeds?.[at] ?? '';
      state.fresh = true;
      state.row = first + at;
      state.inRow = true;
    },
    context: ({ seeds }, at) => {
      const seed = seeds?.[at] ?? '';
      return { seed, random: random.from(seed) };
    },
  };
};
