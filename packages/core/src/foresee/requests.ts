import { redactValue } from '../declare/redact-values.js';
import type { Row } from '../declare/row.js';
import { Feed } from '../execute/feed.js';
import { layRows } from '../execute/lay-rows.js';
import { rowsOfRequest } from '../execute/requests.js';
import type { RowsJob } from '../execute/rows-job.js';

export interface RequestsAhead {
  /** Rows, counted from 0, and what is sent for them. */
  readonly requests: readonly { readonly rows: readonly number[]; readonly sent: unknown }[];
  /** Rows to ask; 0: no answer is missing of those that are known. */
  readonly missing: number;
  /** Rows that are known once the stages above have run. */
  readonly unknown: number;
}

interface Calls {
  readonly calls: Int32Array;
  /** The rows that a request is shown with. */
  readonly rowsOf: (call: number) => readonly number[];
}

/** Calls, with their input rows. */
export const byInput = (calls: Int32Array, { repeat }: RowsJob): Calls => ({
  calls,
  rowsOf: (call) => [Math.floor(call / repeat)],
});

/** The calls behind some rows of the output. A row that failed above has none. */
export async function byOutput(rows: readonly number[], job: RowsJob): Promise<Calls> {
  const { calls } = await layRows(job);
  const found = new Map<number, number[]>();
  for (const row of rows) {
    const call = calls?.[row] ?? row;
    if (!job.failedAbove.has(Math.floor(call / job.repeat))) found.set(call, [...(found.get(call) ?? []), row]);
  }
  return { calls: Int32Array.from(found.keys()), rowsOf: (call) => found.get(call) ?? [] };
}

/** The first requests of some calls, as the kind says that they go out. */
export async function requestsIn(
  job: RowsJob,
  { calls, rowsOf }: Calls,
  most: number,
): Promise<RequestsAhead['requests']> {
  const { run, work } = job;
  const size = rowsOfRequest(job);
  const config = await run.functions.config();
  const feed = new Feed(job, calls.subarray(0, most * size), size);
  const one = (row: Row) => work.request?.(row, config) ?? row;
  const sends = work.sends ?? ((rows: readonly Row[]) => (rows.length === 1 ? one(rows[0] as Row) : rows.map(one)));
  const requests: { rows: number[]; sent: unknown }[] = [];
  while (requests.length < most) {
    const chunk = feed.take();
    if (chunk) {
      const rows = Array.from(chunk.calls).flatMap(rowsOf);
      requests.push({ rows, sent: redactValue(await sends(chunk.rows, config)) });
    } else if (!(await feed.more())) break;
  }
  return requests;
}
