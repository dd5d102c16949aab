import type { Facts } from '../declare/kind.js';
import type { Outputs } from '../plan/decide.js';
import { type Node, nameOf } from '../plan/node.js';
import type { Step } from '../plan/plan.js';
import type { Cost, Stored } from '../ports/store.js';
import { type Made, NOTHING_SPENT, StageStopped, sumCosts } from './context.js';
import type { RunEvent, RunOutcome, StageFinished, StageSummary } from './events.js';
import type { Told } from './told.js';

/** A stage that did not run: what it gives, and the entry that has it. */
export interface Settled {
  readonly status: 'reused' | 'cut off';
  readonly entry: Stored;
  readonly outputs: Outputs;
  readonly facts?: Facts;
}

type How = { readonly elsewhere?: true; readonly stale?: true };

/** What became of each stage of a run, what it cost, and how the run ended; each is said when it is known. */
export class Tally {
  readonly #said = new Map<Node, StageSummary>();
  #cost: Cost = NOTHING_SPENT;
  #saved: Cost = NOTHING_SPENT;
  #ended: RunOutcome['ended'] = 'done';

  constructor(readonly emit: (event: RunEvent) => void) {}

  has(node: Node): boolean {
    return this.#said.has(node);
  }

  ran(step: Step, made: Made, told: Told): void {
    if (made.failed && this.#ended === 'done') this.#ended = 'failed rows';
    this.#finished(step, made.parts, {
      status: 'ran',
      ...(made.ranRows !== undefined && { ranRows: made.ranRows }),
      ...(made.failed && { failedRows: made.failed }),
      ...told,
      cost: made.cost,
      saved: sumCosts(NOTHING_SPENT, subtract(made.worth, made.cost)),
      facts: { ...partFacts(made.parts), ...made.facts },
    });
  }

  reused(step: Step, { status, entry, outputs, facts }: Settled, how: How): void {
    this.#finished(step, outputs, {
      status,
      ...how,
      cost: NOTHING_SPENT,
      saved: entry.worth,
      facts: { ...partFacts(outputs), ...entry.facts, ...facts },
    });
  }

  /** By a stage that another process took over. */
  spent(cost: Cost): void {
    this.#cost = sumCosts(this.#cost, cost);
  }

  failed({ node, name, fingerprint }: Step, error: Error, { aborted }: { readonly aborted: boolean }): void {
    const because = error instanceof StageStopped ? error.because : aborted ? 'interrupted' : 'failures';
    if (error instanceof StageStopped && error.spent) this.#cost = sumCosts(this.#cost, error.spent);
    if (because === 'failures') this.#ended = 'failed';
    else if (this.#ended === 'done' || this.#ended === 'failed rows')
      this.#ended = because === 'budget' ? 'stopped by budget' : 'interrupted';
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
    const stages = Object.fromEntries([...this.#said].map(([node, summary]) => [nameOf(node), summary]));
    return { ended: this.#ended, run, stages, cost: this.#cost, saved: this.#saved };
  }

  #finished(
    { node, name, label, fingerprint, reasons }: Step,
    outputs: Outputs,
    did: Pick<StageFinished, 'status' | 'ranRows' | 'failedRows' | 'cost' | 'saved' | 'facts'> & Told & How,
  ): void {
    const rows = rowsOf(outputs);
    const { status, ranRows, failedRows, permanentRows, cost, saved } = did;
    this.#cost = sumCosts(this.#cost, cost);
    this.#saved = sumCosts(this.#saved, saved);
    const counts = {
      ...(rows !== undefined && { rows }),
      ...(ranRows !== undefined && { ranRows }),
      ...(failedRows !== undefined && { failedRows }),
      ...(permanentRows !== undefined && { permanentRows }),
    };
    this.#said.set(node, { fingerprint, status, ...counts });
    this.emit({ is: 'stage-finished', stage: name, label, fingerprint, reasons, ...did, ...counts });
  }
}

/** Of the one table; of several, each is told apart by its part. */
export const rowsOf = (outputs: Outputs): number | undefined => {
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

function subtract(a: Cost, b: Cost): Cost {
  return {
    seconds: a.seconds - b.seconds,
    rows: a.rows - b.rows,
    calls: a.calls - b.calls,
    ...(a.tokens !== undefined && { tokens: a.tokens - (b.tokens ?? 0) }),
    ...(a.money !== undefined && { money: a.money - (b.money ?? 0) }),
  };
}
