import { redact } from '../declare/redact.js';
import { redactValue } from '../declare/redact-values.js';
import type { Plan, Status } from '../plan/plan.js';
import type { Reason } from '../plan/reason.js';
import type { Problem } from '../plan/survey.js';
import type { PrintLevel } from '../ports/code.js';
import type { Cost, Digest, Output } from '../ports/store.js';

/** All that can happen in a run. Plain data but for the plan: prose is made of it in `report`. */
export type RunEvent =
  | { readonly is: 'run-started'; readonly run: string; readonly store: string }
  | { readonly is: 'planned'; readonly plan: Plan; readonly again: boolean }
  | {
      readonly is: 'stage-waiting';
      readonly stage: string;
      readonly fingerprint: Digest;
      /** The stage of this run that makes the same calls now. Absent: another process. */
      readonly for?: string;
    }
  | {
      readonly is: 'stage-started';
      readonly stage: string;
      readonly fingerprint: Digest;
      readonly reasons: readonly Reason[];
    }
  | {
      readonly is: 'stage-progress';
      readonly stage: string;
      readonly done: number;
      readonly of?: number;
      readonly cost: Partial<Cost>;
    }
  | StageFinished
  /** For programs: where the outputs are. Follows each finished stage. */
  | { readonly is: 'stage-outputs'; readonly fingerprint: Digest; readonly outputs: Readonly<Record<string, Output>> }
  | { readonly is: 'stage-failed'; readonly stage: string; readonly fingerprint: Digest; readonly error: Error }
  | { readonly is: 'stage-skipped'; readonly stage: string; readonly because: string }
  | Printed
  | { readonly is: 'notice'; readonly stage?: string; readonly text: string }
  | { readonly is: 'damaged'; readonly object: string; readonly what: string; readonly gone?: true }
  | { readonly is: 'run-finished'; readonly outcome: RunOutcome };

/** Words and facts of stages may repeat a secret; names and numbers are the run's own. */
export function redactEvent(event: RunEvent): RunEvent {
  switch (event.is) {
    case 'notice':
    case 'printed':
      return { ...event, text: redact(event.text) };
    case 'damaged':
      return { ...event, what: redact(event.what) };
    case 'stage-finished':
      return { ...event, label: redact(event.label), facts: redactValue(event.facts) };
    default:
      return event;
  }
}

/** What a function of a stage printed, and for which row, counted from 0, where that is known. */
export interface Printed {
  readonly is: 'printed';
  readonly stage: string;
  readonly row?: number;
  readonly level: PrintLevel;
  readonly text: string;
}

export interface StageFinished {
  readonly is: 'stage-finished';
  readonly stage: string;
  readonly label: string;
  readonly fingerprint: Digest;
  readonly status: Exclude<Status, 'later' | 'run' | 'done'> | 'ran';
  /** Another process made it while this one waited. */
  readonly elsewhere?: true;
  readonly stale?: true;
  /** Rows of the output, rows that were computed, rows that failed; absent where there are none. */
  readonly rows?: number;
  readonly ranRows?: number;
  readonly failedRows?: number;
  /** Of the rows that failed, those that had failed above already, and those that failed here and are asked again only where that is asked for. */
  readonly failedAbove?: number;
  readonly permanentRows?: number;
  /** Rows that were read, where `rows` is another number. */
  readonly inputRows?: number;
  /** Of a source that was read before: how its rows differ from those. */
  readonly changedRows?: ChangedRows;
  readonly reasons: readonly Reason[];
  readonly cost: Cost;
  /** What the remembered answers had cost, by the notes beside them; the time is an estimate. */
  readonly saved: Cost;
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface ChangedRows {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

export type RunOutcome = {
  readonly ended: 'done' | 'failed rows' | 'failed' | 'stopped by budget' | 'interrupted';
  readonly run: string;
  readonly stages: Readonly<Record<string, StageSummary>>;
  readonly cost: Cost;
  readonly saved: Cost;
};

export interface StageSummary {
  readonly fingerprint: Digest;
  readonly status: StageFinished['status'] | 'failed' | 'skipped';
  readonly rows?: number;
  readonly ranRows?: number;
  readonly failedRows?: number;
  readonly failedAbove?: number;
  readonly permanentRows?: number;
  readonly inputRows?: number;
  readonly error?: string;
  /** Other stages of the pipeline that are the same computation. */
  readonly also?: readonly string[];
  /** Rows of metrics that the stage notes: they stay with the run when the table is swept. */
  readonly metrics?: unknown;
}

/** What stands in the way, all of it, before anything is spent. */
export class CannotRun extends Error {
  override readonly name = 'CannotRun';
  constructor(
    readonly problems: readonly Problem[],
    sentences: readonly string[],
  ) {
    super(sentences.join('\n'));
  }
}
