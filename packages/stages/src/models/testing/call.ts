import { CallError, type CallFailure } from '../failure.js';
import type { CallContext } from '../port.js';

/** A call that nobody cancels. */
export const calling = (timeoutMs?: number): CallContext => ({
  signal: new AbortController().signal,
  ...(timeoutMs === undefined ? {} : { timeoutMs }),
});

/** The failure of a call that must fail. */
export async function failureOf(call: Promise<unknown>): Promise<CallFailure> {
  const error = await call.then(
    () => new Error('The call was expected to fail, and it answered.'),
    (reason: unknown) => reason,
  );
  if (error instanceof CallError) return error.failure;
  throw error;
}
