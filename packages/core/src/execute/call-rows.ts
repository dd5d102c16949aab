import { KeyIndex } from '../columns/lookup.js';
import { rowsOf } from '../columns/read.js';
import type { CallContext, Notes, RowAnswer } from '../declare/kind.js';
import type { Row } from '../declare/table.js';
import type { Cost } from '../ports/store.js';
import { keysAt } from '../tables/write.js';
import { ERROR, NOTES } from './answers.js';
import { failureOf, withRetries } from './calls.js';
import { NOTHING_SPENT, openContext, StageStopped, sumCosts } from './context.js';
import { openInputs } from './inputs.js';
import { byRole } from './keys.js';
import { refusedCalls } from './refused.js';
import type { RowsJob } from './rows.js';

/** Calls whose answer is not known, each key once. Gives what was spent. */
export async function callRows(job: RowsJob): Promise<Cost> {
  const todo = await missing(job);
  if (todo.length === 0) return NOTHING_SPENT;
  const inputs = await openInputs(job.run.node, sideInputs(job), job.run.store);
  const context = openContext(job.run, inputs.values);
  const handle = await job.work.open?.(job.config, job.run.node.stage.options, context);
  try {
    return await new Caller(job, todo, {
      ...context,
      config: job.config,
      options: job.run.node.stage.options,
      handle,
    }).all();
  } finally {
    await job.work.close?.(handle as never);
    await inputs.close();
  }
}

const sideInputs = (job: RowsJob) => {
  const first = job.run.node.inputs[0]?.role;
  return Object.fromEntries(
    Object.entries(job.run.known).map(([role, output]) => [
      role,
      role === first && output.is === 'table' ? { ...output, rows: 0 } : output,
    ]),
  );
};

/** Numbers of the calls to make. A call is an input row, or one of its repeats. */
async function missing(job: RowsJob): Promise<Int32Array> {
  const places = job.log.memory.find(job.keys);
  if (job.run.retryFailed) for (const call of (await refusedCalls(job, places)).keys()) places[call] = -1;
  const once = new KeyIndex();
  once.add(job.keys, 0);
  const representative = once.find(job.keys);
  const todo: number[] = [];
  for (let call = 0; call < places.length; call++) {
    const known = (places[call] as number) >= 0 || job.failedAbove.has(Math.floor(call / job.repeat));
    if (!known && representative[call] === call) todo.push(call);
  }
  return Int32Array.from(todo);
}

type Context = Omit<CallContext<unknown, object>, 'seeds' | 'beside'>;

class Caller {
  #spent: Cost = NOTHING_SPENT;
  #done = 0;
  #failed = 0;
  #stopped: StageStopped | undefined;
  readonly #started = performance.now();
  readonly #size: number;

  constructor(
    readonly job: RowsJob,
    readonly todo: Int32Array,
    readonly context: Context,
  ) {
    this.#size = Math.max(1, job.work.batch?.(job.config, context.options) ?? 1);
  }

