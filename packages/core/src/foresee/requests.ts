import { redactValue } from '../declare/redact-values.js';
import type { Row } from '../declare/row.js';
import { Feed } from '../execute/feed.js';
import { rowsOfRequest } from '../execute/requests.js';
import type { RowsJob } from '../execute/rows-job.js';

export interface RequestsAhead {
  /** Input rows, counted from 0, and what is sent for them. */
  readonly requests: readonly { readonly rows: readonly number[]; readonly sent: unknown }[];
  /** Rows to ask; 0: no answer is missing of those that are known. */
  readonly missing: number;
  /** Rows that are known once the stages above have run. */
  readonly unknown: number;
}

/** The first requests of some calls, as the kind says that they go out. */
export async function requestsIn(job: RowsJob, calls: Int32Array, most: number): Promise<RequestsAhead['requests']> {
  const { run, work, repeat } = job;
  const size = rowsOfRequest(job);
  const config = await run.functions.config();
  const feed = new Feed(job, calls.subarray(0, most * size), size);
  const one = (row: Row) => work.request?.(row, config) ?? row;
  const sends = work.sends ?? ((rows: readonly Row[]) => (rows.length === 1 ? one(rows[0] as Row) : rows.map(one)));
  const requests: { rows: number[]; sent: unknown }[] = [];
  while (requests.length < most) {
    const chunk = feed.take();
    if (chunk) {
      const rows = Array.from(chunk.calls, (call) => Math.floor(call / repeat));
      requests.push({ rows, sent: redactValue(await sends(chunk.rows, config)) });
    } else if (!(await feed.more())) break;
  }
  return requests;
}
