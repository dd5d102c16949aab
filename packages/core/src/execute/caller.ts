import { setImmediate as breathe } from 'node:timers/promises';
import type { CallContext, Notes, RowAnswer } from '../declare/kind.js';
import type { Row } from '../declare/row.js';
import { NOTHING_SPENT, sumCosts } from '../ports/cost.js';
import type { Cost } from '../ports/store.js';
import { inCall, inCalls } from './called-row.js';
import { type Attempts, Barrier, failureOf, isInterrupted, withRetries } from './calls.js';
import { StageStopped } from './context.js';
import { damageIn } from './damage.js';
import { type Chunk, Feed } from './feed.js';
import { type Given, keepAnswers } from './keep-answers.js';
import { LostTurn } from './lost-turn.js';
import { requestsFor } from './requests.js';
import type { RowsJob } from './rows-job.js';
import { Tries } from './tries.js';

type Context = Omit<CallContext<unknown, object>, 'seeds' | 'beside' | 'mayRetry' | 'sent'>;

/** Answers of pure calls that follow each other without waiting are written together, so often: none of them was paid. */
const BURST_MS = 20;
const BURST = 8192;
const LOOK_EVERY = 16;
const NO_NOTES: ReadonlyMap<number, Notes> = new Map();
const PROGRESS_MS = 100;
/** So many calls in a row that nobody answers, each tried as often as it may be, end the stage. */
const MOST_UNANSWERED = 5;

/** Makes calls, several at once, until there are no more or it has to stop; each answer is kept before the next is asked. */
export class Caller {
  #spent: Cost = NOTHING_SPENT;
  #done = 0;
  #failed = 0;
  #unanswered = 0;
  #said = 0;
  #stopped: StageStopped | undefined;
  /** Aborted where no answer is wanted any more: a call that waits for its turn or for another try is not made. */
  readonly #over = new AbortController();
  readonly #feed: Feed;
  readonly #attempts: Attempts;
  readonly #quiet: CallContext<unknown, object>;
  #bursts: boolean;
  readonly #isPure: boolean;
  readonly #countsItself: boolean;

  constructor(
    readonly job: RowsJob,
    readonly todo: Int32Array,
    readonly context: Context,
  ) {
    const { run, work, config } = job;
    const { options, kind } = run.node.stage;
    const nature = typeof kind.nature === 'function' ? kind.nature(config) : kind.nature;
    this.#feed = new Feed(job, todo, Math.max(1, work.batch?.(config, context.options) ?? 1));
    const { timeoutMs, ...others } = options;
    const limitsRows = work.limitsRows?.(config) === true;
    this.#attempts = {
      ...others,
      ...(timeoutMs !== undefined && !limitsRows && { timeoutMs }),
      retries: options.retries ?? (nature === 'pure' ? 0 : 3),
      signal: run.signal,
      patience: AbortSignal.any([run.signal, run.drain, this.#over.signal]),
      gate: run.gates.of(options.limit),
      mayAsk: () => this.#isWanted(),
      barrier: new Barrier(),
      jitter: run.random,
    };
    this.#quiet = {
      ...context,
      seeds: [],
      beside: () => undefined,
      mayRetry: (calls) => this.#mayRetry(calls),
      sent: (calls) => this.#spend({ calls }),
    };
    this.#countsItself = work.countsRequests?.(config, context.options) === true;
    this.#isPure = nature === 'pure';
    this.#bursts = this.#isPure && !this.#attempts.retries && !this.#attempts.gate && !this.#attempts.timeoutMs;
  }

