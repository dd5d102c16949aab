import { nullColumn } from '../columns/build.js';
import type { Column } from '../columns/column.js';
import { unifyTypes } from '../columns/infer.js';
import { sameType, typeName } from '../columns/name.js';
import type { Columns, Type } from '../columns/type.js';
import { widen } from '../columns/widen.js';
import type { PartResult } from '../declare/kind.js';
import type { Group, StoredColumn, TableOutput } from '../ports/store.js';
import { type RowFailure, TableReader, withDigests } from '../tables/read.js';
import { usedGroup } from '../tables/segments.js';
import { writeTable } from '../tables/write.js';
import type { StageRun } from './context.js';
import { failedOf } from './failed.js';
import { addedColumns } from './select.js';

type Stacking = Extract<PartResult, { stack: readonly string[] }>;

/** Tables one under the other: their columns are referred to through one map, not written again. */
export async function stackTables(run: StageRun, result: Stacking): Promise<TableOutput> {
  const readers = result.stack.map((role) => new TableReader(tableOf(run, role), run.store));
  try {
    return await stacked(run, result, readers);
  } finally {
    for (const reader of readers) await reader.close();
  }
}

async function stacked(run: StageRun, result: Stacking, readers: readonly TableReader[]): Promise<TableOutput> {
  const rows = readers.reduce((sum, reader) => sum + reader.rows, 0);
  const made = new Map<string, Promise<number>>();
  const groups: Group[] = [];
  const columns: StoredColumn[] = [];
  const apart: Record<string, Type> = {};
  const names = [...new Set(readers.flatMap((reader) => Object.keys(reader.columns)))];
  for (const name of names) {
    const parts = readers.map((reader) => reader.output.columns.find((c) => c.name === name));
    const type = typeOf(name, parts);
    const [stored, other] = new Set(parts.flatMap((part) => (part ? [part.stored] : [])));
    if (stored === undefined || other !== undefined) {
      apart[name] = type;
      continue;
    }
    const key = JSON.stringify(parts.map((part) => part?.group ?? -1));
    const group = made.get(key) ?? stackGroup(readers, parts, { run, groups });
    made.set(key, group);
    columns.push({ name, type, digest: '', group: await group, stored });
  }
  await writeApart(readers, apart, { run, groups, columns });
  columns.sort((a, b) => names.indexOf(a.name) - names.indexOf(b.name));
  const added = await addedColumns(run, result);
  const table = {
    is: 'table' as const,
    rows,
    columns,
    groups: [...groups, ...added.groups],
    ...(await failuresOf(readers, run)),
  };
  const digested = await withDigests(table, { of: () => true }, run.store);
  return {
    ...digested,
    columns: [...digested.columns, ...added.columns.map((c) => ({ ...c, group: c.group + groups.length }))],
  };
}

function tableOf({ node, known }: StageRun, role: string): TableOutput {
  const input = known[role];
  if (input?.is === 'table') return input;
  throw new Error(`BUG: ${node.recipe.kind} stacks ${role}, which is no table`);
}

type Parts = readonly (StoredColumn | undefined)[];

/** The segments of all, and where each row stands in them; a table without the column has nothing there. */
async function stackGroup(
  readers: readonly TableReader[],
  parts: Parts,
  { run, groups }: { run: StageRun; groups: Group[] },
): Promise<number> {
  const segments: Group['segments'][number][] = [];
  const places: number[] = [];
  for (const [i, reader] of readers.entries()) {
    const part = parts[i];
    const base = segments.reduce((sum, segment) => sum + segment.rows, 0);
    const inside = part ? await reader.placesIn(part.group) : new Int32Array(reader.rows).fill(-1);
    for (const place of inside) places.push(place < 0 ? -1 : place + base);
    if (part) segments.push(...(reader.output.groups[part.group] as Group).segments);
  }
  const group = await usedGroup({ segments, places: Int32Array.from(places) }, run.store);
  return groups.push(group) - 1;
}

function typeOf(name: string, parts: Parts): Type {
  const types = parts.flatMap((part) => (part ? [part.type] : []));
  return types.reduce((a, b) => {
    const both = unifyTypes(a, b);
    if (both === undefined)
      throw new Error(
        `Column ${name} is ${typeName(a)} in one of the tables and ${typeName(b)} in another: a column has one type. Convert it in a map, or declare it alike.`,
      );
    return both;
  });
}

/** Columns that tables store under different names, as stages of different kinds do: only these are written again. */
async function writeApart(
  readers: readonly TableReader[],
  types: Columns,
  { run, groups, columns }: { run: StageRun; groups: Group[]; columns: StoredColumn[] },
): Promise<void> {
  const names = Object.keys(types);
  if (names.length === 0) return;
  async function* batches() {
    for (const reader of readers)
      for await (const { rows, columns: there } of reader.batches(names.filter((name) => name in reader.columns)))
        yield {
          rows,
          columns: new Map(names.map((name) => [name, typed(there.get(name), types[name] as Type, rows)])),
        };
  }
  const format = run.node.stage.options.format ?? 'auto';
  const written = await writeTable(batches(), { columns: types, format }, run.store);
  const group = groups.push(written.group) - 1;
  columns.push(...written.columns.map((column) => ({ ...column, group })));
}

function typed(column: Column | undefined, type: Type, rows: number): Column {
  if (column === undefined) return nullColumn(type, rows);
  return sameType(column.type, type) ? column : widen(column, type);
}

async function failuresOf(
  readers: readonly TableReader[],
  run: StageRun,
): Promise<Pick<TableOutput, 'failed' | 'failures' | 'failedRows'>> {
  const failures: RowFailure[] = [];
  let base = 0;
  for (const reader of readers) {
    for (const failure of await reader.failures()) failures.push({ ...failure, row: failure.row + base });
    base += reader.rows;
  }
  return failedOf(failures, run.store);
}
