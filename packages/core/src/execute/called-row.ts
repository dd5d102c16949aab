import { AsyncLocalStorage } from 'node:async_hooks';

/** The row that a function is called for: what it prints is told with it. */
interface Calls {
  readonly numbers: ArrayLike<number>;
  /** Calls of one row. */
  readonly repeat: number;
  at: number;
}

let now: Calls | undefined;
const later = new AsyncLocalStorage<number>();

/** Until it returns, a function that is called is called for these. */
export const inCalls = <T>(numbers: ArrayLike<number>, repeat: number, act: () => T): T => {
  const before = now;
  now = { numbers, repeat, at: 0 };
  try {
    return act();
  } finally {
    now = before;
  }
};

/** A single call that may wait, and prints afterwards. */
export const inCall = <T>(call: number, repeat: number, act: () => T): T => later.run(Math.floor(call / repeat), act);

/** The next call of the batch is made. */
export const callsNext = (at: number): void => {
  if (now) now.at = at;
};

export const calledRow = (): number | undefined => {
  if (!now) return later.getStore();
  const call = now.numbers[now.at];
  return call === undefined ? undefined : Math.floor(call / now.repeat);
};
