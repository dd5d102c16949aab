import type { KeptFailure, RowFailure } from '../tables/read.js';
import { acceptedReason, keyOfCall } from './accepted.js';
import { refusedCalls } from './refused.js';
import type { RowsJob } from './rows-job.js';

/** Where each row of the output has its answer, and what failed. */
export interface Laid {
  /** Output row → row of the answers, −1 where there is none. */
  readonly places: Int32Array;
  /** Output row → input row, where a row may give other than one. */
  readonly parents: Int32Array | undefined;
  /** Output row → its call, where these differ. */
  readonly calls: readonly number[] | undefined;
  readonly failures: KeptFailure[];
  /** So many of these had failed above already. */
  readonly failedAbove: number;
}

export async function layRows(job: RowsJob): Promise<Laid> {
  const refused = await refusedCalls(job);
  const moves = job.work.many === true || job.repeat > 1;
  if (moves || refused.size || job.failures.size || job.failedAbove.size || job.accepted)
    return layCarefully(job, { refused, moves });
  const places = job.entries.map((entry) => job.log.memory.rowOf(entry));
  return { places, parents: undefined, calls: undefined, failures: [], failedAbove: 0 };
}

function layCarefully(
  job: RowsJob,
  { refused, moves }: { refused: ReadonlyMap<number, string>; moves: boolean },
): Laid {
  const places: number[] = [];
  const parents: number[] = [];
  const calls: number[] = [];
  const failures: KeptFailure[] = [];
  let failedAbove = 0;
  for (const [call, entry] of job.entries.entries()) {
    const parent = job.repeat === 1 ? call : Math.floor(call / job.repeat);
    const above = job.unasked.has(parent) ? undefined : job.failedAbove.get(parent);
    if (above) failedAbove++;
    const failure = above ?? failureAt(call, { job, refused, entry });
    if (failure) failures.push({ ...failure, row: places.length });
    const [first, count] = failure ? [-1, 1] : job.log.memory.rowsOf(entry);
    for (let k = 0; k < count; k++) {
      places.push(first < 0 ? -1 : first + k);
      if (moves) parents.push(parent);
      if (moves) calls.push(call);
    }
  }
  return {
    places: Int32Array.from(places),
    parents: moves ? Int32Array.from(parents) : undefined,
    calls: moves ? calls : undefined,
    failures,
    failedAbove,
  };
}

interface AtCall {
  readonly job: RowsJob;
  readonly refused: ReadonlyMap<number, string>;
  readonly entry: number;
}

function failureAt(call: number, { job, refused, entry }: AtCall): KeptFailure | undefined {
  const why = refused.get(call);
  if (why === undefined && entry >= 0) return undefined;
  const unasked = job.unasked.get(job.repeat === 1 ? call : Math.floor(call / job.repeat));
  const own = unasked ?? (why === undefined ? job.failures.get(call) : { row: call, message: why, permanent: true });
  return ownFailure(call, own, job);
}

/** Of this very stage: by its call it can be accepted, and was perhaps. */
export function ownFailure(call: number, own: RowFailure | undefined, job: RowsJob): KeptFailure {
  const accepted = acceptedReason(job, call);
  const kept = { row: call, call: keyOfCall(job.keys, call) };
  if (accepted !== undefined) return { ...kept, message: accepted, permanent: true, accepted: true };
  if (own) return { ...own, ...kept };
  throw new Error('BUG: a row has neither an answer nor a failure');
}
