import type { RowsWork } from '../declare/kind.js';
import type { TableOutput } from '../ports/store.js';
import type { RowFailure, TableReader } from '../tables/read.js';
import type { AcceptedFailures } from './accepted.js';
import type { AnswerLog } from './answers.js';
import type { StageRun } from './context.js';
import type { Keyed } from './keys.js';

/** A row-wise stage at work: what it reads, what is known already, what failed. */
export interface RowsJob extends Keyed {
  readonly run: StageRun;
  readonly work: RowsWork;
  readonly config: unknown;
  readonly input: TableOutput;
  readonly reader: TableReader;
  readonly reads: Readonly<Record<string, string>>;
  readonly sampling: boolean;
  readonly log: AnswerLog;
  /** By number of the call: the entry of the memory that answers it, −1 where there is none yet. */
  readonly entries: Int32Array;
  /** Entries below this one were known before the stage ran. */
  readonly known: number;
  /** Input rows that failed above, or for which no request can be made: passed on without a call. */
  readonly failedAbove: ReadonlyMap<number, RowFailure>;
  /** Calls whose failure a person accepted: neither asked again nor failed. */
  readonly accepted: AcceptedFailures | undefined;
  /** By number of the call. */
  readonly failures: Map<number, RowFailure>;
}
