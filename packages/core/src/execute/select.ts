import { buildBatch } from '../columns/build.js';
import { inferColumns } from '../columns/infer.js';
import type { PartResult } from '../declare/kind.js';
import type { StoredColumn, TableOutput } from '../ports/store.js';
import { packMap } from '../tables/map.js';
import { TableReader } from '../tables/read.js';
import { writeTable } from '../tables/write.js';
import type { StageRun } from './context.js';

type Selection = Extract<PartResult, { select: Int32Array }>;

/** Rows of an input in another order, fewer or repeated: its columns are referred to through a map, not written again. */
export async function selectRows(run: StageRun, result: Selection): Promise<TableOutput> {
  const { store, known } = run;
  const input = known[result.from];
  if (input?.is !== 'table')
    throw new Error(`BUG: ${run.node.recipe.kind} selects rows of ${result.from}, which is no table`);
  const map = await store.putBytes(packMap(result.select));
  const dropped = new Set(result.drop ?? []);
  const passed = input.columns.filter((c) => !dropped.has(c.name));
  const added = await addedColumns(run, result);
  const table: TableOutput = {
    is: 'table',
    rows: result.select.length,
    columns: [...passed, ...added.columns.map((c) => ({ ...c, group: input.groups.length }))],
    groups: [...input.groups.map((g) => ({ ...g, maps: [...g.maps, map] })), ...added.groups],
    failed: 0,
    ...(input.inferred && { inferred: true as const }),
    ...(result.splits && { splits: result.splits }),
  };
  const reader = new TableReader(table, store);
  const columns: StoredColumn[] = [];
  for (const column of table.columns)
    columns.push(passed.includes(column) ? { ...column, digest: await reader.columnDigest(column.name) } : column);
  await reader.close();
  return { ...table, columns };
}

export async function addedColumns(
  run: StageRun,
  { add, addColumns }: Pick<Selection, 'add' | 'addColumns'>,
): Promise<Pick<TableOutput, 'columns' | 'groups'>> {
  if (!add) return { columns: [], groups: [] };
  const columns = addColumns ?? inferColumns(add);
  async function* batches() {
    yield buildBatch(add as NonNullable<typeof add>, columns);
  }
  const written = await writeTable(batches(), { columns, format: run.node.stage.options.format ?? 'auto' }, run.store);
  return { columns: written.columns, groups: [written.group] };
}
