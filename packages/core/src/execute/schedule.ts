import { decide, type Must, type Outputs } from '../plan/decide.js';
import { lostReason, missingOwners, readOwners } from '../plan/lost.js';
import type { Known, Node } from '../plan/node.js';
import { known, outputsOf, type Plan, type Step } from '../plan/plan.js';
import type { Reason } from '../plan/reason.js';
import type { ObjectId, Store } from '../ports/store.js';
import { damageIn } from './damage.js';

/** A fact changed in mid-run: the plan is made again, with these nodes running whatever is known. */
export class PlanAgain extends Error {
  constructor(readonly lost: ReadonlyMap<Node, Reason>) {
    super('A fact changed in mid-run');
  }
}

export interface Obey {
  readonly store: Store;
  readonly must: Must;
  readonly random: () => number;
  /** No more work is taken. */
  readonly stopped: () => boolean;
  /** Failed under an earlier plan of this run: not tried again. */
  readonly failedBefore: (node: Node) => boolean;
  readonly keepGoing: boolean;
  /** Runs a stage under its lock, or finds that another process did. */
  readonly run: (step: Step, inputs: Known) => Promise<Outputs>;
  /** A promise only where there is something to wait for. */
  readonly settled: (step: Step, inputs: Known) => Promise<void> | undefined;
  readonly failed: (step: Step, error: Error) => void;
  readonly skipped: (step: Step, because: string) => void;
}

/** Obeys the plan: a stage starts when its inputs are known; what was decided later is decided then, by the same function. */
export class Schedule {
  readonly #outputs = new Map<Node, Outputs>();
  readonly #open = new Map<Node, number>();
  readonly #readers = new Map<Node, Step[]>();
  readonly #ready: Step[] = [];
  readonly #bad = new Set<Node>();
  #flying = 0;
  #again = new Map<Node, Reason>();
  #replan = false;
  #broken: { readonly error: unknown } | undefined;
  #wake: () => void = () => undefined;

  constructor(
    readonly plan: Plan,
    readonly to: Obey,
  ) {
    for (const step of plan.steps) {
      const above = new Set(step.node.inputs.map((input) => input.node));
      this.#open.set(step.node, above.size);
      if (above.size === 0) this.#ready.push(step);
      for (const node of above) {
        const readers = this.#readers.get(node);
        if (readers) readers.push(step);
        else this.#readers.set(node, [step]);
      }
    }
  }

  async done(): Promise<ReadonlyMap<Node, Outputs>> {
    for (;;) {
      while (this.#ready.length && !this.#broken) this.#try(this.#takeReady());
      if (this.#flying === 0) break;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#broken) throw this.#broken.error;
    if (this.#replan) throw new PlanAgain(this.#again);
    return this.#outputs;
  }

  /** Shuffled, so that no order that was not declared survives. */
  #takeReady(): Step {
    const at = Math.floor(this.to.random() * this.#ready.length);
    const step = this.#ready[at] as Step;
    this.#ready[at] = this.#ready[this.#ready.length - 1] as Step;
    this.#ready.pop();
    return step;
  }

  /** What breaks here is the run: stages in flight come to their end first. */
  #try(step: Step): void {
    try {
      this.#start(step);
    } catch (error) {
      this.#broken ??= { error };
    }
  }

  #start(step: Step): void {
    const { node } = step;
    if (node.inputs.some((input) => this.#bad.has(input.node))) return this.#skip(step, 'a stage above it failed');
    const inputs = known(node, (n) => this.#outputs.get(n)) as Known;
    const decision = step.decision.status === 'later' ? decide(node, inputs, this.to) : step.decision;
    const now = { ...step, decision };
    if (decision.status === 'run') return this.#fly(now, inputs);
    const outputs = outputsOf(decision) as Outputs;
    const waiting = this.to.settled(now, inputs);
    if (waiting)
      this.#flight(
        now,
        waiting.then(() => outputs),
      );
    else this.#settle(node, outputs);
  }

  #fly(step: Step, inputs: Known): void {
    if (this.to.failedBefore(step.node)) return this.#giveUp(step.node);
    if (this.to.stopped()) return this.#skip(step, 'the run was interrupted');
    if (this.#bad.size && !this.to.keepGoing) return this.#skip(step, 'another stage failed');
    if (this.#replan) return;
    const owners = missingOwners(step.node, inputs, {
      outputs: (node) => this.#outputs.get(node),
      store: this.to.store,
    });
    if (owners.length) return this.#planAgain(new Map(owners.map((node) => [node, lostReason(node, this.to.store)])));
    this.#flight(step, this.to.run(step, inputs));
  }

  #flight(step: Step, outputs: Promise<Outputs>): void {
    this.#flying++;
    outputs
      .then(
        (made) => this.#settle(step.node, made),
        (error: unknown) => this.#failed(step, error),
      )
      .finally(() => {
        this.#flying--;
        this.#wake();
      });
  }

  #failed(step: Step, error: unknown): void {
    if (error instanceof PlanAgain) return this.#planAgain(error.lost);
    const damage = damageIn(error);
    if (damage) return this.#planAgain(this.#lostBy(step, damage.object));
    this.to.failed(step, error as Error);
    this.#giveUp(step.node);
  }

  /** A stage that was reused and could not be read is lost itself; for one that ran, whoever made what it could not read. */
  #lostBy({ node, decision }: Step, object: ObjectId): ReadonlyMap<Node, Reason> {
    const outputs = (of: Node) => this.#outputs.get(of);
    const owners = decision.status === 'run' ? readOwners(node, object, outputs) : [node];
    return new Map(owners.map((owner) => [owner, { is: 'lost', how: 'damaged' }]));
  }

  /** Nothing comes of this node under this plan. */
  #giveUp(node: Node): void {
    this.#bad.add(node);
    this.#release(node);
  }

  #planAgain(lost: ReadonlyMap<Node, Reason>): void {
    this.#replan = true;
    this.#again = new Map([...this.#again, ...lost]);
  }

  #skip(step: Step, because: string): void {
    this.to.skipped(step, because);
    this.#giveUp(step.node);
  }

  #settle(node: Node, outputs: Outputs): void {
    this.#outputs.set(node, outputs);
    this.#release(node);
  }

  #release(node: Node): void {
    for (const reader of this.#readers.get(node) ?? []) {
      const left = (this.#open.get(reader.node) as number) - 1;
      this.#open.set(reader.node, left);
      if (left === 0) this.#ready.push(reader);
    }
  }
}
