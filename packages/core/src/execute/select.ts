import { buildBatch } from '../columns/build.js';
import { inferColumns } from '../columns/infer.js';
import type { PartResult } from '../declare/kind.js';
import type { Row } from '../declare/row.js';
import { cutoffKey, inputDigests } from '../plan/decide.js';
import { passedColumns, passedDigests } from '../plan/restack.js';
import { NOTHING_SPENT } from '../ports/cost.js';
import { objectsOfGroup } from '../ports/objects-of.js';
import type { Group, Output, SelectEntry, Stored, StoredColumn, TableOutput } from '../ports/store.js';
import { packMap } from '../tables/map.js';
import { TableReader, withDigests } from '../tables/read.js';
import { writeTable } from '../tables/write.js';
import type { Made, StageRun } from './context.js';
import { splitsAfter } from './splits.js';

type Selection = Extract<PartResult, { select: Int32Array }>;

export interface Selected {
  readonly table: TableOutput;
  readonly entry: SelectEntry;
}

/** Rows of an input in another order, fewer or repeated: its columns are referred to through a map, not written again. */
export async function selectRows(run: StageRun, result: Selection): Promise<Selected> {
  const { store, known } = run;
  const input = known[result.from];
  if (input?.is !== 'table')
    throw new Error(`BUG: ${run.node.recipe.kind} selects rows of ${result.from}, which is no table`);
  const strange = result.select.find((row) => row < 0 || row >= input.rows);
  if (strange !== undefined)
    throw new Error(
      `BUG: ${run.node.recipe.kind} selects row ${strange} of ${result.from}, which has ${input.rows} rows.`,
    );
  const { select, add, splits } = await withoutFailed(run, { input, result });
  const map = await store.putBytes(packMap(select));
  const own = await addedColumns(run, { add, addColumns: result.addColumns });
  const shape = { rows: select.length, ...(splits && { splits }) };
  return through(run, { input, from: result.from, map, dropped: result.drop ?? [], own, shape });
}

interface Through {
  readonly input: TableOutput;
  readonly from: string;
  readonly map: string;
  readonly dropped: readonly string[];
  readonly own: { readonly columns: readonly StoredColumn[]; readonly groups: readonly Group[] };
  readonly shape: Pick<TableOutput, 'rows' | 'splits'>;
}

/** An input's columns as they are today, seen through a map, with a stage's own beside them. */
async function through(run: StageRun, { input, from, map, dropped, own, shape }: Through): Promise<Selected> {
  const passed = passedColumns(input, dropped);
  const table: TableOutput = {
    is: 'table',
    ...shape,
    columns: [...passed, ...own.columns.map((c) => ({ ...c, group: c.group + input.groups.length }))],
    groups: [...input.groups.map((g) => ({ ...g, maps: [...g.maps, map] })), ...own.groups],
    failed: 0,
    ...(input.inferred && { inferred: true as const }),
  };
  const names = own.columns.map((c) => c.name);
  return {
    table: await withDigests(table, { of: (column) => passed.includes(column) }, run.store),
    entry: { from, map, own: names, dropped, passed: passedDigests(passed, input.splits) },
  };
}

/** Failed rows are left out: nothing below could tell them from rows that have no value. */
async function withoutFailed(
  { store }: StageRun,
  { input, result }: { input: TableOutput; result: Selection },
): Promise<Pick<Selection, 'select' | 'add' | 'splits'>> {
  const { select, add, splits } = result;
  if (!input.failed) return result;
  const failed = new Set((await new TableReader(input, store).failures()).map((f) => f.row));
  const good = Int32Array.from(select.keys()).filter((i) => !failed.has(select[i] as number));
  return {
    select: good.map((i) => select[i] as number),
    ...(add && { add: Array.from(good, (i) => add[i] as Row) }),
    ...(splits && { splits: splitsAfter(splits, good) }),
  };
}

export async function addedColumns(
  run: StageRun,
  { add, addColumns }: { add?: readonly Row[] | undefined; addColumns?: Selection['addColumns'] | undefined },
): Promise<Through['own']> {
  if (!add) return { columns: [], groups: [] };
  const columns = addColumns ?? inferColumns(add);
  async function* batches() {
    yield buildBatch(add as readonly Row[], columns);
  }
  const written = await writeTable(batches(), { columns, format: run.node.stage.options.format ?? 'auto' }, run.store);
  return { columns: written.columns, groups: [written.group] };
}

/** All that the stage reads is as it was, only what passes through it changed: the selection is known, its code is not asked. */
export async function reselected(run: StageRun): Promise<Made | undefined> {
  const before = run.forced ? undefined : knownSelection(run);
  if (!before?.selects) return undefined;
  const parts: Record<string, Output> = { ...before.parts };
  const selects: Record<string, SelectEntry> = {};
  for (const [part, entry] of Object.entries(before.selects)) {
    const again = await reselect(run, before.parts[part] as TableOutput, entry);
    if (!again) return undefined;
    parts[part] = again.table;
    selects[part] = again.entry;
  }
  const { worth, facts } = before;
  const nothing = { ranRows: 0, failed: 0, failedAbove: 0, permanent: 0 };
  return { parts, selects, cost: NOTHING_SPENT, worth, saved: worth, ...nothing, facts };
}

function knownSelection({ node, known, store }: StageRun): Stored | undefined {
  if (node.stage.options.remember === false) return undefined;
  const read = inputDigests(node, known);
  const before = store.cutoff(cutoffKey(node, read));
  const others = Object.entries(before?.parts ?? {}).filter(([part]) => !before?.selects?.[part]);
  const there = others.every(([, output]) => output.is === 'value' || store.missing(objectsIn(output)).length === 0);
  return there ? before : undefined;
}

const objectsIn = (output: Exclude<Output, { is: 'value' }>): readonly string[] =>
  output.is === 'folder' ? output.files.map((file) => file.object) : output.groups.flatMap(objectsOfGroup);

async function reselect(run: StageRun, before: TableOutput, entry: SelectEntry): Promise<Selected | undefined> {
  const input = run.known[entry.from] as TableOutput;
  const own = before.columns.filter((c) => entry.own.includes(c.name));
  const groups = [...new Set(own.map((c) => before.groups[c.group] as Group))];
  if (run.store.missing([entry.map, ...groups.flatMap(objectsOfGroup)]).length) return undefined;
  if (passedColumns(input, entry.dropped).some((c) => entry.own.includes(c.name))) return undefined;
  return through(run, {
    input,
    from: entry.from,
    map: entry.map,
    dropped: entry.dropped,
    own: { columns: own.map((c) => ({ ...c, group: groups.indexOf(before.groups[c.group] as Group) })), groups },
    shape: { rows: before.rows, ...(before.splits && { splits: before.splits }) },
  });
}
