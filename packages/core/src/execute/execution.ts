import type { Stage } from '../declare/handle.js';
import type { Facts } from '../declare/kind.js';
import { redactError } from '../declare/redact-values.js';
import { missingNow } from '../plan/columns.js';
import type { Decision, Kept, Must, Outputs } from '../plan/decide.js';
import { cutoffKey, decide, inputDigests, newestNamed } from '../plan/decide.js';
import { recollection } from '../plan/look.js';
import { lostOf, lostReason, objectsRead } from '../plan/lost.js';
import type { Known, Node } from '../plan/node.js';
import type { Plan, Step } from '../plan/plan.js';
import type { Reason } from '../plan/reason.js';
import type { Survey } from '../plan/survey.js';
import type { CodeReader, PrintLevel } from '../ports/code.js';
import { objectsOf } from '../ports/objects-of.js';
import type { Digest, Lock, Output, RunLease, Store } from '../ports/store.js';
import { Budget } from './budget.js';
import { calledRow } from './called-row.js';
import { Gates } from './calls.js';
import type { Made, StageRun } from './context.js';
import { CannotRun, type Printed, type RunEvent } from './events.js';
import { StageFunctions } from './functions.js';
import { LostTurn } from './lost-turn.js';
import { seeded } from './random.js';
import { PlanAgain, Schedule } from './schedule.js';
import { Spending } from './spending.js';
import { commitAlias, runStage } from './stage.js';
import { Tally } from './tally.js';
import { changedRows, type Told, tableBefore } from './told.js';
import { Turns } from './turns.js';
import { watched } from './watched.js';

export interface ExecutionAsked {
  readonly name?: string | undefined;
  readonly retryFailed?: boolean | undefined;
  readonly keepGoing?: boolean | undefined;
  readonly stages?: number | undefined;
  readonly concurrency?: number | undefined;
  readonly maxCalls?: number | undefined;
  readonly maxCost?: number | undefined;
  readonly seed?: number | undefined;
  readonly remakes?: readonly string[] | undefined;
  readonly drain?: AbortSignal | undefined;
}

export interface ExecutionPorts {
  readonly store: Store;
  readonly code: CodeReader;
  readonly base: string;
  readonly signal: AbortSignal;
  readonly emit: (event: RunEvent) => void;
}

type CutOff = Extract<Decision, { status: 'cut off' }>;
type Found = Extract<Decision, { status: 'reused' }> | CutOff;
type SettledNow = Found & { readonly facts?: Facts };

const STAGES_AT_ONCE = 4;
const MOST_PLANS = 100;

/** One run from its first record to its last: what ran, what it cost, how it ended. */
export class Execution {
  readonly #run = new Map<Node, Reason>();
  readonly #done = new Map<Node, Kept>();
  readonly #bad = new Set<Node>();
  readonly #spending: Spending;
  readonly #tally: Tally;
  /** What was made in this run, and the redraws that it makes. */
  readonly #made = new Set<Digest>();
  readonly #redraws = new Map<Digest, number>();
  readonly #ranRows = new Set<Digest>();
  readonly #random: () => number;
  readonly #turns: Turns;
  readonly #gates = new Gates();
  readonly #budget: Budget;
  readonly #drain: AbortSignal;
  #plans = 0;

  private constructor(
    readonly lease: RunLease,
    readonly must: Must,
    readonly asked: ExecutionAsked,
    readonly ports: ExecutionPorts,
  ) {
    for (const [node, reason] of must.run) this.#run.set(node, reason);
    this.#spending = new Spending((more) => lease.spend(more));
    this.#tally = new Tally(ports.emit, this.#spending);
    this.#random = seeded(asked.seed ?? 1);
    this.#budget = new Budget(asked);
    this.#drain = asked.drain ?? new AbortController().signal;
    this.#turns = new Turns(asked.stages ?? STAGES_AT_ONCE, { ...ports, drain: this.#drain });
  }