  async all(): Promise<Cost> {
    const { options } = this.job.run.node.stage;
    const lanes = Math.max(1, options.concurrency ?? this.job.run.concurrency ?? 1);
    const chunks = this.#chunks();
    const ends = await Promise.allSettled(Array.from({ length: lanes }, () => this.#lane(chunks)));
    this.#spent = { ...this.#spent, seconds: (performance.now() - this.#started) / 1000 };
    const broken = ends.find((end) => end.status === 'rejected');
    if (broken) throw broken.reason;
    if (this.#stopped) throw this.#stopped;
    return this.#spent;
  }

  /** Pulled, so that no more than a chunk is ahead of the calls. */
  async *#chunks(): AsyncGenerator<{ calls: Int32Array; rows: Row[] }> {
    const { reader, reads, repeat } = this.job;
    const names = [...new Set(Object.values(reads))];
    const step = Math.max(this.#size, Math.floor(READ_AHEAD / this.#size) * this.#size);
    for (let from = 0; from < this.todo.length; from += step) {
      const calls = this.todo.subarray(from, from + step);
      const rows = byRole(
        rowsOf(
          await reader.pick(
            names,
            calls.map((call) => Math.floor(call / repeat)),
          ),
        ),
        reads,
      );
      for (let at = 0; at < calls.length; at += this.#size)
        yield { calls: calls.subarray(at, at + this.#size), rows: rows.slice(at, at + this.#size) };
    }
  }

  async #lane(chunks: AsyncGenerator<{ calls: Int32Array; rows: Row[] }>): Promise<void> {
    try {
      await this.#takeWhile(chunks);
    } catch (error) {
      this.#stopped ??= new StageStopped('failures', (error as Error).message, { cause: error });
      throw error;
    }
  }

  async #takeWhile(chunks: AsyncGenerator<{ calls: Int32Array; rows: Row[] }>): Promise<void> {
    const { run } = this.job;
    while (!this.#stopped) {
      if (run.drain.aborted || run.signal.aborted)
        this.#stopped ??= new StageStopped(
          'interrupted',
          'The run was interrupted. What was answered is kept; the same command goes on from here.',
        );
      if (this.#stopped) return;
      const next = await chunks.next();
      if (next.done || this.#stopped) return;
      if (!run.budget.take(next.value.calls.length)) {
        this.#stopped ??= new StageStopped(
          'budget',
          `The run may spend ${run.budget.reached} and stopped before more. What was answered is kept; a larger budget goes on from here.`,
        );
        return;
      }
      await this.#call(next.value.calls, next.value.rows);
    }
  }

  async #call(calls: Int32Array, rows: Row[]): Promise<void> {
    const { run, work } = this.job;
    const notes = new Map<number, Notes>();
    const { options } = run.node.stage;
    const gate = run.gates.of(options.limit);
    const seeds = this.job.sampling
      ? Array.from(calls, (call) => Buffer.from(this.job.keys.subarray(call * 16, call * 16 + 16)).toString('hex'))
      : [];
    let answers: readonly RowAnswer[];
    try {
      answers = await withRetries(
        (signal) => work.run(rows, { ...this.context, signal, seeds, beside: (row, said) => notes.set(row, said) }),
        { ...options, retries: options.retries ?? this.#retries, signal: run.signal, gate, jitter: run.random },
      );
      if (answers.length !== rows.length)
        throw new Error(`BUG: ${run.node.stage.kind.name} gave ${answers.length} answers for ${rows.length} rows.`);
    } catch (error) {
      if (run.signal.aborted) return;
      answers = rows.map(() => error as Error);
    }
    const cost = costOf(notes, calls.length);
    gate?.spend(cost.tokens ?? 0);
    run.budget.spent(calls.length, cost.money ?? 0);
    this.#spent = sumCosts(this.#spent, cost);
    await this.#keep(calls, answers, notes);
    this.#done += calls.length;
    run.progress(this.#done, this.todo.length, this.#spent);
  }

  get #retries(): number {
    const { nature } = this.job.run.node.stage.kind;
    return (typeof nature === 'function' ? nature(this.job.config) : nature) === 'pure' ? 0 : 3;
  }

  async #keep(calls: Int32Array, answers: readonly RowAnswer[], notes: ReadonlyMap<number, Notes>): Promise<void> {
    const good: number[] = [];
    const rows: Row[] = [];
    const counts: number[] = [];
    const { many } = this.job.work;
    const { noted } = this.job.log.of;
    for (let i = 0; i < calls.length; i++) {
      const answer = answers[i] as RowAnswer;
      if (answer instanceof Error && !this.#fail(calls[i] as number, answer)) continue;
      const said = noted && notes.has(i) ? JSON.stringify(notes.get(i)) : null;
      const given =
        answer instanceof Error ? [{ [ERROR]: answer.message }] : many ? (answer as readonly Row[]) : [answer as Row];
      good.push(i);
      counts.push(given.length);
      for (const row of given) rows.push(noted ? { ...row, [NOTES]: said } : row);
    }
    if (good.length === 0) return;
    const at = good.length === calls.length ? calls : calls.filter((_, i) => good.includes(i));
    await this.job.log.add({
      keys: keysAt(this.job.keys, at),
      rows,
      ...(many && { counts: Uint32Array.from(counts) }),
    });
  }

  /** True where the failure itself is remembered: asking again would give the same. */
  #fail(call: number, error: Error): boolean {
    const failure = failureOf(error);
    const permanent =
      failure.permanent === true && failure.everyRow !== true && this.job.log.of.noted && !this.job.work.many;
    this.job.failures.set(call, { row: call, message: failure.message, permanent });
    this.#failed++;
    const reason = this.#breaks(failure.everyRow === true);
    if (reason) this.#stopped ??= new StageStopped('failures', `${reason}: ${failure.message}`, { cause: error });
    return permanent;
  }

  #breaks(everyRow: boolean): string | undefined {
    const { onRowFailure, stopAfter } = this.job.run.node.stage.options;
    if (everyRow) return 'This would fail for every row';
    if (onRowFailure === 'stop') return 'A row failed';
    if (stopAfter === undefined) return undefined;
    const most =
      typeof stopAfter === 'number'
        ? stopAfter
        : Math.max(1, Math.floor((Number.parseFloat(stopAfter) / 100) * this.todo.length));
    return this.#failed > most ? `More than ${stopAfter} of the rows failed` : undefined;
  }
}

const READ_AHEAD = 8192;

function costOf(notes: ReadonlyMap<number, Notes>, calls: number): Cost {
  let cost: Cost = { ...NOTHING_SPENT, rows: calls, calls };
  for (const { tokens, money } of notes.values())
    cost = sumCosts(cost, { ...(tokens !== undefined && { tokens }), ...(money !== undefined && { money }) });
  return cost;
}
