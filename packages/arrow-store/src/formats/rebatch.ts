import { type Batch, type Column, type Columns, concatBatches, sliceBatch, widen } from './core.js';

export interface Size {
  readonly rows: number;
  readonly bytes: number;
}

type Batches = AsyncIterable<Batch> | Iterable<Batch>;

/** The same rows in batches of a good size: small ones joined, large ones cut, most of them passed on as they are. */
export async function* rebatch(batches: Batches, columns: Columns, most: Size): AsyncIterable<Batch> {
  let waiting: Batch[] = [];
  let size: Size = { rows: 0, bytes: 0 };
  for await (const batch of batches) {
    if (batch.rows === 0) continue;
    waiting.push(arranged(batch, columns));
    size = { rows: size.rows + batch.rows, bytes: size.bytes + bytesOf(batch) };
    if (size.rows < most.rows && size.bytes < most.bytes) continue;
    const each = rowsOfEach(size, most);
    const groups = [...groupsOf(waiting, each)];
    waiting = size.rows % each === 0 ? [] : groups.pop()!;
    for (const group of groups) yield concatBatches(group);
    size = { rows: size.rows % each, bytes: waiting.reduce((all, part) => all + bytesOf(part), 0) };
  }
  if (size.rows > 0) for (const group of groupsOf(waiting, rowsOfEach(size, most))) yield concatBatches(group);
}

const rowsOfEach = ({ rows, bytes }: Size, most: Size): number =>
  Math.max(1, Math.min(most.rows, Math.floor(most.bytes / (bytes / rows))));

/** Pieces that make so many rows each; the last may make fewer. */
function* groupsOf(batches: readonly Batch[], each: number): Iterable<Batch[]> {
  let group: Batch[] = [];
  let room = each;
  for (const batch of batches) {
    for (let from = 0, to = 0; from < batch.rows; from = to) {
      to = Math.min(batch.rows, from + room);
      group.push(sliceBatch(batch, from, to));
      room -= to - from;
      if (room > 0) continue;
      yield group;
      group = [];
      room = each;
    }
  }
  if (group.length > 0) yield group;
}

/** The declared columns in their order, fields in the order of their type. */
function arranged(batch: Batch, columns: Columns): Batch {
  const column = (name: string): Column => {
    const found = batch.columns.get(name);
    if (found === undefined) throw new Error(`BUG: a batch lacks the column "${name}" that it is written with.`);
    return widen(found, columns[name]!);
  };
  return { rows: batch.rows, columns: new Map(Object.keys(columns).map((name) => [name, column(name)])) };
}

export const bytesOf = (batch: Batch): number =>
  [...batch.columns.values()].reduce((all, column) => all + columnBytes(column), 0);

export function columnBytes(column: Column): number {
  const own = (column.values?.byteLength ?? 0) + (column.offsets?.byteLength ?? 0) + (column.valid?.byteLength ?? 0);
  return (column.children ?? []).reduce((all, child) => all + columnBytes(child), own);
}