  static begin({ plan }: { survey: Survey; plan: Plan }, asked: ExecutionAsked, ports: ExecutionPorts): Execution {
    const stages = Object.fromEntries(plan.steps.map((step) => [step.name, step.fingerprint]));
    const lease = ports.store.beginRun({
      ...(asked.name && { name: asked.name }),
      ...(asked.remakes && { remakes: asked.remakes }),
      stages,
    });
    ports.emit({ is: 'run-started', run: lease.id, store: ports.store.where });
    return new Execution(lease, plan.must, asked, ports);
  }

  async obey(plan: Plan): Promise<void> {
    this.ports.emit({ is: 'planned', plan, again: this.#plans > 0 });
    if (++this.#plans > MOST_PLANS + plan.steps.length)
      throw new Error('BUG: the plan does not come to rest: each run of it finds other data missing.');
    for (const [node, reason] of plan.must.run) this.#mustRun(node, reason);
    const schedule = new Schedule(plan, {
      store: this.ports.store,
      must: plan.must,
      random: this.#random,
      stopped: () => this.#stopped,
      failedBefore: (node) => this.#bad.has(node),
      keepGoing: this.asked.keepGoing ?? false,
      run: (step, inputs) => this.#stage(step, inputs),
      settled: (step, inputs) => this.#settled(step, inputs),
      failed: (step, error) => this.#failed(step, error),
      skipped: (step, because) => this.#tally.skipped(step, because),
    });
    this.#checkNeeds(await schedule.done());
  }

  get #stopped(): boolean {
    return this.#drain.aborted || this.ports.signal.aborted;
  }

  /** Columns that only pass through are looked at last: nobody in this run read them. */
  #checkNeeds(outputs: ReadonlyMap<Node, Outputs>): void {
    if (this.#stopped) return;
    const lost = lostOf(this.must.need, { outputs: (node) => outputs.get(node), store: this.ports.store });
    if (lost.length) throw new PlanAgain(new Map(lost.map((node) => [node, lostReason(node, this.ports.store)])));
  }

  #mustRun(node: Node, reason: Reason): void {
    this.#done.delete(node);
    this.#run.set(node, reason);
  }

  /** What must run now that some of it has, and some was found lost. */
  mustNow(lost: ReadonlyMap<Node, Reason>): Must {
    for (const [node, reason] of lost) this.#mustRun(node, reason);
    return { ...this.must, run: new Map(this.#run), done: new Map(this.#done) };
  }

  finish(): void {
    this.#notices();
    if (this.#stopped) this.#tally.stopped();
    const outcome = this.#tally.outcome(this.lease.id);
    this.lease.close(outcome);
    this.ports.emit({ is: 'run-finished', outcome });
  }

  broke(thrown: unknown): unknown {
    const error = redactError(thrown);
    this.#tally.broke();
    this.lease.close({ ...this.#tally.outcome(this.lease.id), error: (error as Error).message });
    return error;
  }

  async #stage(step: Step, inputs: Known): Promise<Outputs> {
    const missing = missingNow(step.node, inputs);
    if (missing.length)
      throw new CannotRun(
        missing,
        missing.map(({ message }) => message),
      );
    for (;;)
      try {
        return await this.#turns.take(step, inputs, (lock) => this.#underLock(step, inputs, lock));
      } catch (error) {
        if (!(error instanceof LostTurn) || this.#stopped) throw error;
        this.#lost(step);
      } finally {
        this.#notices();
      }
  }

  /** Another process goes on with it: its answers are waited for, and only what then is missing is asked. */
  #lost({ name }: Step): void {
    const text = 'Another process took this stage over while this one stood still; its answers are waited for.';
    this.ports.emit({ is: 'notice', stage: name, text });
  }

  async #underLock(step: Step, inputs: Known, lock: Lock): Promise<Outputs> {
    const { node } = step;
    const elsewhere = this.#foundElsewhere(step, inputs);
    if (elsewhere) {
      const facts = await this.#outside(step, elsewhere.outputs);
      const here = this.#made.has(elsewhere.entry.fingerprint);
      this.#reused(step, { ...elsewhere, facts }, here ? {} : { elsewhere: true });
      if (elsewhere.status === 'cut off') this.#alias(step, elsewhere, { inputs });
      this.#remember(node, { ...elsewhere.entry, parts: elsewhere.outputs, inputs: inputDigests(node, inputs) });
      return elsewhere.outputs;
    }
    this.ports.emit({
      is: 'stage-started',
      stage: step.name,
      fingerprint: node.fingerprint,
      reasons: step.reasons,
    });
    this.lease.keep(node.inputs.flatMap(({ role }) => objectsOf({ parts: { [role]: inputs[role] as Output } })));
    return this.#spending.during(() => this.#runNow(step, inputs, lock));
  }

  async #runNow(step: Step, inputs: Known, lock: Lock): Promise<Outputs> {
    const { store } = this.ports;
    const run = this.#stageRun(step, inputs, lock);
    const before = tableBefore(step, store);
    const ran = await runStage(run, () => lock.held()).finally(() => run.functions.close());
    for (const part of Object.keys(ran.outputs)) store.dropWorkFolder(run.workName(part));
    const facts = await this.#outside(step, ran.outputs);
    const made = { ...ran.made, facts: { ...ran.made.facts, ...facts } };
    const told = await changedRows(before, ran.outputs['main'], store);
    this.#ran(step, inputs, { ...made, told });
    return ran.outputs;
  }

  /** Looked at again under the lock: another stage or process may have made it while this one waited. */
  #foundElsewhere({ node }: Step, inputs: Known): Found | undefined {
    const reason = this.#run.get(node)?.is;
    if (reason === 'forced') return undefined;
    const { store } = this.ports;
    const again = decide(node, inputs, { store, must: { run: new Map(), keep: new Set(), done: new Map(), need: [] } });
    if (again.status !== 'reused' && again.status !== 'cut off') return undefined;
    const passed = new Set(objectsOf({ parts: inputs }));
    const all = Object.values(again.outputs).flatMap((output) => objectsRead(output, 'all'));
    const own = all.filter((object) => !passed.has(object));
    return reason === 'lost' && store.missing(own).length ? undefined : again;
  }

  /** What lies outside of the store is brought in step, whether the stage ran or not. */
  async #outside(step: Step, outputs: Outputs): Promise<Facts> {
    const { stage, also } = step.node;
    let facts = await this.#outsideOf(stage, step, outputs);
    // Only what has a place of its own has more to do for another declaration.
    for (const other of also)
      if (other.kind.places?.(other.options).length) facts = joined(facts, await this.#outsideOf(other, step, outputs));
    return facts;
  }

  async #outsideOf({ kind, config, options }: Stage, { node, name }: Step, outputs: Outputs): Promise<Facts> {
    const { store, base, emit } = this.ports;
    if (!kind.settled) return {};
    return kind.settled(outputs, {
      config,
      options,
      base,
      world: node.recipe.world,
      ...recollection(store),
      place: async (object, to, how) => store.placeFile(object, to, how),
      note: (text) => emit({ is: 'notice', stage: name, text }),
    });
  }

  #stageRun({ node, name }: Step, known: Known, lock: Lock): StageRun {
    const { store, base, signal, code } = this.ports;
    const note = (text: string) => this.ports.emit({ is: 'notice', stage: name, text });
    return {
      node,
      known,
      store,
      functions: new StageFunctions(node.stage, code, {
        print: (level, text) => this.ports.emit(printed(name, level, text)),
        note,
      }),
      base,
      signal,
      drain: this.#drain,
      gates: this.#gates,
      budget: this.#budget,
      spending: this.#spending,
      started: performance.now(),
      forced: this.#run.get(node)?.is === 'forced',
      held: watched(lock),
      redraws: this.#redraws,
      ranRows: this.#ranRows,
      retryFailed: this.asked.retryFailed ?? false,
      random: this.#random,
      concurrency: this.asked.concurrency,
      progress: (done, of, cost) =>
        this.ports.emit({ is: 'stage-progress', stage: name, done, ...(of !== undefined && { of }), cost }),
      note,
      secondsOfRow: secondsOfRow(node, store),
      workName: (part) => `${cutoffKey(node, inputDigests(node, known))}-${part}`,
    };
  }

