import { setTimeout as sleep } from 'node:timers/promises';
import { isTooLong, laterText, timerMs } from '../declare/time.js';
import type { EngineOptions, Limit } from '../settings/engine.js';

/** What an error may say of itself, as its property `failure`. */
export interface CallFailure {
  readonly message: string;
  readonly retryAfterMs?: number;
  /** Will fail for every row: a bad key, an unknown model. */
  readonly everyRow?: boolean;
  /** Nobody was there to answer, and the next call may find nobody either. */
  readonly unanswered?: boolean;
  /** Asking again gives the same: not bought again until asked. */
  readonly permanent?: boolean;
  /** One row of a batch may be the cause: the rows are asked again by halves. Default: where asking again gives the same. */
  readonly perhapsOneRow?: boolean;
  /** The run was stopped before there was an answer: the row did not fail. */
  readonly interrupted?: boolean;
}

export const failureOf = (error: unknown): CallFailure => {
  const said = (error as { failure?: CallFailure } | undefined)?.failure;
  return said ?? { message: error instanceof Error ? error.message : String(error) };
};

/** The run was stopped, or had nothing left to spend, while a call waited for its turn. */
class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

export const isInterrupted = (error: unknown): boolean =>
  error instanceof Interrupted || failureOf(error).interrupted === true;

/** Where a server asks to be left alone for longer than a run waits, the other calls of the stage are not made either. */
export class Barrier {
  #until = 0;
  #failure: CallFailure | undefined;

  /** Each call that is held back fails for the same reason, and is asked again by a later run. */
  check(): void {
    if (this.#failure && Date.now() < this.#until) throw new HeldBack(this.#failure);
  }

  close(failure: CallFailure, waitMs: number): HeldBack {
    const now = Date.now();
    this.#until = now + waitMs;
    this.#failure = { message: `${failure.message} ${laterText(waitMs, now)}` };
    return new HeldBack(this.#failure);
  }
}

class HeldBack extends Error {
  override readonly name = 'HeldBack';
  constructor(readonly failure: CallFailure) {
    super(failure.message);
  }
}

export interface Attempts extends EngineOptions {
  readonly signal: AbortSignal;
  /** Aborted: wait no more for a turn or for another try. */
  readonly patience: AbortSignal;
  readonly gate: Gate | undefined;
  /** Asked when it is a call's turn, which may be long after it was wanted. Default: it may. */
  readonly mayAsk?: () => boolean;
  /** A try goes out. */
  readonly begins?: () => void;
  /** Whether a failed call may be made once more. Default: it may. */
  readonly mayRetry?: () => boolean;
  readonly barrier: Barrier;
  /** Between 0 and 1: spreads the waits of many callers. */
  readonly jitter: () => number;
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 60_000;

/** Retries in one place. A time that the error itself names is obeyed, up to an hour. */
export async function withRetries<T>(call: (signal: AbortSignal) => Promise<T> | T, asked: Attempts): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    const leave = await asked.gate?.enter(asked.patience);
    try {
      if (asked.mayAsk?.() === false) throw new Interrupted();
      asked.barrier.check();
      asked.begins?.();
      return await once(call, asked);
    } catch (error) {
      const failure = failureOf(error);
      const { retryAfterMs } = failure;
      if (isFinal(error, failure, asked)) throw error;
      if (retryAfterMs !== undefined && isTooLong(retryAfterMs)) throw asked.barrier.close(failure, retryAfterMs);
      if (attempt >= (asked.retries ?? 0)) throw error;
      if (asked.mayRetry?.() === false) throw new Interrupted();
      await waited(retryAfterMs ?? backoff(attempt, asked.jitter()), asked.patience);
    } finally {
      leave?.();
    }
  }
}

const isFinal = (error: unknown, { permanent, everyRow }: CallFailure, { signal }: Attempts): boolean =>
  isInterrupted(error) || error instanceof HeldBack || signal.aborted || permanent === true || everyRow === true;

const waited = (ms: number, patience: AbortSignal): Promise<void> =>
  sleep(timerMs(ms), undefined, { signal: patience }).catch(() => {
    throw new Interrupted();
  });

const backoff = (attempt: number, jitter: number): number =>
  Math.min(FIRST_WAIT_MS * 2 ** attempt, LONGEST_WAIT_MS) * (0.5 + jitter);

async function once<T>(call: (signal: AbortSignal) => Promise<T> | T, { timeoutMs, signal }: Attempts): Promise<T> {
  if (!timeoutMs) return call(signal);
  const late = new AbortController();
  // AbortSignal.timeout holds no process: one that waits for nothing else would end in silence.
  const timer = setTimeout(() => late.abort(), timerMs(timeoutMs));
  const tooLate = new Promise<never>((_, reject) => {
    late.signal.addEventListener('abort', () => reject(new TookLonger(timeoutMs)), { once: true });
  });
  try {
    return await Promise.race([call(AbortSignal.any([signal, late.signal])), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

class TookLonger extends Error {
  readonly failure: CallFailure;
  constructor(ms: number) {
    super(`A call took longer than ${ms} ms and was given up. Raise timeoutMs, or look at what it waits for.`);
    this.failure = { message: this.message, perhapsOneRow: false };
  }
}

/** A limit shared by name: calls at once, calls and tokens per minute. */
export class Gate {
  #inside = 0;
  #next = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(readonly limit: Limit) {}

  async enter(patience: AbortSignal): Promise<() => void> {
    while (this.#inside >= (this.limit.atOnce ?? Number.POSITIVE_INFINITY))
      await new Promise<void>((go) => this.#waiting.push(go));
    this.#inside++;
    try {
      const wait = this.#reserve();
      if (wait > 0) await waited(wait, patience);
      if (patience.aborted) throw new Interrupted();
    } catch (error) {
      this.#leave();
      throw error;
    }
    return () => this.#leave();
  }

  #leave(): void {
    this.#inside--;
    this.#waiting.shift()?.();
  }

  /** Tokens are known after the call: they push the next one back. */
  spend(tokens: number): void {
    const { tokensPerMinute } = this.limit;
    if (tokensPerMinute) this.#next = Math.max(this.#next, Date.now()) + (tokens / tokensPerMinute) * 60_000;
  }

  #reserve(): number {
    const now = Date.now();
    const wait = Math.max(0, this.#next - now);
    const { callsPerMinute } = this.limit;
    if (callsPerMinute) this.#next = Math.max(this.#next, now) + 60_000 / callsPerMinute;
    return wait;
  }
}

export class Gates {
  readonly #gates = new Map<string, Gate>();

  of(limit: Limit | undefined): Gate | undefined {
    if (!limit) return undefined;
    const known = this.#gates.get(limit.name) ?? new Gate(limit);
    this.#gates.set(limit.name, known);
    return known;
  }
}
