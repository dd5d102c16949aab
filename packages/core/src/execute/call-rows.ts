import { keysAt } from '../columns/keys.js';
import { KeyIndex } from '../columns/lookup.js';
import { sayUnderway } from '../plan/underway.js';
import { NOTHING_SPENT } from '../ports/cost.js';
import type { Cost } from '../ports/store.js';
import { acceptedReason } from './accepted.js';
import { Caller } from './caller.js';
import { openContext } from './context.js';
import { openInputs } from './inputs.js';
import { refusedCalls } from './refused.js';
import type { RowsJob } from './rows-job.js';

/** Calls whose answer is not known, each key once. Gives what was spent. */
export async function callRows(job: RowsJob): Promise<Cost> {
  const { todo, twins } = await missingCalls(job);
  const spent = todo.length ? await call(job, todo) : NOTHING_SPENT;
  if (twins) shareAnswers(job, twins);
  return spent;
}

async function call(job: RowsJob, todo: Int32Array): Promise<Cost> {
  const inputs = await openInputs(job.run.node, sideInputs(job), job.run.store);
  const identity = `${job.log.identity}-${job.log.redraw}`;
  const context = { ...openContext(job.run, inputs.values), identity };
  const { options } = job.run.node.stage;
  const again = job.run.retryFailed;
  const underway = (text: string | undefined) => sayUnderway(job.run.store, identity, text);
  try {
    const config = await job.run.functions.config();
    const handle = await job.work.open?.(config, options, context);
    try {
      return await new Caller(job, todo, { ...context, config, options, handle, again, underway }).all();
    } finally {
      await job.work.close?.(handle as never);
    }
  } finally {
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

interface Missing {
  /** Numbers of the calls to make. A call is an input row, or one of its repeats. */
  readonly todo: Int32Array;
  /** Calls whose answer is not known, and for each of them the one that is made in its place. */
  readonly twins: { readonly calls: Int32Array; readonly made: Int32Array } | undefined;
}

export async function missingCalls(job: RowsJob): Promise<Missing> {
  const { entries, failedAbove, repeat } = job;
  if (job.run.retryFailed) {
    // What stands in a journal only cannot be looked at.
    await job.log.settle();
    for (const call of (await refusedCalls(job)).keys()) entries[call] = -1;
  }
  const unknown = new Int32Array(entries.length);
  let count = 0;
  for (let call = 0; call < entries.length; call++)
    if (
      (entries[call] as number) < 0 &&
      !(failedAbove.size && failedAbove.has(Math.floor(call / repeat))) &&
      acceptedReason(job, call) === undefined
    )
      unknown[count++] = call;
  return firstOfEach(unknown.subarray(0, count), job.keys);
}

/** Equal rows are asked once. */
function firstOfEach(calls: Int32Array, keys: Uint8Array): Missing {
  const own = keysAt(keys, calls);
  const once = new KeyIndex();
  once.add(own, 0);
  if (once.size === calls.length) return { todo: calls, twins: undefined };
  const made = once.find(own).map((at) => calls[at] as number);
  return { todo: calls.filter((call, i) => made[i] === call), twins: { calls, made } };
}

function shareAnswers({ entries, failures }: RowsJob, { calls, made }: NonNullable<Missing['twins']>): void {
  for (let i = 0; i < calls.length; i++) {
    const call = calls[i] as number;
    const other = made[i] as number;
    entries[call] = entries[other] as number;
    const failure = failures.get(other);
    if (failure) failures.set(call, failure);
  }
}
