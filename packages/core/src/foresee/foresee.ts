import { Budget } from '../execute/budget.js';
import { missingCalls } from '../execute/call-rows.js';
import { Gates } from '../execute/calls.js';
import type { StageRun } from '../execute/context.js';
import { StageFunctions } from '../execute/functions.js';
import { seeded } from '../execute/random.js';
import { dryRows, runRows, shareFailure } from '../execute/rows.js';
import type { RowsJob } from '../execute/rows-job.js';
import { Spending } from '../execute/spending.js';
import { runWhole } from '../execute/whole.js';
import { worthOf } from '../execute/worth.js';
import { storeAbove } from '../memory/above.js';
import { decide, type Outputs } from '../plan/decide.js';
import { earlierEntries } from '../plan/earlier.js';
import { type Known, type Node, nameOf, natureOf, rowsWork, wholeWork } from '../plan/node.js';
import { type Estimate, known, outputsOf, type Plan, type Step } from '../plan/plan.js';
import type { CodeReader } from '../ports/code.js';
import type { Digest, Output, Store, TableOutput } from '../ports/store.js';
import { TableReader } from '../tables/read.js';
import { askedEstimate, computedEstimate, type Earlier } from './estimate.js';
import { byInput, byOutput, type RequestsAhead, requestsIn } from './requests.js';

export interface ForeseePorts {
  readonly store: Store;
  readonly code: CodeReader;
  readonly base: string;
}

export interface ForeseeAsked {
  readonly retryFailed?: boolean | undefined;
}

/**
 * A plan with what each stage takes at most. Stages that cost nothing run in memory, as far as a stage below asks somebody;
 * those that ask count the calls whose answer is not known. A row that would be asked is unknown below.
 */
export async function foresee(plan: Plan, asked: ForeseeAsked, ports: ForeseePorts): Promise<Plan> {
  const foresight = new Foresight(plan, asked, { ...ports, store: storeAbove(ports.store) });
  const earlier = earlierEntries(ports.store);
  const steps: Step[] = [];
  for (const step of plan.steps) {
    const estimate = await foresight.see(step, () => earlier(step.node)?.worth);
    steps.push({ ...step, ...(estimate && { estimate }) });
  }
  return { ...plan, steps };
}

/**
 * The first requests of a stage as they will go out: of input rows without an answer, or of the first where all have one. Or
 * as they went out for some rows of its output.
 */
export async function requestsAhead(
  plan: Plan,
  { node, most, retryFailed, behind }: RequestsAsked,
  ports: ForeseePorts,
): Promise<RequestsAhead> {
  const foresight = new Foresight(plan, { retryFailed }, { ...ports, store: storeAbove(ports.store) }, node);
  for (const step of plan.steps) {
    if (step.node === node) return foresight.requestsOf(node, { most, behind });
    await foresight.see(step, () => undefined);
  }
  throw new Error('BUG: the stage is not of this plan');
}

export interface RequestsAsked extends ForeseeAsked {
  readonly node: Node;
  readonly most: number;
  /** Rows of its output. */
  readonly behind?: readonly number[] | undefined;
}

/** What a stage reads is not known yet. */
export class UnknownInputs extends Error {
  override readonly name = 'UnknownInputs';
  constructor(
    stage: string,
    readonly above: readonly string[],
  ) {
    super(
      `Cannot show the requests of ${stage}: what it reads is not known before the stages above it have run: ${above.join(', ')}. Run them first.`,
    );
  }
}

/** The message of a row that would be asked. */
const UNKNOWN = 'not asked yet';

/** Above that many rows a plan computes nothing. */
const MOST_ROWS = 200_000;

const NEVER = new AbortController().signal;

class Foresight {
  readonly #outputs = new Map<Node, Outputs>();
  /** Of what is not known: so many rows at most, by part. */
  readonly #most = new Map<Node, Readonly<Record<string, number | undefined>>>();
  readonly #asks: ReadonlySet<Node>;
  readonly #redraws = new Map<Digest, number>();
  readonly #counted = new Map<string, Set<string>>();

  constructor(
    readonly plan: Plan,
    readonly asked: ForeseeAsked,
    readonly ports: ForeseePorts,
    target?: Node,
  ) {
    this.#asks = aboveAsking(plan.steps, target);
  }

