import type { Realm } from './realm.js';

export interface Timers {
  /** Runs the next that is due; whether there are more. The host calls it, each time once all else has run. */
  readonly tick: () => boolean;
  /** One row more that waits. While none does, no timer runs. */
  readonly wait: (fail: (error: unknown) => void) => () => void;
}

type Call = (...given: unknown[]) => void;

/** Timers keep their order and take no time. */
export const timers = ({ host, define, coded }: Realm): Timers => {
  const { apply } = Reflect;
  const waiting = new Set<(error: unknown) => void>();
  const due: Timer[] = [];
  let now = 0;
  let numbers = 0;
  let asked = false;

  class Timer {
    readonly #number = ++numbers;
    readonly #call: () => void;
    readonly #delay: number;
    readonly #repeats: boolean;
    #at = 0;
    constructor(call: () => void, delay: number, repeats: boolean) {
      this.#call = call;
      this.#delay = delay;
      this.#repeats = repeats;
      this.refresh();
    }
    static isBefore = (one: Timer, other: Timer) =>
      one.#at === other.#at ? one.#number < other.#number : one.#at < other.#at;
    static run = (timer: Timer) => {
      now = timer.#at;
      timer.close();
      if (timer.#repeats) timer.refresh();
      timer.#call();
    };
    refresh() {
      this.close();
      this.#at = now + this.#delay;
      due.push(this);
      ask();
      return this;
    }
    close() {
      const at = due.indexOf(this);
      if (at >= 0) due.splice(at, 1);
      return this;
    }
    ref() {
      return this;
    }
    unref() {
      return this;
    }
    hasRef() {
      return true;
    }
    [Symbol.toPrimitive]() {
      byNumber.set(this.#number, this);
      return this.#number;
    }
  }
  const byNumber = new Map<unknown, Timer>();
  const ask = () => {
    if (asked || due.length === 0 || waiting.size === 0) return;
    asked = true;
    host.later();
  };
  const check = (call: unknown) => {
    if (typeof call === 'function') return;
    throw coded(TypeError, 'The "callback" argument must be of type function.', 'ERR_INVALID_ARG_TYPE');
  };
  const start = (
    call: unknown,
    given: readonly unknown[],
    { delay, repeats = false }: { delay: number; repeats?: boolean },
  ) => {
    check(call);
    return new Timer(() => apply(call as Call, undefined, given), delay, repeats);
  };
  /** As Node takes it: what is no time between 1 and 2³¹ is 1. */
  const length = (delay: unknown) => {
    const given = Math.trunc(Number(delay));
    return given >= 1 && given <= 2_147_483_647 ? given : 1;
  };
  const clear = (timer: unknown) => {
    const found = timer instanceof Timer ? timer : byNumber.get(Number(timer));
    found?.close();
  };
  define('setTimeout', (call: unknown, delay?: unknown, ...given: unknown[]) =>
    start(call, given, { delay: length(delay) }),
  );
  define('setInterval', (call: unknown, delay?: unknown, ...given: unknown[]) =>
    start(call, given, { delay: length(delay), repeats: true }),
  );
  define('setImmediate', (call: unknown, ...given: unknown[]) => start(call, given, { delay: 0 }));
  for (const name of ['clearTimeout', 'clearInterval', 'clearImmediate'])
    define(name, (timer: unknown) => clear(timer));

  const crash = (error: unknown) => {
    for (const fail of [...waiting]) fail(error);
    if (waiting.size === 0) host.log('error', host.format(error));
  };
  const { then } = Promise.prototype;
  const done = Promise.resolve();
  define('queueMicrotask', (call: () => void) => {
    check(call);
    void apply(then, done, [() => call()]).catch(crash);
  });

  return {
    tick: () => {
      asked = false;
      if (waiting.size === 0 || due.length === 0) return false;
      const next = due.reduce((first, timer) => (Timer.isBefore(timer, first) ? timer : first));
      try {
        Timer.run(next);
      } catch (error) {
        crash(error);
      }
      ask();
      return asked;
    },
    wait: (fail) => {
      waiting.add(fail);
      ask();
      return () => void waiting.delete(fail);
    },
  };
};
