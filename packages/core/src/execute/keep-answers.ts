import { keysAt } from '../columns/keys.js';
import type { Notes, RowAnswer } from '../declare/kind.js';
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
  const plain = !job.work.many && !job.log.of.noted && !given.answers.some((answer) => answer instanceof Error);
  if (plain) return write(job, { calls: given.calls, rows: given.answers as readonly Row[] });
  const entries = new Entries(job, given);
  for (const [i, answer] of given.answers.entries()) {
    if (!(answer instanceof Error)) {
      entries.add(i, job.work.many ? (answer as readonly Row[]) : [answer as Row]);
      continue;
    }
    const { message, permanent } = failureOfRow(job, answer);
    job.failures.set(given.calls[i] as number, { row: given.calls[i] as number, message, permanent });
    if (permanent) entries.add(i, [{ [ERROR]: message }]);
    else if (job.run.forced) entries.forget(i);
    failed(answer);
  }
  await write(job, entries.kept());
}

interface Kept {
  readonly calls: Int32Array;
  readonly rows: readonly Row[];
  readonly counts?: Uint32Array;
}

async function write(job: RowsJob, { calls, rows, counts }: Kept): Promise<void> {
  if (calls.length === 0) return;
  const first = await job.log.add({ keys: keysAt(job.keys, calls), rows, ...(counts && { counts }) });
  for (let i = 0; i < calls.length; i++) if (counts?.[i] !== FORGOTTEN) job.entries[calls[i] as number] = first + i;
}

/** Remembered where asking again gives the same for this row, and the row alone is to blame. */
function failureOfRow({ log, work }: RowsJob, error: Error): { message: string; permanent: boolean } {
  const { message, permanent, everyRow } = failureOf(error);
  return { message, permanent: permanent === true && everyRow !== true && log.of.noted && !work.many };
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
    for (const row of rows) this.#rows.push({ ...row, [NOTES]: said ? JSON.stringify(said) : null });
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