  async requestsOf(node: Node, { most, behind }: Pick<RequestsAsked, 'most' | 'behind'>): Promise<RequestsAhead> {
    const inputs = known(node, (above) => this.#outputs.get(above));
    if (!inputs)
      throw new UnknownInputs(
        nameOf(node),
        node.inputs.map(({ node: above }) => nameOf(above)),
      );
    const run = this.#runOf(node, inputs);
    try {
      return await dryRows(run, async (job) => {
        const { todo } = await missingCalls(job);
        const known = Int32Array.from(job.entries.keys()).filter((call) => (job.entries[call] as number) >= 0);
        if (behind) shareFailure(job, todo, UNKNOWN);
        const calls = behind ? await byOutput(behind, job) : byInput(todo.length ? todo : known, job);
        const requests = await requestsIn(job, calls, most);
        return { requests, missing: todo.length, unknown: await this.#unknownRows([job.input]) };
      });
    } finally {
      await run.functions.close();
    }
  }

  async see({ node, decision }: Step, earlier: () => Earlier): Promise<Estimate | undefined> {
    const outputs = outputsOf(decision);
    if (outputs) return void this.#outputs.set(node, outputs);
    const inputs = known(node, (above) => this.#outputs.get(above));
    if (inputs && this.#isFound(node, inputs)) return computedEstimate(0, undefined);
    try {
      return await this.#look(node, inputs, earlier());
    } catch {
      // What fails here fails in the run, with its reason: until then nothing is known of it.
      return this.#bounded(node, earlier());
    }
  }

  #isFound(node: Node, inputs: Known): boolean {
    const { store } = this.ports;
    const { must } = this.plan;
    if (must.run.has(node)) return false;
    const outputs = outputsOf(decide(node, inputs, { store, must }));
    if (outputs) this.#outputs.set(node, outputs);
    return outputs !== undefined;
  }

  async #look(node: Node, inputs: Known | undefined, earlier: Earlier): Promise<Estimate | undefined> {
    if (!inputs) return this.#bounded(node, earlier);
    if (rowsWork(node) && natureOf(node) !== 'pure') return this.#count(node, inputs, earlier);
    if (!this.#asks.has(node) || !(await this.#mayCompute(node, inputs))) return this.#bounded(node, earlier);
    const run = this.#runOf(node, inputs);
    try {
      const { parts } = await (rowsWork(node) ? runRows(run) : runWhole(run));
      if (rowsIn(Object.values(parts)) > MOST_ROWS) return this.#bounded(node, earlier);
      this.#outputs.set(node, parts);
      return computedEstimate(rowsIn(Object.values(parts)), earlier);
    } finally {
      await run.functions.close();
    }
  }

  async #mayCompute(node: Node, inputs: Known): Promise<boolean> {
    const { kind, config, options } = node.stage;
    const tables = Object.values(inputs).filter((input) => input.is === 'table');
    if (natureOf(node) !== 'pure' || rowsIn(tables) > MOST_ROWS) return false;
    const unknown = await this.#unknownRows(tables);
    const rows = rowsWork(node);
    if (rows) {
      const opens = Object.keys(kind.handles?.(config) ?? {}).length > 0 || options.threads;
      return !opens && (unknown === 0 || !rows.many || rows.dropsOnly === true);
    }
    const foreseeable = wholeWork(node)?.foreseeable;
    return foreseeable === 'any' || (foreseeable === 'complete' && unknown === 0);
  }

  /** The calls to make, and a table in which their rows are unknown. */
  async #count(node: Node, inputs: Known, earlier: Earlier): Promise<Estimate> {
    const run = this.#runOf(node, inputs);
    try {
      return await dryRows(run, async (job, lay) => {
        const { todo } = await missingCalls(job);
        await job.log.settle();
        const { all } = await worthOf(job);
        const unknown = (await this.#unknownRows([job.input])) * job.repeat;
        const asked = {
          rows: this.#firstAsked(job, todo) + unknown,
          tried: todo.length + unknown,
          longest: job.longest,
        };
        const estimate = askedEstimate(node, asked, both(all, earlier));
        const many = job.work.many && !job.work.dropsOnly;
        if (this.#asks.has(node) && !(many && asked.tried)) this.#outputs.set(node, await lay(todo, UNKNOWN));
        else this.#most.set(node, { main: many ? undefined : job.entries.length });
        return estimate;
      });
    } finally {
      await run.functions.close();
    }
  }

  /** By the rows that it can have at most. */
  #bounded(node: Node, earlier: Earlier): Estimate | undefined {
    const rows = rowsWork(node);
    const most = this.#mostRows(node);
    this.#most.set(node, node.inputs.length ? mostOut(node, most) : this.#rowsBefore(node));
    if (natureOf(node) === 'pure' || !rows)
      return computedEstimate(most ?? 0, most === undefined ? undefined : earlier);
    if (most === undefined) return undefined;
    const asked = most * (rows.repeat?.(node.stage.config) ?? 1);
    return askedEstimate(node, { rows: asked, tried: asked }, earlier);
  }

  /** Of these calls, those that no stage before asks. */
  #firstAsked({ keys, log }: RowsJob, todo: Int32Array): number {
    const name = `${log.identity}-${log.redraw}`;
    const counted = this.#counted.get(name) ?? new Set<string>();
    this.#counted.set(name, counted);
    const before = counted.size;
    for (const call of todo) counted.add(Buffer.from(keys.subarray(call * 16, call * 16 + 16)).toString('latin1'));
    return counted.size - before;
  }

  /** Of a source whose data is lost: it gave so many rows of what lies outside. */
  #rowsBefore({ fingerprint }: Node): Readonly<Record<string, number>> {
    const parts = Object.entries(this.ports.store.entry(fingerprint)?.parts ?? {});
    return Object.fromEntries(parts.map(([part, output]) => [part, rowsIn([output])]));
  }

