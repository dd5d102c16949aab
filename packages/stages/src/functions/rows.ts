import { types } from 'node:util';
import type { Row, RowAnswer } from '@millrace/core';
import { callsNext } from '@millrace/core/private';

/**
 * Calls a user's function for each row of a batch. A row that throws is an error in its place and the others go on; one
 * that is alone throws, and may be tried again.
 */
export function eachRow<A extends RowAnswer>(
  rows: readonly Row[],
  call: (row: Row, at: number) => A | Promise<A>,
): readonly RowAnswer[] | Promise<readonly RowAnswer[]> {
  const answers: RowAnswer[] = [];
  for (let at = 0; at < rows.length; at++) {
    try {
      callsNext(at);
      const answer = call(rows[at] as Row, at);
      if (isLater(answer)) return rest(rows, call, { answers, first: answer });
      answers.push(answer);
    } catch (error) {
      if (rows.length === 1) throw error;
      answers.push(asError(error));
    }
  }
  return answers;
}

/** A promise of any realm: a function may run in a world of its own. */
export const isLater = <A>(answer: A | Promise<A>): answer is Promise<A> =>
  typeof answer === 'object' && answer !== null && 'then' in answer && types.isPromise(answer);

interface SoFar<A> {
  readonly answers: RowAnswer[];
  readonly first: Promise<A>;
}

/** One after the other, so that the stage's concurrency is all the concurrency there is. */
async function rest<A extends RowAnswer>(
  rows: readonly Row[],
  call: (row: Row, at: number) => A | Promise<A>,
  { answers, first }: SoFar<A>,
): Promise<readonly RowAnswer[]> {
  if (rows.length === 1) return [await first];
  answers.push(await first.catch(asError));
  for (let at = answers.length; at < rows.length; at++) {
    try {
      answers.push(await call(rows[at] as Row, at));
    } catch (error) {
      answers.push(asError(error));
    }
  }
  return answers;
}

const asError = (error: unknown): Error => (types.isNativeError(error) ? error : new Error(String(error)));
