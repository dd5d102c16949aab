import type { Facts } from '../declare/kind.js';
import { missingNow } from '../plan/columns.js';
import type { Decision, Kept, Must, Outputs } from '../plan/decide.js';
import { cutoffKey, decide, inputDigests, newestNamed, rowIdentity } from '../plan/decide.js';
import { recollection } from '../plan/look.js';
import { lostOf } from '../plan/lost.js';
import { type Known, type Node, nameOf, rowsWork } from '../plan/node.js';
import type { Plan, Step } from '../plan/plan.js';
import type { Reason } from '../plan/reason.js';
import type { Survey } from '../plan/survey.js';
import { objectsOf } from '../ports/objects-of.js';
import type { Cost, Lock, Output, RunLease, Store } from '../ports/store.js';
import { Budget } from './budget.js';
import { Gates } from './calls.js';
import { type Made, NOTHING_SPENT, type StageRun, StageStopped, scaleCost, sumCosts } from './context.js';
import { CannotRun, type RunEvent, type RunOutcome, type StageFinished, type StageSummary } from './events.js';
import { seeded } from './random.js';
import { PlanAgain, Schedule } from './schedule.js';
import { Slots } from './slots.js';
import { commitAlias, runStage } from './stage.js';

export interface ExecutionAsked {
  readonly name?: string | undefined;
  readonly retryFailed?: boolean | undefined;
  readonly keepGoing?: boolean | undefined;
  readonly stages?: number | undefined;
  readonly concurrency?: number | undefined;
  readonly maxCalls?: number | undefined;
  readonly maxCost?: number | undefined;
  readonly seed?: number | undefined;
  readonly drain?: AbortSignal | undefined;
}

export interface ExecutionPorts {
  readonly store: Store;
  readonly base: string;
  readonly signal: AbortSignal;
  readonly emit: (event: RunEvent) => void;
}

type Reused = Extract<Decision, { status: 'reused' }>;
type CutOff = Extract<Decision, { status: 'cut off' }>;
type Found = Reused | CutOff;
type SettledNow = Found & { readonly facts?: Facts };

const STAGES_AT_ONCE = 4;
const MOST_PLANS = 100;

/** One run from its first record to its last: what ran, what it cost, how it ended. */
export class Execution {
  readonly #run = new Map<Node, Reason>();
  readonly #done = new Map<Node, Kept>();
  readonly #bad = new Set<Node>();
  readonly #said = new Map<Node, StageSummary>();
  readonly #random: () => number;
  readonly #slots: Slots;
  readonly #gates = new Gates();
  readonly #budget: Budget;
  readonly #drain: AbortSignal;
  #cost: Cost = NOTHING_SPENT;
  #saved: Cost = NOTHING_SPENT;
  #ended: RunOutcome['ended'] = 'done';
  #plans = 0;

  private constructor(
    readonly lease: RunLease,
    readonly must: Must,
    readonly asked: ExecutionAsked,
    readonly ports: ExecutionPorts,
  ) {
    for (const [node, reason] of must.run) this.#run.set(node, reason);
    this.#random = seeded(asked.seed ?? 1);
    this.#slots = new Slots(asked.stages ?? STAGES_AT_ONCE);
    this.#budget = new Budget(asked);
    this.#drain = asked.drain ?? new AbortController().signal;
  }

  static begin({ plan }: { survey: Survey; plan: Plan }, asked: ExecutionAsked, ports: ExecutionPorts): Execution {
    const stages = Object.fromEntries(plan.steps.map((step) => [step.name, step.fingerprint]));
    const lease = ports.store.beginRun({ ...(asked.name && { name: asked.name }), stages });
    ports.emit({ is: 'run-started', run: lease.id, store: ports.store.where });
    return new Execution(lease, plan.must, asked, ports);
  }

