import { objectsRead, type Row, type RunRecord, reading, type Store, type TableOutput } from '@millrace/core';
import { fingerprintsOf, type MetricValue, metricKey, metricsOfRun } from './metrics.js';
import type { OpenedStore } from './opened.js';
import { runNamed } from './runs.js';
import { jsonText } from './session.js';

export interface RunsDiff {
  readonly before: string;
  readonly after: string;
  readonly metrics: readonly { readonly before?: MetricValue; readonly after?: MetricValue }[];
  readonly stages: readonly StageDiff[];
}

export interface StageDiff {
  readonly stage: string;
  readonly change:
    | 'same'
    | 'not run before'
    | 'not run after'
    | 'same content'
    | 'other rows'
    | 'other content'
    | 'not stored';
  readonly columns?: readonly string[];
  readonly rows?: RowsDiff;
}

export interface RowsDiff {
  readonly changed: number;
  readonly added: number;
  readonly removed: number;
  readonly examples: readonly { readonly row: number; readonly before?: Row; readonly after?: Row }[];
}

const EXAMPLES = 5;

/** Two runs side by side: metrics with their intervals, and the rows that changed. */
export async function diff(before: string, after: string, opened: Pick<OpenedStore, 'store'>): Promise<RunsDiff> {
  const [was, now] = [runNamed(before, opened), runNamed(after, opened)];
  return {
    before: was.id,
    after: now.id,
    metrics: paired(await metricsOfRun(was, opened.store), await metricsOfRun(now, opened.store)),
    stages: await stagesOf(was, now, opened.store),
  };
}

export function paired(before: readonly MetricValue[], after: readonly MetricValue[]): RunsDiff['metrics'] {
  const was = new Map(before.map((metric) => [metricKey(metric), metric]));
  const now = new Map(after.map((metric) => [metricKey(metric), metric]));
  return [...new Set([...was.keys(), ...now.keys()])].map((key) => {
    const [a, b] = [was.get(key), now.get(key)];
    return { ...(a && { before: a }), ...(b && { after: b }) };
  });
}

async function stagesOf(was: RunRecord, now: RunRecord, store: Store): Promise<StageDiff[]> {
  const [before, after] = [fingerprintsOf(was), fingerprintsOf(now)];
  const made: StageDiff[] = [];
  for (const stage of new Set([...before.keys(), ...after.keys()])) {
    const [a, b] = [before.get(stage), after.get(stage)];
    if (a === b) made.push({ stage, change: 'same' });
    else if (a === undefined || b === undefined)
      made.push({ stage, change: a === undefined ? 'not run before' : 'not run after' });
    else made.push(await stageDiff(stage, [a, b], store));
  }
  return made;
}

async function stageDiff(stage: string, [a, b]: readonly [string, string], store: Store): Promise<StageDiff> {
  const [before, after] = [tableOf(a, store), tableOf(b, store)];
  if (!before || !after) return { stage, change: changeOf([a, b], store) };
  const digests = new Map(before.columns.map((column) => [column.name, column.digest]));
  const columns = after.columns.filter((column) => digests.get(column.name) !== column.digest).map(({ name }) => name);
  const gone = before.columns
    .filter(({ name }) => !after.columns.some((column) => column.name === name))
    .map(({ name }) => name);
  if (columns.length + gone.length === 0) return { stage, change: 'same content' };
  if (isSwept(before, store) || isSwept(after, store)) return { stage, change: 'not stored' };
  return { stage, change: 'other rows', columns: [...columns, ...gone], rows: await rowsDiff(before, after, store) };
}

/** Of folders and values: only whether they differ. */
function changeOf(fingerprints: readonly [string, string], store: Store): StageDiff['change'] {
  const [before, after] = fingerprints.map((fingerprint) => store.entry(fingerprint)?.parts);
  if (!before || !after) return 'not stored';
  const digests = (parts: typeof before) =>
    JSON.stringify(Object.values(parts).map((part) => (part.is === 'table' ? part.columns : part.digest)));
  return digests(before) === digests(after) ? 'same content' : 'other content';
}

const isSwept = (table: TableOutput, store: Store): boolean => store.missing(objectsRead(table, 'all')).length > 0;

function tableOf(fingerprint: string, store: Store): TableOutput | undefined {
  const tables = Object.values(store.entry(fingerprint)?.parts ?? {}).filter((part) => part.is === 'table');
  return tables[0]?.is === 'table' ? tables[0] : undefined;
}

/** Place by place where the tables are of one length, else by what stands in one and not in the other. */
export async function rowsDiff(before: TableOutput, after: TableOutput, store: Store): Promise<RowsDiff> {
  const names = after.columns
    .map(({ name }) => name)
    .filter((name) => before.columns.some((column) => column.name === name));
  const [was, now] = [await rowsOf(before, names, store), await rowsOf(after, names, store)];
  if (was.length === now.length) return placeByPlace(was, now);
  const counts = new Map<string, number>();
  for (const { text } of was) counts.set(text, (counts.get(text) ?? 0) + 1);
  const added = now.filter(({ text }) => !takeOne(counts, text));
  const removed = was.filter(({ text }) => takeOne(counts, text));
  return {
    changed: 0,
    added: added.length,
    removed: removed.length,
    examples: [
      ...added.slice(0, EXAMPLES).map(({ row, at }) => ({ row: at, after: row })),
      ...removed.slice(0, EXAMPLES).map(({ row, at }) => ({ row: at, before: row })),
    ],
  };
}

const takeOne = (counts: Map<string, number>, text: string): boolean => {
  const left = counts.get(text) ?? 0;
  if (left > 0) counts.set(text, left - 1);
  return left > 0;
};

function placeByPlace(was: readonly Shown[], now: readonly Shown[]): RowsDiff {
  const changed = now.filter(({ text }, i) => was[i]?.text !== text);
  const examples = changed
    .slice(0, EXAMPLES)
    .map(({ row, at }) => ({ row: at, before: was[at]?.row as Row, after: row }));
  return { changed: changed.length, added: 0, removed: 0, examples };
}

interface Shown {
  readonly at: number;
  readonly row: Row;
  readonly text: string;
}

async function rowsOf(output: TableOutput, names: readonly string[], store: Store): Promise<Shown[]> {
  const rows = names.length ? ((await reading(output, store, (reader) => reader.all())) as Row[]) : [];
  return rows.map((given, at) => {
    const row = Object.fromEntries(names.map((name) => [name, given[name]]));
    return { at, row, text: jsonText(row) };
  });
}