  #ran(step: Step, inputs: Known, { told, ...made }: Made & { told: Told }): void {
    const { node } = step;
    this.#made.add(node.fingerprint);
    this.#remember(node, { ...made, inputs: inputDigests(node, inputs) });
    this.#outputs(node, made.parts);
    for (const name of node.names) this.ports.store.putFact(`last:${name}`, node.fingerprint);
    this.#tally.ran(step, made, told);
  }

  /** A promise only where something lies outside of the store: a run with nothing to do waits for nothing. */
  #settled(step: Step, inputs: Known): Promise<void> | undefined {
    const { decision, node } = step;
    if (decision.status !== 'reused' && decision.status !== 'cut off') return this.#again(step);
    if (this.#tally.has(node)) return this.#again(step);
    if (!node.stage.kind.settled) return this.#saySettled(step, decision, { inputs });
    return this.#outside(step, decision.outputs).then((facts) =>
      this.#saySettled(step, { ...decision, facts }, { inputs }),
    );
  }

  #saySettled(step: Step, decision: SettledNow, { inputs }: { inputs: Known }): undefined {
    if (decision.status === 'reused') return this.#reused(step, decision, decision.stale ? { stale: true } : {});
    this.#alias(step, decision, { inputs });
    return this.#reused(step, decision, {});
  }

  #alias({ node }: Step, decision: CutOff, { inputs }: { inputs: Known }): void {
    this.#made.add(node.fingerprint);
    commitAlias({ node, known: inputs, store: this.ports.store }, decision);
    for (const name of node.names) this.ports.store.putFact(`last:${name}`, node.fingerprint);
  }

  /** Under a new plan: what it passes on may stand elsewhere now. */
  #again({ node, decision }: Step): undefined {
    if ('outputs' in decision) this.#outputs(node, decision.outputs);
  }

  #reused(step: Step, settled: SettledNow, how: { elsewhere?: true; stale?: true }): undefined {
    this.#outputs(step.node, settled.outputs);
    this.#tally.reused(step, settled, how);
  }

  #failed(step: Step, thrown: Error): void {
    const error = redactError(thrown);
    this.#bad.add(step.node);
    this.#tally.failed(step, error, { aborted: this.ports.signal.aborted });
  }

  #outputs({ fingerprint }: Node, outputs: Outputs): void {
    this.ports.emit({ is: 'stage-outputs', fingerprint, outputs });
  }

  #remember(node: Node, { inputs, parts, rows, selects }: Kept): void {
    this.#run.delete(node);
    this.#done.set(node, { inputs, parts, ...(rows && { rows }), ...(selects && { selects }) });
  }

  #notices(): void {
    for (const noticed of this.ports.store.noticed()) this.ports.emit({ is: 'damaged', ...noticed });
  }
}

function secondsOfRow(node: Node, store: Store): number | undefined {
  const { seconds = 0, rows = 0 } = newestNamed(node, store)?.worth ?? {};
  return rows ? seconds / rows : undefined;
}

const printed = (stage: string, level: PrintLevel, text: string): Printed => {
  const row = calledRow();
  return { is: 'printed', stage, ...(row !== undefined && { row }), level, text };
};

/** Of several declarations, as where each of them stands. */
const joined = (facts: Facts, more: Facts): Facts => ({
  ...facts,
  ...Object.fromEntries(
    Object.entries(more).map(([name, fact]) => [
      name,
      name in facts && facts[name] !== fact ? `${facts[name]}, ${fact}` : fact,
    ]),
  ),
});
