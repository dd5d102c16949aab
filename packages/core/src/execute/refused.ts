import type { Column } from '../columns/column.js';
import { reader as valueReader } from '../columns/read.js';
import { type Node, nameOf } from '../plan/node.js';
import { reading } from '../tables/read.js';
import { narrowed, rowsIn, tableOf, windowsOf } from '../tables/segments.js';
import { ERROR } from './answers.js';
import { type StageRun, StageStopped } from './context.js';
import type { RowsJob } from './rows-job.js';

/** Calls whose answer is known and does not count, with the reason: refused by the stage's rules, or a remembered failure. */
export async function refusedCalls(job: RowsJob): Promise<Map<number, string>> {
  const refused = new Map<number, string>();
  const { entries } = job;
  const { refuse } = job.work;
  if (job.work.many || (!refuse && !job.log.of.noted) || job.log.segments.length === 0) return refused;
  const calls = [...entries.keys()].filter((call) => (entries[call] as number) >= 0);
  const rows = Int32Array.from(calls, (call) => job.log.memory.rowsOf(entries[call] as number)[0]);
  const { segments, places } = narrowed({ segments: job.log.segments, places: rows });
  const names = [...(refuse?.reads ?? []), ERROR];
  return reading(tableOf({ segments, maps: [] }, rowsIn(segments)), job.log.of.store, async (table) => {
    let at = 0;
    for (const some of windowsOf(places)) {
      const batch = await table.pick(names, some);
      const read = names.map((name) => valueReader(batch.columns.get(name) as Column));
      for (let row = 0; row < batch.rows; row++, at++) {
        const values = Object.fromEntries(names.map((name, i) => [name, read[i]?.(row)]));
        const why = values[ERROR] ?? refuse?.check(values, job.config);
        if (why) refused.set(calls[at] as number, String(why));
      }
    }
    return refused;
  });
}

/** Failed rows of a table that is read as a whole are left out only where that was asked for. */
export function refuseFailed({ node, known }: StageRun, inputs: Node['inputs']): void {
  for (const { role, node: above } of inputs) {
    const input = known[role];
    if (input?.is !== 'table' || !input.failed) continue;
    throw new StageStopped(
      'failures',
      `${input.failed} of ${input.rows} rows of ${nameOf(above)} failed, and ${nameOf(node)} needs all of them. Run again to try just those rows, or say partial: true to leave them out.`,
    );
  }
}