  async all(): Promise<Cost> {
    const lanes = Math.max(1, this.#attempts.concurrency ?? this.job.run.concurrency ?? 1);
    const ends = await Promise.allSettled(Array.from({ length: lanes }, () => this.#lane()));
    const broken = ends.find((end) => end.status === 'rejected');
    if (broken) throw broken.reason;
    if (this.#stopped) throw this.#stopped;
    return this.#spent;
  }

  async #lane(): Promise<void> {
    try {
      while (this.#mayGoOn()) {
        const size = this.#bursts ? BURST : undefined;
        const chunk = this.#feed.take(size);
        if (!chunk) {
          if (await this.#feed.more()) continue;
          return;
        }
        if (size) await this.#burst(chunk);
        else if (await this.#mayCall(chunk.calls.length)) await this.#call(chunk);
      }
    } catch (error) {
      this.#stop(new StageStopped('failures', (error as Error).message, { cause: error }));
      throw error;
    }
  }

  /** Only a budget lets calls that it granted be made. */
  #stop(reason: StageStopped): void {
    this.#stopped ??= reason;
    if (reason.because !== 'budget') this.#over.abort();
  }

  #mayGoOn(): boolean {
    return this.#isWanted() && !this.#stopped;
  }

  #isWanted(): boolean {
    const { drain, signal } = this.job.run;
    if (drain.aborted || signal.aborted) this.#interrupt();
    return this.#holds() && !this.#over.signal.aborted;
  }

  /** Who stood still looks before it asks again: by then another may have been answered. */
  #holds(): boolean {
    const held = this.job.run.held();
    if (!held) this.#stop(new LostTurn());
    return held;
  }

  #interrupt(): void {
    this.#stop(
      new StageStopped(
        'interrupted',
        'The run was interrupted. What was answered is kept; the same command goes on from here.',
      ),
    );
  }

  /** What a pure stage computes is asked of nobody. */
  #requests(rows: number): number {
    return this.#isPure ? 0 : requestsFor(rows, this.job);
  }

  async #mayCall(rows: number): Promise<boolean> {
    if (this.#stopped) return false;
    if (this.#isPure) return true;
    const { budget } = this.job.run;
    const requests = this.#requests(rows);
    if (!(await budget.take(requests))) return this.#outOfBudget();
    if (this.#isWanted()) return true;
    budget.ended(requests, { unsent: requests });
    return false;
  }

  #spend(more: Partial<Cost>): void {
    this.#spent = sumCosts(this.#spent, more);
    this.job.run.spending.add(more);
  }

  #mayRetry(calls: number): boolean {
    return this.#isWanted() && (this.#isPure || this.job.run.budget.retry(calls) || this.#outOfBudget());
  }

  #outOfBudget(): false {
    const { budget } = this.job.run;
    this.#stop(
      new StageStopped(
        'budget',
        `The run may spend ${budget.reached} and stopped before more. What was answered is kept; a larger budget goes on from here.`,
      ),
    );
    return false;
  }

  async #call(chunk: Chunk): Promise<void> {
    const { calls, rows } = chunk;
    const { work, run } = this.job;
    const requests = this.#requests(calls.length);
    const tries = new Tries((notes) => this.#lost(notes));
    const seeds = this.#seeds(calls);
    const begins = () => {
      tries.begin();
      if (!this.#countsItself) this.#spend({ calls: requests });
    };
    const mayRetry = () => this.#mayRetry(requests) && tries.allow();
    const ended = (money?: number) => run.budget.ended(requests, { unsent: tries.unsent * requests, money });
    const attempts = { ...this.#attempts, begins, mayRetry };
    const given = withRetries(
      (signal) => this.#calls(calls, () => work.run(rows, { ...this.#quiet, signal, seeds, beside: tries.beside() })),
      attempts,
    );
    await this.#settle(given, chunk, { notes: () => tries.end(), ended });
  }

  /** What a try that failed has cost all the same. */
  #lost(notes: Given['notes']): void {
    const cost = costOf(notes, 0);
    this.#pay(cost);
    this.job.run.budget.paid(cost.money ?? 0);
  }

  #pay(cost: Partial<Cost>): void {
    this.#attempts.gate?.spend(cost.tokens ?? 0);
    this.#spend(cost);
  }

  /** Keeps the answers of a batch, or an error in the place of each. Nothing where the run was interrupted before there was one. */
  async #settle(given: Promise<Answers>, chunk: Chunk, { ended, ...asked }: Asked): Promise<void> {
    const { calls, rows } = chunk;
    let answers: Answers;
    try {
      answers = await given;
    } catch (error) {
      const notes = asked.notes();
      this.#lost(notes);
      ended();
      if (damageIn(error)) throw error;
      if (isInterrupted(error) || this.job.run.signal.aborted) return;
      if (calls.length > 1 && this.#mayBeOneRow(error)) return this.#halve(chunk);
      return this.#keep({ calls, answers: rows.map(() => asError(error)), notes }, { rows: rows.length });
    }
    const notes = asked.notes();
    const cost = costOf(notes, rows.length);
    ended(cost.money ?? 0);
    await this.#keep({ calls, answers: checked(this.job, answers, rows.length), notes }, cost);
  }

  #mayBeOneRow(error: unknown): boolean {
    const { everyRow, perhapsOneRow, permanent } = failureOf(error);
    return everyRow !== true && (perhapsOneRow ?? permanent ?? this.#isPure);
  }

  /** Until the row that fails the others is alone. */
  async #halve({ calls, rows }: Chunk): Promise<void> {
    const middle = Math.ceil(rows.length / 2);
    for (const [from, to] of [
      [0, middle],
      [middle, rows.length],
    ] as const) {
      const half = { calls: calls.subarray(from, to), rows: rows.slice(from, to) };
      if (this.#mayGoOn() && (await this.#mayCall(half.rows.length))) await this.#call(half);
    }
  }

  /** Calls that answer at once are made one after the other; then the process may hear what else there is. */
  async #burst({ calls, rows }: Chunk): Promise<void> {
    const { size } = this.#feed;
    const started = performance.now();
    const answers: RowAnswer[] = [];
    let at = 0;
    let late = false;
    let waiting: Promise<Answers> | undefined;
    while (at < rows.length && !waiting && !late && !this.#stopped) {
      const some = rows.slice(at, at + size);
      const given = this.#now(some, calls.subarray(at, at + some.length));
      if ('then' in given) waiting = given;
      else for (const answer of given) answers.push(answer);
      at += some.length;
      late = at % LOOK_EVERY < size && performance.now() - started > BURST_MS;
    }
    this.#feed.giveBack(rows.length - at);
    const { length } = answers;
    // It may fail before it is waited for.
    waiting?.catch(() => undefined);
    if (length > 0) await this.#keep({ calls: calls.subarray(0, length), answers, notes: NO_NOTES }, { rows: length });
    if (waiting) {
      this.#bursts = false;
      await this.#settle(waiting, { calls: calls.subarray(length, at), rows: rows.slice(length, at) }, FREE);
    }
    if (late) await breathe();
  }

  /** Only where functions may wait for what is outside: to follow a call costs each promise something. */
  #calls<T>(calls: Int32Array, act: () => T): T {
    const { repeat } = this.job;
    const [call] = calls;
    return calls.length === 1 && call !== undefined && !this.#isPure
      ? inCall(call, repeat, act)
      : inCalls(calls, repeat, act);
  }

  /** The answers of a call, where it gives them at once. */
  #now(rows: readonly Row[], calls: Int32Array): Promise<Answers> | Answers {
    try {
      const given = inCalls(calls, this.job.repeat, () => this.job.work.run(rows, this.#quiet));
      return 'then' in given ? given : checked(this.job, given, rows.length);
    } catch (error) {
      if (damageIn(error)) throw error;
      return rows.length > 1 && this.#mayBeOneRow(error) ? Promise.reject(error) : rows.map(() => asError(error));
    }
  }

  #seeds(calls: Int32Array): string[] {
    const { keys, sampling } = this.job;
    if (!sampling) return [];
    return Array.from(calls, (call) => Buffer.from(keys.subarray(call * 16, call * 16 + 16)).toString('hex'));
  }

  async #keep(given: Given, cost: Partial<Cost>): Promise<void> {
    this.#pay(cost);
    this.#unanswered = given.answers.every(isUnanswered) ? this.#unanswered + 1 : 0;
    await keepAnswers(this.job, given, (error) => this.#fail(error));
    this.#done += given.calls.length;
    this.#progress();
  }

  #progress(): void {
    const now = performance.now();
    if (now - this.#said < PROGRESS_MS && this.#done < this.todo.length) return;
    this.#said = now;
    this.job.run.progress(this.#done, this.todo.length, this.#spent);
  }

  #fail(error: Error): void {
    const failure = failureOf(error);
    this.#failed++;
    const reason = this.#breaks(failure.everyRow === true);
    if (reason) this.#stop(new StageStopped('failures', `${reason}: ${failure.message}`, { cause: error }));
  }

  #breaks(everyRow: boolean): string | undefined {
    const { onRowFailure, stopAfter } = this.#attempts;
    if (everyRow) return 'This would fail for every row';
    if (onRowFailure === 'stop') return 'A row failed';
    if (this.#unanswered >= MOST_UNANSWERED) return `Nobody answered ${MOST_UNANSWERED} calls in a row`;
    if (stopAfter === undefined) return undefined;
    const limit =
      typeof stopAfter === 'string'
        ? Math.ceil((Number.parseFloat(stopAfter) / 100) * this.todo.length)
        : (stopAfter as number);
    return this.#failed >= limit ? `The stage stops after ${stopAfter} failed rows` : undefined;
  }
}

type Answers = readonly RowAnswer[];

const isUnanswered = (answer: RowAnswer): boolean => answer instanceof Error && failureOf(answer).unanswered === true;

interface Asked {
  readonly notes: () => Given['notes'];
  /** It is in flight no more, and cost so much. */
  readonly ended: (money?: number) => void;
}

const FREE: Asked = { notes: () => NO_NOTES, ended: () => undefined };

const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));

function checked({ run }: RowsJob, answers: Answers, rows: number): Answers {
  if (answers.length === rows) return answers;
  const bug = new Error(`BUG: ${run.node.stage.kind.name} gave ${answers.length} answers for ${rows} rows.`);
  return Array.from({ length: rows }, () => bug);
}

function costOf(notes: ReadonlyMap<number, Notes>, rows: number): Cost {
  let cost: Cost = { ...NOTHING_SPENT, rows };
  for (const { tokens, money } of notes.values())
    cost = sumCosts(cost, { ...(tokens !== undefined && { tokens }), ...(money !== undefined && { money }) });
  return cost;
}