  async obey(plan: Plan): Promise<void> {
    this.ports.emit({ is: 'planned', plan, again: this.#plans > 0 });
    if (++this.#plans > MOST_PLANS)
      throw new Error('BUG: the plan does not come to rest: each run of it finds other data missing.');
    for (const [node, reason] of plan.must.run) this.#mustRun(node, reason);
    const schedule = new Schedule(plan, {
      store: this.ports.store,
      must: plan.must,
      slots: this.#slots,
      random: this.#random,
      stopped: () => this.#stopped,
      failedBefore: (node) => this.#bad.has(node),
      keepGoing: this.asked.keepGoing ?? false,
      run: (step, inputs) => this.#stage(step, inputs),
      settled: (step, inputs) => this.#settled(step, inputs),
      failed: (step, error) => this.#failed(step, error),
      skipped: (step, because) => this.#skipped(step, because),
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
    if (lost.length) throw new PlanAgain(new Map(lost.map((node) => [node, { is: 'lost', how: 'swept' }])));
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
    if (this.#stopped && this.#ended !== 'failed') this.#ended = 'interrupted';
    const outcome = this.#outcome();
    this.lease.close(outcome);
    this.ports.emit({ is: 'run-finished', outcome });
  }

  broke(error: unknown): unknown {
    this.#ended = 'failed';
    this.lease.close({ ...this.#outcome(), error: (error as Error).message });
    return error;
  }

  #outcome(): RunOutcome {
    const stages = Object.fromEntries([...this.#said].map(([node, summary]) => [nameOf(node), summary]));
    return { ended: this.#ended, run: this.lease.id, stages, cost: this.#cost, saved: this.#saved };
  }

  async #stage(step: Step, inputs: Known): Promise<Outputs> {
    const { node } = step;
    const { store } = this.ports;
    const missing = missingNow(node, inputs);
    if (missing.length)
      throw new CannotRun(
        missing,
        missing.map(({ message }) => message),
      );
    const lock = await this.#lock(step, inputs);
    try {
      const elsewhere = this.#foundElsewhere(step, inputs);
      if (elsewhere) {
        const facts = await this.#outside(step, elsewhere.outputs);
        this.#reused(step, { ...elsewhere, facts }, { elsewhere: true });
        if (elsewhere.status === 'cut off') this.#alias(step, elsewhere, { inputs });
        this.#remember(node, { ...elsewhere.entry, parts: elsewhere.outputs, inputs: inputDigests(node, inputs) });
        return elsewhere.outputs;
      }
      const leave = await this.#slots.take();
      try {
        this.ports.emit({
          is: 'stage-started',
          stage: step.name,
          fingerprint: node.fingerprint,
          reasons: step.reasons,
        });
        this.lease.keep(node.inputs.flatMap(({ role }) => objectsOf({ parts: { [role]: inputs[role] as Output } })));
        const run = this.#stageRun(step, inputs);
        const ran = await runStage(run, () => lock.held());
        for (const part of Object.keys(ran.outputs)) store.dropWorkFolder(run.workName(part));
        const facts = await this.#outside(step, ran.outputs);
        this.#ran(step, inputs, { ...ran.made, facts: { ...ran.made.facts, ...facts } });
        return ran.outputs;
      } finally {
        leave();
      }
    } finally {
      lock.release();
      this.#notices();
    }
  }

  /** One name for all that would make the same calls, under whatever fingerprint. */
  async #lock({ node, name }: Step, inputs: Known): Promise<Lock> {
    const { store, signal, emit } = this.ports;
    const waiting = setTimeout(
      () => emit({ is: 'stage-waiting', stage: name, fingerprint: node.fingerprint }),
      WAITED_MS,
    );
    const calls = rowsWork(node) ? rowIdentity(node, inputs) : cutoffKey(node, inputDigests(node, inputs));
    try {
      return await store.lock(calls, AbortSignal.any([signal, this.#drain]));
    } catch (error) {
      if (this.#stopped)
        throw new StageStopped('interrupted', 'The run was interrupted while it waited for another process.');
      throw error;
    } finally {
      clearTimeout(waiting);
    }
  }

  /** Looked at again under the lock: another stage or process may have made it while this one waited. */
  #foundElsewhere({ node }: Step, inputs: Known): Found | undefined {
    const reason = this.#run.get(node)?.is;
    if (reason === 'forced') return undefined;
    const { store } = this.ports;
    const again = decide(node, inputs, { store, must: { run: new Map(), keep: new Set(), done: new Map(), need: [] } });
    if (again.status !== 'reused' && again.status !== 'cut off') return undefined;
    const passed = new Set(objectsOf({ parts: inputs }));
    const own = objectsOf({ parts: again.outputs }).filter((object) => !passed.has(object));
    return reason === 'lost' && store.missing(own).length ? undefined : again;
  }

  /** What lies outside of the store is brought in step, whether the stage ran or not. */
  async #outside({ node, name }: Step, outputs: Outputs): Promise<Facts> {
    const { store, base, emit } = this.ports;
    const { kind, config, options } = node.stage;
    if (!kind.settled) return {};
    return kind.settled(outputs, {
      config,
      options,
      base,
      world: node.recipe.world,
      ...recollection(store),
      place: (object, to, how) => store.placeFile(object, to, how),
      note: (text) => emit({ is: 'notice', stage: name, text }),
    });
  }

  #stageRun({ node, name }: Step, known: Known): StageRun {
    const { store, base, signal } = this.ports;
    return {
      node,
      known,
      store,
      base,
      signal,
      drain: this.#drain,
      gates: this.#gates,
      budget: this.#budget,
      forced: this.#run.get(node)?.is === 'forced',
      retryFailed: this.asked.retryFailed ?? false,
      random: this.#random,
      concurrency: this.asked.concurrency,
      progress: (done, of, cost) =>
        this.ports.emit({ is: 'stage-progress', stage: name, done, ...(of !== undefined && { of }), cost }),
      note: (text) => this.ports.emit({ is: 'notice', stage: name, text }),
      worthOfRow: worthOfRow(node, store),
      workName: (part) => `${cutoffKey(node, inputDigests(node, known))}-${part}`,
    };
  }

  #ran(step: Step, inputs: Known, made: Made): void {
    const { node } = step;
    this.#remember(node, { ...made, inputs: inputDigests(node, inputs) });
    this.#outputs(node, made.parts);
    for (const name of node.names) this.ports.store.putFact(`last:${name}`, node.fingerprint);
    if (made.failed && this.#ended === 'done') this.#ended = 'failed rows';
    const rows = rowsOf(made.parts);
    const saved = sumCosts(NOTHING_SPENT, subtract(made.worth, made.cost));
    this.#say(node, {
      is: 'stage-finished',
      stage: step.name,
      label: step.label,
      fingerprint: node.fingerprint,
      status: 'ran',
      ...(rows !== undefined && { rows }),
      ...(made.ranRows !== undefined && { ranRows: made.ranRows }),
      ...(made.failed && { failedRows: made.failed }),
      reasons: step.reasons,
      cost: made.cost,
      saved,
      facts: { ...partFacts(made.parts), ...made.facts },
    });
  }

  /** A promise only where something lies outside of the store: a run with nothing to do waits for nothing. */
  #settled(step: Step, inputs: Known): Promise<void> | undefined {
    const { decision, node } = step;
    if (decision.status !== 'reused' && decision.status !== 'cut off') return this.#again(step);
    if (this.#said.has(node)) return this.#again(step);
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
    commitAlias({ node, known: inputs, store: this.ports.store }, decision);
    for (const name of node.names) this.ports.store.putFact(`last:${name}`, node.fingerprint);
  }

  /** Under a new plan: what it passes on may stand elsewhere now. */
  #again({ node, decision }: Step): undefined {
    if ('outputs' in decision) this.#outputs(node, decision.outputs);
  }

  #reused(
    step: Step,
    { status, entry, outputs, facts }: SettledNow,
    how: { elsewhere?: true; stale?: true },
  ): undefined {
    const rows = rowsOf(outputs);
    this.#outputs(step.node, outputs);
    this.#say(step.node, {
      is: 'stage-finished',
      stage: step.name,
      label: step.label,
      fingerprint: step.fingerprint,
      status,
      ...how,
      ...(rows !== undefined && { rows }),
      reasons: step.reasons,
      cost: NOTHING_SPENT,
      saved: entry.worth,
      facts: { ...partFacts(outputs), ...entry.facts, ...facts },
    });
  }

  #outputs({ fingerprint }: Node, outputs: Outputs): void {
    this.ports.emit({ is: 'stage-outputs', fingerprint, outputs });
  }

  #say(node: Node, event: StageFinished): void {
    this.#cost = sumCosts(this.#cost, event.cost);
    this.#saved = sumCosts(this.#saved, event.saved);
    const { fingerprint, status, rows, ranRows, failedRows } = event;
    this.#said.set(node, {
      fingerprint,
      status,
      ...(rows !== undefined && { rows }),
      ...(ranRows !== undefined && { ranRows }),
      ...(failedRows !== undefined && { failedRows }),
    });
    this.ports.emit(event);
  }

  #failed(step: Step, error: Error): void {
    const { node, name, fingerprint } = step;
    this.#bad.add(node);
    const aborted = this.ports.signal.aborted ? 'interrupted' : 'failures';
    const because = error instanceof StageStopped ? error.because : aborted;
    if (error instanceof StageStopped && error.spent) this.#cost = sumCosts(this.#cost, error.spent);
    if (because === 'failures') this.#ended = 'failed';
    else if (this.#ended === 'done' || this.#ended === 'failed rows')
      this.#ended = because === 'budget' ? 'stopped by budget' : 'interrupted';
    this.#said.set(node, { fingerprint, status: 'failed', error: error.message });
    this.ports.emit({ is: 'stage-failed', stage: name, fingerprint, error });
  }

  #skipped({ node, name, fingerprint }: Step, because: string): void {
    this.#said.set(node, { fingerprint, status: 'skipped' });
    this.ports.emit({ is: 'stage-skipped', stage: name, because });
  }

  #remember(node: Node, { inputs, parts, rows, selects }: Kept): void {
    this.#run.delete(node);
    this.#done.set(node, { inputs, parts, ...(rows && { rows }), ...(selects && { selects }) });
  }

  #notices(): void {
    for (const { object, what } of this.ports.store.noticed()) this.ports.emit({ is: 'damaged', object, what });
  }
}

const WAITED_MS = 200;

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

function worthOfRow(node: Node, store: Store): Cost | undefined {
  const before = newestNamed(node, store);
  const rows = before ? rowsOf(before.parts) : undefined;
  return before && rows ? scaleCost(before.worth, 1 / rows) : undefined;
}

function subtract(a: Cost, b: Cost): Cost {
  return {
    seconds: a.seconds - b.seconds,
    rows: a.rows - b.rows,
    calls: a.calls - b.calls,
    ...(a.tokens !== undefined && { tokens: a.tokens - (b.tokens ?? 0) }),
    ...(a.money !== undefined && { money: a.money - (b.money ?? 0) }),
  };
}
