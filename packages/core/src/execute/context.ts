import type { KeptFolder, OpenContext } from '../declare/kind.js';
import { digestText } from '../identity/digest.js';
import { rowIdentity } from '../plan/decide.js';
import { recollection } from '../plan/look.js';
import { type Known, type Node, rowsWork } from '../plan/node.js';
import type { Cost, Digest, Output, RowsEntry, SelectEntry, Store, Worth } from '../ports/store.js';
import type { Budget } from './budget.js';
import type { Gates } from './calls.js';
import type { StageFunctions } from './functions.js';
import type { Spending } from './spending.js';

/** One stage about to run: what it is, what it reads, and the ports it runs on. */
export interface StageRun {
  readonly node: Node;
  readonly known: Known;
  readonly store: Store;
  readonly functions: StageFunctions;
  /** Where relative paths start. */
  readonly base: string;
  /** Aborted: stop at once. */
  readonly signal: AbortSignal;
  /** Aborted: take no more work, keep what is in flight. */
  readonly drain: AbortSignal;
  readonly gates: Gates;
  readonly budget: Budget;
  readonly spending: Spending;
  /** When it began, by the process's own clock. */
  readonly started: number;
  readonly forced: boolean;
  /** Whether the stage is still ours to run: asked before each call. */
  readonly held: () => boolean;
  /** Which redraw this run makes, by whose rows it is: stages that make the same calls are drawn anew together. */
  readonly redraws: Map<Digest, number>;
  /** Whose rows ran in this run: what one of its stages computed, another saves nothing of. */
  readonly ranRows: Set<Digest>;
  readonly retryFailed: boolean;
  readonly random: () => number;
  readonly concurrency: number | undefined;
  readonly progress: (done: number, of: number | undefined, cost: Partial<Cost>) => void;
  readonly note: (text: string) => void;
  /** Of a look ahead: a table with more rows is not made. */
  readonly mostRows?: number;
  /** What an earlier run took for a row; undefined: no earlier run says. */
  readonly secondsOfRow: number | undefined;
  /** Of the work folder of a part, which outlives the process and belongs to the recipe and what was read. */
  readonly workName: (part: string) => string;
}

export interface Made {
  readonly parts: Readonly<Record<string, Output>>;
  readonly rows?: RowsEntry;
  readonly selects?: Readonly<Record<string, SelectEntry>>;
  readonly cost: Cost;
  readonly worth: Worth;
  /** What the answers that were known had cost. */
  readonly saved: Cost;
  readonly ranRows?: number;
  /** Rows that were read, each as often as it is asked. */
  readonly inputRows?: number;
  readonly failed: number;
  /** Of these, rows that had failed above already, and rows that failed here for good. */
  readonly failedAbove: number;
  readonly permanent: number;
  readonly facts: Readonly<Record<string, unknown>>;
  /** Forced: the redraw of its rows that ends with the commit. */
  readonly redraw?: number;
}

export type StoppedBecause = 'interrupted' | 'budget' | 'failures';

/** A stage that ended before its end. What was answered is kept. */
export class StageStopped extends Error {
  override readonly name = 'StageStopped';
  constructor(
    readonly because: StoppedBecause,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export const openContext = (run: StageRun, inputs: OpenContext['inputs']): OpenContext => ({
  signal: run.signal,
  drain: run.drain,
  world: run.node.recipe.world,
  inputs,
  base: run.base,
  identity: rowsWork(run.node) ? rowIdentity(run.node, run.known) : run.node.identity,
  ...recollection(run.store),
  place: async (object, to, how) => run.store.placeFile(object, to, how),
  lock: (name) => run.store.lock(digestText(`own ${name}`), run.signal),
  keep: (name) => kept(run, `kept-${digestText(`${run.node.recipe.kind} ${name}`)}`),
  scratch: () => run.store.scratch(),
  note: run.note,
});

const kept = ({ store }: StageRun, name: string): KeptFolder => ({
  path: store.workFolder(name),
  drop: () => store.dropWorkFolder(name),
});
