import type { FramesOf } from './errors.js';
import type { Realm } from './realm.js';
import type { Timers } from './timers.js';
import type { Make } from './values.js';

/** An error as primitives; `thrown` is the value itself, for the host to hold and not to look into. */
export interface Thrown {
  readonly name: string;
  readonly message: string;
  readonly frames: string;
  readonly thrown: unknown;
}

export type Ended = { readonly value: unknown } | { readonly thrown: Thrown };

/** An answer, or the error of a timer that nobody else could be told of. */
export type Race = (answer: unknown) => Promise<unknown>;

export type AnyFunction = (...given: unknown[]) => unknown;

/** What becomes of a call that does not simply answer. */
export interface Ends {
  readonly failed: (thrown: Thrown) => unknown;
  /** The answer may be a promise: it has a `then`. */
  readonly later: (answer: object) => unknown;
}

/** What a call from outside stands on. */
export interface Calls {
  /** A function that is called from outside: the two data that it is given first are made here. */
  readonly caller: (fn: AnyFunction, ends: Ends) => AnyFunction;
  /** The answer of a function that waits: until it is there, timers run. */
  readonly waited: (answer: Promise<unknown>) => Promise<unknown>;
  readonly thrown: (error: unknown) => Thrown;
  /** Goes on with what waits, and says when it is done, without a look at what a program made of `then`. */
  readonly later: (run: (race: Race) => Promise<unknown>, done: (ended: Ended) => void) => void;
}

export interface Parts {
  readonly framesOf: FramesOf;
  readonly timers: Timers;
  readonly make: Make;
  /** Of what many rows are given. */
  readonly makeGiven: Make;
}

export const calls = ({ state }: Realm, { framesOf, timers, make, makeGiven }: Parts): Calls => {
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
  const later: Calls['later'] = (run, done) => {
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
  const waited = (answer: Promise<unknown>) =>
    new Promise<unknown>((resolve, reject) => {
      later(
        (race) => race(answer),
        (how) => ('value' in how ? resolve(how.value) : reject(how.thrown.thrown)),
      );
    });
  return {
    caller: (fn, ends) =>
      function (row, given) {
        state.isCalling = true;
        state.fresh = true;
        let answer: unknown;
        try {
          // biome-ignore lint/complexity/noArguments: a list of all for each call would cost more than the call.
          switch (arguments.length) {
            case 0:
              answer = fn();
              break;
            case 1:
              answer = fn(make(row));
              break;
            case 2:
              answer = fn(make(row), makeGiven(given));
              break;
            default:
              // biome-ignore lint/complexity/noArguments: a list of all for each call would cost more than the call.
              answer = fn(make(row), makeGiven(given), arguments[2], arguments[3]);
          }
        } catch (error) {
          return ends.failed(thrown(error));
        } finally {
          state.isCalling = false;
        }
        return typeof answer === 'object' && answer !== null && 'then' in answer ? ends.later(answer) : answer;
      },
    waited,
    later,
    thrown,
  };
};
