import { KeyIndex } from '../columns/lookup.js';
import { sayUnderway } from '../plan/underway.js';
import type { Cost } from '../ports/store.js';
import { keysAt } from '../tables/write.js';
import { Caller } from './caller.js';
import { NOTHING_SPENT, openContext } from './context.js';
import { openInputs } from './inputs.js';
import { refusedCalls } from './refused.js';
import type { RowsJob } from './rows.js';

/** Calls whose answer is not known, each key once. Gives what was spent. */
export async function callRows(job: RowsJob): Promise<Cost> {
  const todo = await missing(job);
  if (todo.length === 0) return NOTHING_SPENT;
  const inputs = await openInputs(job.run.node, sideInputs(job), job.run.store);
  const identity = `${job.log.identity}-${job.log.redraw}`;
  const context = { ...openContext(job.run, inputs.values), identity };
  const { options } = job.run.node.stage;
  const again = job.run.retryFailed;
  const underway = (text: string | undefined) => sayUnderway(job.run.store, identity, text);
  try {
    const handle = await job.work.open?.(job.config, options, context);
    try {
      return await new Caller(job, todo, { ...context, config: job.config, options, handle, again, underway }).all();
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

/** Numbers of the calls to make. A call is an input row, or one of its repeats. */
async function missing(job: RowsJob): Promise<Int32Array> {
  const places = job.log.memory.find(job.keys);
  if (job.run.retryFailed) for (const call of (await refusedCalls(job, places)).keys()) places[call] = -1;
  const unknown = new Int32Array(places.length);
  let count = 0;
  for (let call = 0; call < places.length; call++)
    if ((places[call] as number) < 0 && !job.failedAbove.has(Math.floor(call / job.repeat))) unknown[count++] = call;
  return firstOfEach(unknown.subarray(0, count), job.keys);
}

/** Equal rows are asked once. */
function firstOfEach(calls: Int32Array, keys: Uint8Array): Int32Array {
  const own = calls.length * 16 === keys.length ? keys : keysAt(keys, calls);
  const once = new KeyIndex();
  once.add(own, 0);
  if (once.size === calls.length) return calls;
  const standsFor = once.find(own);
  return calls.filter((_, i) => standsFor[i] === i);
}
