import { buildBatch } from '../columns/build.js';
import { unifyTypes } from '../columns/infer.js';
import { typeName } from '../columns/name.js';
import { narrowType } from '../columns/narrow.js';
import { rowsOf, reader as valueReader } from '../columns/read.js';
import type { Columns, Type } from '../columns/type.js';
import type { Row } from '../declare/row.js';
import { nameOf } from '../plan/node.js';
import type { Group, Segment, StoredColumn } from '../ports/store.js';
import { reading, type TableReader, WINDOW } from '../tables/read.js';
import { tableOf } from '../tables/segments.js';
import { writeTable } from '../tables/write.js';
import { ERROR, NOTES } from './answers.js';
import { type Laid, ownFailure } from './lay-rows.js';
import type { RowsJob } from './rows-job.js';

/** The columns that a stage adds; `group` counts within `groups`. */
export interface Own {
  readonly columns: readonly StoredColumn[];
  readonly groups: readonly Group[];
}

/** Answers under their output names, then what is derived of them. */
export async function ownColumns(job: RowsJob, from: { group: Group; laid: Laid }): Promise<Own> {
  const types = await answerTypes(job, from);
  const adds = job.work.adds?.(job.config) ?? Object.fromEntries(Object.keys(types).map((name) => [name, name]));
  const columns: StoredColumn[] = [];
  for (const [name, stored] of Object.entries(adds)) {
    const type = types[stored];
    if (type) columns.push(await withDigest({ name, type, digest: '', group: 0, stored }, from, job));
  }
  const answers = tableOf(from.group, from.laid.places.length);
  const derived = await reading(answers, job.run.store, (reader) => deriveColumns(job, reader, from.laid));
  return {
    columns: [...columns, ...derived.columns.map((c) => ({ ...c, group: 1 }))],
    groups: derived.columns.length ? [from.group, ...derived.groups] : [from.group],
  };
}

async function withDigest(
  column: StoredColumn,
  { group, laid }: { group: Group; laid: Laid },
  job: RowsJob,
): Promise<StoredColumn> {
  const table = { is: 'table' as const, rows: laid.places.length, columns: [column], groups: [group], failed: 0 };
  return reading(table, job.run.store, async (reader) => ({
    ...column,
    digest: await reader.columnDigest(column.name),
  }));
}

/** Declared, or what the rows that count have: an inferred column exists where some row has a value in it. */
async function answerTypes(job: RowsJob, { group, laid }: { group: Group; laid: Laid }): Promise<Columns> {
  const declared = job.log.of.answers;
  if (Object.keys(declared).length || job.work.many) return declared;
  const types = new Map<string, Found>();
  let start = 0;
  for (const segment of job.log.segments) {
    const rows = rowsIn(laid.places, start, start + segment.rows);
    start += segment.rows;
    if (!rows.length || !group.segments.includes(segment)) continue;
    const before = start - segment.rows;
    for (const [name, { type, place }] of await typesIn(segment, rows, job)) {
      const known = types.get(name);
      const found = { type, place: place + before };
      types.set(name, known === undefined ? found : united(known, found, { name, job, laid }));
    }
  }
  return Object.fromEntries([...types].map(([name, { type }]) => [name, type]));
}

/** A type, and a row of the answers that has a value of it. */
interface Found {
  readonly type: Type;
  readonly place: number;
}

function united(a: Found, b: Found, { name, job, laid }: { name: string; job: RowsJob; laid: Laid }): Found {
  const type = unifyTypes(a.type, b.type);
  if (type !== undefined) return { type, place: a.place };
  const [[first, row], [second, other]] = [a, b]
    .map((each) => [typeName(each.type), laid.places.indexOf(each.place)] as const)
    .sort(([, x], [, y]) => x - y) as [readonly [string, number], readonly [string, number]];
  throw new Error(
    `${nameOf(job.run.node)} gives ${first} in column ${name} of row ${row} and ${second} in row ${other}: a column has one type. What was answered is kept. Return one type, or declare the column (columns: { ${name}: … }): rows whose values it cannot hold are failed rows then.`,
  );
}

const BESIDE: ReadonlySet<string> = new Set([NOTES, ERROR]);

const rowsIn = (places: Int32Array, from: number, to: number): Int32Array =>
  places.filter((place) => place >= from && place < to).map((place) => place - from);

/** Of the rows of a segment that count, not of those beside them. */
function typesIn(segment: Segment, rows: Int32Array, job: RowsJob): Promise<(readonly [string, Found])[]> {
  return reading(tableOf({ segments: [segment], maps: [] }, segment.rows), job.run.store, async (reader) => {
    const found: (readonly [string, Found])[] = [];
    for (const [name, type] of Object.entries(segment.columns)) {
      if (type === 'null' || (job.log.of.noted && BESIDE.has(name))) continue;
      const seen = await typeSeen(reader, { name, type }, rows);
      if (seen) found.push([name, seen]);
    }
    return found;
  });
}

/** What was inferred for all rows of a segment, those of them that count may not have in them. */
async function typeSeen(
  reader: TableReader,
  { name, type }: { name: string; type: Type },
  rows: Int32Array,
): Promise<Found | undefined> {
  const all = typeof type === 'string' || new Set(rows).size === reader.rows;
  let found: Found | undefined;
  for (let from = 0; from < rows.length; from += WINDOW) {
    const some = rows.subarray(from, from + WINDOW);
    const column = (await reader.pick([name], some)).columns.get(name);
    if (!column || column.nulls === column.length) continue;
    const read = valueReader(column);
    const place = found?.place ?? (some[some.findIndex((_, row) => read(row) !== null)] as number);
    if (all) return { type, place };
    const here = narrowType(column);
    found = { type: found === undefined ? here : (unifyTypes(found.type, here) as Type), place };
  }
  return found;
}

async function deriveColumns(job: RowsJob, answers: TableReader, laid: Laid): Promise<Own> {
  const { derive } = job.work;
  if (!derive) return { columns: [], groups: [] };
  const columns = derive.columns(job.config);
  const failed = new Set(laid.failures.map((f) => f.row));
  async function* batches() {
    let row = 0;
    for await (const batch of answers.batches(derive?.reads ?? [])) {
      const rows = rowsOf(batch).map((answer) => deriveRow(answer, row++, { job, laid, failed }));
      yield buildBatch(rows, columns);
    }
  }
  const written = await writeTable(batches(), { columns, format: job.log.of.format }, job.run.store);
  return { columns: written.columns, groups: [written.group] };
}

function deriveRow(
  answer: Row,
  row: number,
  { job, laid, failed }: { job: RowsJob; laid: Laid; failed: ReadonlySet<number> },
): Row {
  if (failed.has(row)) return {};
  try {
    return job.work.derive?.run(answer, job.config) ?? {};
  } catch (error) {
    const own = { row, message: (error as Error).message, permanent: true };
    laid.failures.push({ ...ownFailure(laid.calls?.[row] ?? row, own, job), row });
    return {};
  }
}
