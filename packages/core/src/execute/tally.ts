import type { Facts } from '../declare/kind.js';
import type { Outputs } from '../plan/decide.js';
import { type Node, nameOf, natureOf } from '../plan/node.js';
import type { Step } from '../plan/plan.js';
import { NOTHING_SPENT } from '../ports/cost.js';
import type { Cost, Stored, Worth } from '../ports/store.js';
import { type Made, StageStopped } from './context.js';
import type { RunEvent, RunOutcome, StageFinished, StageSummary } from './events.js';
import { answersOf, type Saved, savedOnce } from './saved.js';
import type { Spending } from './spending.js';
import type { Told } from './told.js';

/** A stage that did not run: what it gives, and the entry that has it. */
export interface Settled {
  readonly status: 'reused' | 'cut off';
  readonly entry: Stored;
  readonly outputs: Outputs;
  readonly facts?: Facts;
}

type Counts = Pick<StageFinished, 'rows' | 'ranRows' | 'failedRows' | 'failedAbove' | 'permanentRows' | 'inputRows'>;

type How = { readonly elsewhere?: true; readonly stale?: true };

/** What became of each stage of a run, what it cost, and how the run ended; each is said when it is known. */
export class Tally {
  readonly #said = new Map<Node, StageSummary>();
  /** By stage: one that was reused, then lost and run again, has saved what its last end says. */
  readonly #saved = new Map<Node, Saved>();
  #ended: RunOutcome['ended'] = 'done';

  constructor(
    readonly emit: (event: RunEvent) => void,
    readonly spending: Spending,
  ) {}

  has(node: Node): boolean {
    return this.#said.has(node);
  }

  ran(step: Step, made: Made, told: Told): void {
    if (made.failed && this.#ended === 'done') this.#ended = 'failed rows';
    this.#saved.set(step.node, { of: answersOf(made, step.fingerprint), ran: true, cost: made.saved });
    this.#finished(step, made.parts, {
      status: 'ran',
      ...(made.ranRows !== undefined && { ranRows: made.ranRows }),
      ...(made.inputRows !== undefined && { inputRows: made.inputRows }),
      ...(made.failed && { failedRows: made.failed }),
      ...(made.failedAbove && { failedAbove: made.failedAbove }),
      ...(made.permanent && { permanentRows: made.permanent }),
      ...told,
      cost: made.cost,
      saved: made.saved,
      facts: { ...partFacts(made.parts), ...made.facts },
    });
  }

  reused(step: Step, { status, entry, outputs, facts }: Settled, how: How): void {
    const saved = savedBy(step.node, entry.worth);
    const name = String(entry.facts['aliasOf'] ?? entry.fingerprint);
    this.#saved.set(step.node, { of: answersOf(entry, name), ran: false, cost: saved });
    this.#finished(step, outputs, {
      status,
      ...how,
      cost: NOTHING_SPENT,
      saved,
      facts: { ...partFacts(outputs), ...entry.facts, ...facts },
    });
  }

  failed({ node, name, fingerprint }: Step, error: Error, { aborted }: { readonly aborted: boolean }): void {
    const because = error instanceof StageStopped ? error.because : aborted ? 'interrupted' : 'failures';
    if (because === 'failures') this.#ended = 'failed';
    else if (this.#ended === 'done' || this.#ended === 'failed rows')
      this.#ended = because === 'budget' ? 'stopped by budget' : 'interrupted';
    this.#saved.delete(node);
    this.#said.set(node, { fingerprint, status: 'failed', error: error.message });
    this.emit({ is: 'stage-failed', stage: name, fingerprint, error });
  }

  skipped({ node, name, fingerprint }: Step, because: string): void {
    this.#said.set(node, { fingerprint, status: 'skipped' });
    this.emit({ is: 'stage-skipped', stage: name, because });
  }

  stopped(): void {
    if (this.#ended !== 'failed') this.#ended = 'interrupted';
  }

  broke(): void {
    this.#ended = 'failed';
  }

  outcome(run: string): RunOutcome {
    const stages = Object.fromEntries(
      [...this.#said].map(([node, summary]) => [nameOf(node), withOthers(node, summary)]),
    );
    const saved = savedOnce([...this.#saved.values()]);
    return { ended: this.#ended, run, stages, cost: this.spending.total, saved };
  }

  #finished(
    { node, name, label, fingerprint, reasons }: Step,
    outputs: Outputs,
    { inputRows, ...did }: Counts & Pick<StageFinished, 'status' | 'cost' | 'saved' | 'facts'> & Told & How,
  ): void {
    const rows = rowsOf(outputs);
    const { status, ranRows, failedRows, failedAbove, permanentRows } = did;
    const counts = defined({
      rows,
      ranRows,
      failedRows,
      failedAbove,
      permanentRows,
      inputRows: inputRows === rows ? undefined : inputRows,
    });
    const { metrics } = did.facts;
    this.#said.set(node, { fingerprint, status, ...counts, ...(metrics !== undefined && { metrics }) });
    this.emit({ is: 'stage-finished', stage: name, label, fingerprint, reasons, ...did, ...counts });
  }
}

const withOthers = ({ names: [, ...also] }: Node, summary: StageSummary): StageSummary =>
  also.length ? { ...summary, also } : summary;

/** Of the one table; of several, each is told apart by its part. */
const rowsOf = (outputs: Outputs): number | undefined => {
  const counts = Object.values(tableRows(outputs));
  return counts.length === 1 ? counts[0] : undefined;
};

const partFacts = (outputs: Outputs): Readonly<Record<string, unknown>> => {
  const rows = tableRows(outputs);
  return Object.keys(rows).length > 1 ? rows : {};
};

const tableRows = (outputs: Outputs): Record<string, number> =>
  Object.fromEntries(
    Object.entries(outputs).flatMap(([part, output]) => (output.is === 'table' ? [[part, output.rows]] : [])),
  );

/** Entries of Millrace 0.1 count what was computed as calls. */
const savedBy = (node: Node, { dearest: _, ...worth }: Worth): Cost =>
  natureOf(node) === 'pure' ? { ...worth, calls: 0 } : worth;

const defined = <T extends object>(counts: { [K in keyof T]: T[K] | undefined }): Partial<T> =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== undefined)) as Partial<T>;
