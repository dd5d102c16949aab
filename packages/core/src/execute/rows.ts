import type { Columns } from '../columns/type.js';
import type { FormerCalls, RowsWork } from '../declare/kind.js';
import { type Outputs, rowIdentity } from '../plan/decide.js';
import { codeFormerly, takeOver } from '../plan/former.js';
import { columnsOf, natureOf, rowsWork } from '../plan/node.js';
import { NOTHING_SPENT } from '../ports/cost.js';
import type { Digest, TableOutput } from '../ports/store.js';
import { reading, type TableReader } from '../tables/read.js';
import { failuresAccepted } from './accepted.js';
import { AnswerLog } from './answers.js';
import { assemble } from './assemble.js';
import { callRows } from './call-rows.js';
import { compact } from './compact.js';
import type { Made, StageRun } from './context.js';
import { callKeys, type KeysOf } from './keys.js';
import { refuseFailed } from './refused.js';
import type { RowsJob } from './rows-job.js';
import { worthOf } from './worth.js';

/** Known rows are copied, the others called; each answer is on disk before it counts. */
export async function runRows(run: StageRun): Promise<Made> {
  refuseFailed(run, run.node.inputs.slice(1));
  return reading(inputOf(run), run.store, async (reader) => {
    const job = await openJob(run, reader);
    try {
      const spent = await callRows(job);
      await job.log.settle();
      const answered = await worthOf(job);
      await compact(job);
      return await assemble(job, spent, answered);
    } catch (error) {
      await job.log.keep();
      throw error;
    }
  });
}

/** Lays the table as it is before some calls are made: their rows have failed, with that message. */
type Lay = (todo: Int32Array, message: string) => Promise<Outputs>;

/** Looks at the rows of a stage without calling anything. */
export async function dryRows<T>(run: StageRun, look: (job: RowsJob, lay: Lay) => Promise<T>): Promise<T> {
  return reading(inputOf(run), run.store, async (reader) => {
    const job = await openJob(run, reader);
    return look(job, async (todo, message) => {
      shareFailure(job, todo, message);
      const nothing = { all: NOTHING_SPENT, known: NOTHING_SPENT };
      return (await assemble(job, NOTHING_SPENT, nothing)).parts;
    });
  });
}

/** Also with the calls that are equal to one of them. */
export function shareFailure({ entries, failures }: RowsJob, todo: Int32Array, message: string): void {
  if (todo.length === 0) return;
  for (const [call, entry] of entries.entries())
    if (entry < 0) failures.set(call, { row: call, message, permanent: false });
}

const inputOf = ({ node, known }: StageRun): TableOutput => known[node.inputs[0]?.role ?? ''] as TableOutput;

/** What a stage of this run drew counts for the next that makes the same calls. */
function redrawOf(identity: Digest, { redraws, store }: StageRun): number {
  const redraw = redraws.get(identity) ?? store.openRedraw(identity);
  redraws.set(identity, redraw);
  return redraw;
}

/** As an earlier version named these calls, where it named them otherwise. */
function formerCalls(
  { node, known, store }: StageRun,
  identity: Digest,
  columns: Columns,
): (FormerCalls & Former) | undefined {
  const former = rowsWork(node)?.former?.(node.stage.config, columns);
  const code = codeFormerly(node, store);
  const its = (former || code) && rowIdentity(node, known, { ...former, code });
  return its && (its !== identity || former?.request) ? { ...former, identity: its } : undefined;
}

interface Former {
  readonly identity: Digest;
}

/** The keys that an earlier version gave these calls. */
async function formerKeys(reader: TableReader, of: KeysOf, { reads, request }: FormerCalls): Promise<Uint8Array> {
  const work = request ? { ...of.work, request } : of.work;
  return (await callKeys(reader, { ...of, work, reads: reads ?? of.reads })).keys;
}

async function openJob(run: StageRun, reader: TableReader): Promise<RowsJob> {
  const { node, known, store } = run;
  const work = rowsWork(node) as RowsWork;
  const { config } = node.stage;
  const input = inputOf(run);
  const nature = natureOf(node);
  const columns = columnsOf(input) as NonNullable<ReturnType<typeof columnsOf>>;
  const reads = work.reads(config, columns);
  const sampling = nature === 'sampling';
  const failedAbove = new Map((await reader.failures()).map((f) => [f.row, f]));
  const asking = work.request ? await run.functions.config() : config;
  const keysOf = { work, config: asking, reads, sampling, failed: failedAbove };
  const keyed = await callKeys(reader, keysOf);
  const identity = rowIdentity(node, known);
  const former = formerCalls(run, identity, columns);
  const remember = node.stage.options.remember !== false;
  const log = await AnswerLog.open(identity, {
    store,
    former: former?.identity,
    onlyRedraw: run.forced && remember ? redrawOf(identity, run) : undefined,
    answers: work.answers(config, columns),
    noted: nature !== 'pure',
    counted: work.many === true,
    format: node.stage.options.format ?? 'auto',
    remember,
  });
  if (former && log.borrowed) takeOver(node, store);
  for (const [row, failure] of keyed.unasked) failedAbove.set(row, failure);
  const entries = log.memory.find(
    keyed.keys,
    (former?.reads || former?.request) && log.memory.size ? await formerKeys(reader, keysOf, former) : undefined,
  );
  return {
    run,
    work,
    config,
    input,
    reader,
    reads,
    sampling,
    log,
    entries,
    known: log.memory.size,
    failedAbove,
    accepted: run.forced || run.retryFailed ? undefined : failuresAccepted(log.identity, store),
    failures: new Map(),
    ...keyed,
  };
}
