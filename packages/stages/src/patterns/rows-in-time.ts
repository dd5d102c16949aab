import type { Row, RowAnswer } from '@millrace/core';
import { endsWithin } from './within.js';

/** So long nothing else happens in the process. */
const SLICE_MS = 50;

/** The rows that are left, of which the first took longer than a slice. */
export type Slow = (rows: readonly Row[]) => RowAnswer | Promise<readonly RowAnswer[]>;

/**
 * Calls a function for each row, in slices of time. A row that does not end within a slice is left to `slow`: it answers
 * that row, or all that are left.
 */
export function rowsInTime(
  rows: readonly Row[],
  call: (row: Row) => RowAnswer,
  slow: Slow,
): readonly RowAnswer[] | Promise<readonly RowAnswer[]> {
  const answers: RowAnswer[] = [];
  const go = () => {
    while (answers.length < rows.length) answers.push(answered(call, rows[answers.length] as Row));
  };
  for (;;) {
    const before = answers.length;
    if (endsWithin(SLICE_MS, go)) return answers;
    if (answers.length > before) continue;
    const rest = slow(rows.slice(before));
    if (rest instanceof Promise) return rest.then((more) => [...answers, ...more]);
    answers.push(rest);
  }
}

function answered(call: (row: Row) => RowAnswer, row: Row): RowAnswer {
  try {
    return call(row);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
