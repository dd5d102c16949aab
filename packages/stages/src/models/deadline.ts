import { setMaxListeners } from 'node:events';
import { timerMs } from '@millrace/core';
import { callError } from './failure.js';
import type { CallContext } from './port.js';

export interface Limit {
  /** What is under way, for the message: `openai/gpt-4o-mini at https://…`. */
  readonly what: string;
  readonly timeoutMs?: number;
}

// Many calls share the caller's signal, and one call may be many jobs: that is no leak. With 0, for no bound, `fetch` of
// Node 20 makes and catches an error for each call.
const MANY = 1_000_000;

/** Runs a call that ends when the caller cancels or time is up, whether or not the call listens to its signal. */
export async function withDeadline<T>(
  limit: Limit,
  ctx: CallContext,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ms = ctx.timeoutMs ?? limit.timeoutMs;
  const end = new AbortController();
  setMaxListeners(MANY, ctx.signal, end.signal);
  const cancel = () => end.abort(callError('cancelled', `${limit.what}: cancelled before it answered.`));
  const late = () =>
    end.abort(
      callError(
        'timeout',
        `${limit.what} gave no answer within ${ms} ms. Raise the option timeout if it needs longer.`,
      ),
    );
  if (ctx.signal.aborted) cancel();
  ctx.signal.addEventListener('abort', cancel, { once: true });
  const timer = ms === undefined ? undefined : setTimeout(late, timerMs(ms));
  try {
    return await Promise.race([
      ended(end.signal),
      end.signal.aborted ? new Promise<never>(() => {}) : call(end.signal),
    ]);
  } catch (error) {
    const why = end.signal.aborted ? end.signal.reason : error;
    // Of a call that is many jobs the others end too. After an answer there is nothing to end, and an abort is dear.
    end.abort();
    throw why;
  } finally {
    clearTimeout(timer);
    ctx.signal.removeEventListener('abort', cancel);
  }
}

const ended = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
