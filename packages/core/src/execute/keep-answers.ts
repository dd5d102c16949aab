import type { Batch } from '../columns/column.js';
import { ColumnError } from '../columns/error.js';
import { keysAt } from '../columns/keys.js';
import type { Notes, RowAnswer } from '../declare/kind.js';
import { redact } from '../declare/redact.js';
import { redactValue } from '../declare/redact-values.js';
import type { Row } from '../declare/row.js';
import { ERROR, NOTES } from './answers.js';
import { failureOf } from './calls.js';
import { FORGOTTEN } from './memory.js';
import type { RowsJob } from './rows-job.js';

/** What some calls gave: an answer each, or the error in its place. */
export interface Given {
  readonly calls: Int32Array;
  readonly answers: readonly RowAnswer[];
  readonly notes: ReadonlyMap<number, Notes>;
}

/** Answers go to the log. A failure does not, unless asking again would give the same. */
export async function keepAnswers(job: RowsJob, given: Given, failed: (error: Error) => void): Promise<void> {
  const fitting = fittingOf(job, given);
  if (!fitting) return keepApart(job, given, failed);
  const { answers, kept, batch } = fitting;
  for (const [i, answer] of answers.entries()) {
    if (!(answer instanceof Error)) continue;
    const call = given.calls[i] as number;
    job.failures.set(call, { row: call, ...failureOfRow(job, answer) });
    failed(answer);
  }
  await write(job, kept, batch);
}

interface Fitting {
  readonly answers: readonly RowAnswer[];
  readonly kept: Kept;
  readonly batch: Batch;
}

/** An answer with a value that its column cannot hold is an error in its place. Nothing where they make no column together. */
function fittingOf(job: RowsJob, given: Given): Fitting | undefined {
  return stored(job, given) ?? stored(job, { ...given, answers: given.answers.map((_, i) => fit(job, given, i)) });
}

function stored(job: RowsJob, given: Given): Fitting | undefined {
  const kept = keptOf(job, given);
  try {
    return { answers: given.answers, kept, batch: job.log.batchOf(kept.rows) };
  } catch (error) {
    if (error instanceof ColumnError) return undefined;
    throw error;
  }
}

function fit(job: RowsJob, { answers, calls }: Given, i: number): RowAnswer {
  const answer = answers[i] as RowAnswer;
  if (answer instanceof Error) return answer;
  const row = Math.floor((calls[i] as number) / job.repeat);
  try {
    job.log.batchOf(rowsOf(job, answer), () => row);
    return answer;
  } catch (error) {
    if (error instanceof ColumnError) return error;
    throw error;
  }
}

/** Answers of several types: each is kept for itself, and what is said of them is said when all are there. */
async function keepApart(job: RowsJob, given: Given, failed: (error: Error) => void): Promise<void> {
  for (const [i, answer] of given.answers.entries()) {
    const note = given.notes.get(i);
    const notes = new Map(note ? [[0, note]] : []);
    await keepAnswers(job, { calls: given.calls.subarray(i, i + 1), answers: [answer], notes }, failed);
  }
}

interface Kept {
  readonly calls: Int32Array;
  readonly rows: readonly Row[];
  readonly counts?: Uint32Array;
}

function keptOf(job: RowsJob, given: Given): Kept {
  const plain = !job.work.many && !job.log.of.noted && !given.answers.some((answer) => answer instanceof Error);
  if (plain) return { calls: given.calls, rows: given.answers as readonly Row[] };
  const entries = new Entries(job, given);
  for (const [i, answer] of given.answers.entries()) {
    if (!(answer instanceof Error)) {
      entries.add(i, rowsOf(job, answer));
      continue;
    }
    const { message, permanent } = failureOfRow(job, answer);
    if (permanent) entries.add(i, [{ [ERROR]: message }]);
    else if (job.run.forced) entries.forget(i);
  }
  return entries.kept();
}

const rowsOf = ({ work }: RowsJob, answer: Exclude<RowAnswer, Error>): readonly Row[] =>
  work.many ? (answer as readonly Row[]) : [answer as Row];

async function write(job: RowsJob, { calls, counts }: Kept, batch: Batch): Promise<void> {
  if (calls.length === 0) return;
  const first = await job.log.add({ keys: keysAt(job.keys, calls), batch, ...(counts && { counts }) });
  for (let i = 0; i < calls.length; i++) if (counts?.[i] !== FORGOTTEN) job.entries[calls[i] as number] = first + i;
}

/** Remembered where asking again gives the same for this row, and the row alone is to blame. */
function failureOfRow({ log, work }: RowsJob, error: Error): { message: string; permanent: boolean } {
  const { message, permanent, everyRow } = failureOf(error);
  return {
    message: redact(message).toWellFormed(),
    permanent: permanent === true && everyRow !== true && log.of.noted && !work.many,
  };
}

class Entries {
  readonly #at: number[] = [];
  readonly #counts: number[] = [];
  readonly #rows: Row[] = [];
  #counted: boolean;

  constructor(
    readonly job: RowsJob,
    readonly given: Given,
  ) {
    this.#counted = job.work.many === true;
  }

  add(i: number, rows: readonly Row[]): void {
    this.#at.push(i);
    this.#counts.push(rows.length);
    if (!this.job.log.of.noted) {
      for (const row of rows) this.#rows.push(row);
      return;
    }
    const said = this.given.notes.get(i);
    for (const row of rows) this.#rows.push({ ...row, [NOTES]: said ? JSON.stringify(redactValue(said)) : null });
  }

  /** A forced row that failed: what was known of it before does not come back. */
  forget(i: number): void {
    this.#at.push(i);
    this.#counts.push(FORGOTTEN);
    this.#counted = true;
  }

  kept(): Kept {
    const { calls } = this.given;
    const at = this.#at.length === calls.length ? calls : Int32Array.from(this.#at, (i) => calls[i] as number);
    return { calls: at, rows: this.#rows, ...(this.#counted && { counts: Uint32Array.from(this.#counts) }) };
  }
}
