import { passedColumns, passedDigests } from '../plan/restack.js';
import type { Cost, StoredColumn, TableOutput } from '../ports/store.js';
import { packMap } from '../tables/map.js';
import { withDigests } from '../tables/read.js';
import { usedGroup } from '../tables/segments.js';
import { acceptedFact } from './accepted.js';
import type { Made } from './context.js';
import { failedOf } from './failed.js';
import { type Laid, layRows } from './lay-rows.js';
import { type Own, ownColumns } from './own-columns.js';
import type { RowsJob } from './rows-job.js';
import { splitsAfter } from './splits.js';
import type { Answered } from './worth.js';

/** The output table: the input's columns by reference, the stage's own from the answers. */
export async function assemble(job: RowsJob, spent: Cost, { all, known }: Answered): Promise<Made> {
  const laid = await layRows(job);
  const { store } = job.run;
  const group = await usedGroup({ segments: job.log.segments, places: laid.places }, store);
  const own = await ownColumns(job, { group, laid });
  const parents = laid.parents && (await store.putBytes(packMap(laid.parents)));
  const table = await stacked(job, { own, parents, laid });
  return {
    parts: { main: table },
    rows: {
      identity: job.log.identity,
      own: own.columns.map((c) => c.name),
      ...(parents && { parents }),
      passed: passedDigests(passedOf(job), job.input.splits),
    },
    cost: spent,
    worth: all,
    saved: known,
    ranRows: spent.rows,
    inputRows: job.entries.length,
    failed: table.failed,
    failedAbove: laid.failedAbove,
    permanent: laid.failures.filter(({ permanent, accepted, call }) => permanent && !accepted && call).length,
    facts: factsOf(laid),
    ...(job.run.forced && { redraw: job.log.redraw }),
  };
}

function factsOf({ failures }: Laid): { readonly accepted?: string } {
  const { length } = failures.filter(({ accepted }) => accepted);
  return length ? { accepted: acceptedFact(length) } : {};
}

const passedOf = (job: RowsJob): readonly StoredColumn[] =>
  passedColumns(job.input, job.work.drops?.(job.config) ?? []);

async function stacked(
  job: RowsJob,
  { own, parents, laid }: { own: Own; parents: string | undefined; laid: Laid },
): Promise<TableOutput> {
  const { store } = job.run;
  const passed = passedOf(job);
  const clash = own.columns.find((c) => passed.some((p) => p.name === c.name));
  if (clash)
    throw new Error(
      `Column ${clash.name} exists already in the input of this stage. Choose another name for it: a stage adds columns and takes none away.`,
    );
  const groups = job.input.groups.map((g) => (parents ? { ...g, maps: [...g.maps, parents] } : g));
  const rows = laid.places.length;
  const table: TableOutput = {
    is: 'table',
    rows,
    columns: [...passed, ...own.columns.map((c) => ({ ...c, group: c.group + groups.length }))],
    groups: [...groups, ...own.groups],
    ...(await failedOf(laid.failures, store)),
    ...(job.input.inferred || (!Object.keys(job.log.of.answers).length && !job.work.many)
      ? { inferred: true as const }
      : {}),
    ...(job.input.splits && !parents && { splits: job.input.splits }),
  };
  if (!parents) return table;
  const passedOn = new Set(passed.map((column) => column.name));
  return {
    ...(await withDigests(table, { of: ({ name }) => passedOn.has(name) }, store)),
    ...(job.input.splits && { splits: splitsAfter(job.input.splits, laid.parents as Int32Array) }),
  };
}