  /** Of its first input, or of all inputs of a stage that takes them whole. */
  #mostRows(node: Node): number | undefined {
    const inputs = rowsWork(node) ? node.inputs.slice(0, 1) : node.inputs;
    if (inputs.length === 0) return undefined;
    return inputs.reduce<number | undefined>((sum, { node: above, part }) => {
      const output = this.#outputs.get(above)?.[part];
      const rows = output ? rowsIn([output]) : this.#most.get(above)?.[part];
      return sum === undefined || rows === undefined ? undefined : sum + rows;
    }, 0);
  }

  async #unknownRows(tables: readonly Output[]): Promise<number> {
    let unknown = 0;
    for (const table of tables) {
      if (table.is !== 'table' || !table.failed) continue;
      const failures = await new TableReader(table, this.ports.store).failures();
      unknown += failures.filter(({ message }) => message === UNKNOWN).length;
    }
    return unknown;
  }

  #runOf(node: Node, inputs: Known): StageRun {
    const { store, base, code } = this.ports;
    const silent = () => undefined;
    return {
      node,
      known: inputs,
      store,
      functions: new StageFunctions(node.stage, code, { print: silent, note: silent }),
      base,
      signal: NEVER,
      drain: NEVER,
      gates: new Gates(),
      budget: new Budget({}),
      spending: new Spending(silent),
      started: performance.now(),
      forced: this.plan.must.run.get(node)?.is === 'forced',
      held: () => true,
      redraws: this.#redraws,
      ranRows: new Set(),
      retryFailed: this.asked.retryFailed ?? false,
      random: seeded(1),
      concurrency: undefined,
      progress: silent,
      note: silent,
      secondsOfRow: undefined,
      workName: (part) => part,
      mostRows: MOST_ROWS,
    };
  }
}

/** Stages that ask somebody, and those above them. */
function aboveAsking(steps: readonly Step[], target?: Node): ReadonlySet<Node> {
  const above = new Set<Node>();
  for (const { node, decision } of [...steps].reverse()) {
    const asks = node === target || (!outputsOf(decision) && rowsWork(node) && natureOf(node) !== 'pure');
    if (asks || above.has(node)) for (const input of node.inputs) above.add(input.node);
  }
  return above;
}

function mostOut(node: Node, most: number | undefined): Readonly<Record<string, number | undefined>> {
  const { config } = node.stage;
  const rows = rowsWork(node);
  if (rows) {
    const bound = rows.many && !rows.dropsOnly ? undefined : most;
    return { main: bound === undefined ? undefined : bound * (rows.repeat?.(config) ?? 1) };
  }
  const work = wholeWork(node);
  const parts = Object.keys(work?.parts(config) ?? {});
  return Object.fromEntries(parts.map((part) => [part, work?.addsNoRows ? most : undefined]));
}

const rowsIn = (outputs: readonly Output[]): number =>
  outputs.filter((output): output is TableOutput => output.is === 'table').reduce((sum, { rows }) => sum + rows, 0);

/** The dearest of both; the time of what ran. */
function both(answers: Earlier, earlier: Earlier): Earlier {
  const [a, b] = [answers?.dearest, earlier?.dearest];
  const most = (what: 'tokens' | 'money') => {
    const amounts = [a?.[what], b?.[what]].filter((amount) => amount !== undefined);
    return amounts.length ? { [what]: Math.max(...amounts) } : {};
  };
  const request = b?.request ?? a?.request;
  const dearest = { ...most('tokens'), ...most('money'), ...(request !== undefined && { request }) };
  return a || b ? { ...earlier, dearest } : earlier;
}
