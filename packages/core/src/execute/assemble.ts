import { buildBatch } from '../columns/build.js';
import { inferColumns, unifyTypes } from '../columns/infer.js';
import { rowsOf } from '../columns/read.js';
import type { Columns, Type } from '../columns/type.js';
import type { Row } from '../declare/table.js';
import { passedColumns, passedDigests } from '../plan/restack.js';
import type { Cost, Group, Segment, StoredColumn, TableOutput } from '../ports/store.js';
import { packMap } from '../tables/map.js';
import { type KeptFailure, type RowFailure, reading, type TableReader, WINDOW, withDigests } from '../tables/read.js';
import { tableOf, usedGroup } from '../tables/segments.js';
import { writeTable } from '../tables/write.js';
import { acceptedFact, acceptedReason, keyOfCall } from './accepted.js';
import { ERROR, mixed, NOTES } from './answers.js';
import { type Made, NOTHING_SPENT, scaleCost, sumCosts } from './context.js';
import { failedOf } from './failed.js';
import { refusedCalls } from './refused.js';
import type { RowsJob } from './rows.js';

interface Laid {
  /** Output row → row of the answers, −1 where there is none. */
  readonly places: Int32Array;
  /** Output row → input row, where a row may give other than one. */
  readonly parents: Int32Array | undefined;
  /** Output row → its call, where these differ. */
  readonly calls: readonly number[] | undefined;
  readonly failures: KeptFailure[];
}

/** The output table: the input's columns by reference, the stage's own from the answers. */
export async function assemble(job: RowsJob, spent: Cost): Promise<Made> {
  const laid = await layRows(job);
  const { store } = job.run;
  const group = await usedGroup({ segments: job.log.segments, places: laid.places }, store);
  const own = await ownColumns(job, { group, laid });
  const parents = laid.parents && (await store.putBytes(packMap(laid.parents)));
  const table = await stacked(job, { own, parents, laid });
  const reused = Math.max(0, job.keys.length / 16 - spent.rows);
  return {
    parts: { main: table },
    rows: {
      identity: job.log.identity,
      own: own.columns.map((c) => c.name),
      ...(parents && { parents }),
      passed: passedDigests(passedOf(job), job.input.splits),
    },
    cost: spent,
    worth: sumCosts(spent, job.run.worthOfRow ? scaleCost(job.run.worthOfRow, reused) : NOTHING_SPENT),
    ranRows: spent.rows,
    failed: table.failed,
    facts: factsOf(laid),
    ...(job.run.forced && { redraw: job.log.redraw }),
  };
}

function factsOf({ failures }: Laid): { readonly accepted?: string } {
  const { length } = failures.filter(({ accepted }) => accepted);
  return length ? { accepted: acceptedFact(length) } : {};
}

async function layRows(job: RowsJob): Promise<Laid> {
  const refused = await refusedCalls(job);
  const moves = job.work.many === true || job.repeat > 1;
  if (moves || refused.size || job.failures.size || job.failedAbove.size || job.accepted)
    return layCarefully(job, { refused, moves });
  const places = job.entries.map((entry) => job.log.memory.rowOf(entry));
  return { places, parents: undefined, calls: undefined, failures: [] };
}

function layCarefully(
  job: RowsJob,
  { refused, moves }: { refused: ReadonlyMap<number, string>; moves: boolean },
): Laid {
  const places: number[] = [];
  const parents: number[] = [];
  const calls: number[] = [];
  const failures: KeptFailure[] = [];
  for (const [call, entry] of job.entries.entries()) {
    const parent = job.repeat === 1 ? call : Math.floor(call / job.repeat);
    const failure = job.failedAbove.get(parent) ?? failureAt(call, { job, refused, entry });
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
  const own = why === undefined ? job.failures.get(call) : { row: call, message: why, permanent: true };
  return ownFailure(call, own, job);
}

/** Of this very stage: by its call it can be accepted, and was perhaps. */
function ownFailure(call: number, own: RowFailure | undefined, job: RowsJob): KeptFailure {
  const accepted = acceptedReason(job, call);
  const kept = { row: call, call: keyOfCall(job.keys, call) };
  if (accepted !== undefined) return { ...kept, message: accepted, permanent: true, accepted: true };
  if (own) return { ...own, ...kept };
  throw new Error('BUG: a row has neither an answer nor a failure');
}

interface Own {
  readonly columns: readonly StoredColumn[];
  readonly groups: readonly Group[];
}

/** Answers under their output names, then what is derived of them; `group` counts within `groups`. */
async function ownColumns(job: RowsJob, from: { group: Group; laid: Laid }): Promise<Own> {
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
  const types = new Map<string, Type>();
  let start = 0;
  for (const segment of job.log.segments) {
    const rows = rowsIn(laid.places, start, start + segment.rows);
    start += segment.rows;
    if (!rows.length || !group.segments.includes(segment)) continue;
    for (const [name, type] of await typesIn(segment, rows, job)) {
      const before = types.get(name);
      types.set(name, before === undefined ? type : both(name, before, type));
    }
  }
  return Object.fromEntries(types);
}

const rowsIn = (places: Int32Array, from: number, to: number): Int32Array =>
  places.filter((place) => place >= from && place < to).map((place) => place - from);

/** Of the rows of a segment that count, not of those beside them. */
function typesIn(segment: Segment, rows: Int32Array, job: RowsJob): Promise<(readonly [string, Type])[]> {
  return reading(tableOf({ segments: [segment], maps: [] }, segment.rows), job.run.store, async (reader) => {
    const found: (readonly [string, Type])[] = [];
    for (const [name, type] of Object.entries(segment.columns)) {
      if (name === NOTES || name === ERROR || type === 'null') continue;
      const seen = await typeSeen(reader, { name, type }, rows);
      if (seen) found.push([name, seen]);
    }
    return found;
  });
}

async function typeSeen(
  reader: TableReader,
  { name, type }: { name: string; type: Type },
  rows: Int32Array,
): Promise<Type | undefined> {
  let found: Type | undefined;
  for (let from = 0; from < rows.length; from += WINDOW) {
    const batch = await reader.pick([name], rows.subarray(from, from + WINDOW));
    const column = batch.columns.get(name);
    if (!column || column.nulls === column.length) continue;
    if (typeof type === 'string') return type;
    const here = inferColumns(rowsOf(batch))[name] as Type;
    found = found === undefined ? here : both(name, found, here);
  }
  return found;
}

function both(name: string, a: Type, b: Type): Type {
  const type = unifyTypes(a, b);
  if (type === undefined) throw mixed(name, a, b);
  return type;
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
      `Column ${clash.name} exists already in the input of this stage. Choose another name for it, or drop the column first.`,
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

function splitsAfter(
  splits: readonly (readonly [string, number])[],
  parents: Int32Array,
): (readonly [string, number])[] {
  let end = 0;
  return splits.map(([name, rows]) => {
    const from = end;
    end += rows;
    return [name, parents.reduce((n, parent) => n + (parent >= from && parent < end ? 1 : 0), 0)] as const;
  });
}
