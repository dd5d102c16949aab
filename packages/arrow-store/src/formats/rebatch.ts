import { type Batch, type Column, type Columns, concatBatches, sliceBatch, widen } from './core.js';

export interface Size {
  readonly rows: number;
  readonly bytes: number;
}

type Batches = AsyncIterable<Batch> | Iterable<Batch>;

/** The same rows in batches of a good size: small ones joined, large ones cut, most of them passed on as they are. */
export async function* rebatch(batches: Batches, columns: Columns, most: Size): AsyncIterable<Batch> {
  let waiting: Batch[] = [];
  for await (const batch of batches) {
    if (batch.rows > 0) waiting.push(arranged(batch, columns));
    const [full, rest] = cut(waiting, most, false);
    yield* full;
    waiting = rest;
  }
  yield* cut(waiting, most, true)[0];
}

function cut(waiting: readonly Batch[], most: Size, last: boolean): [full: Batch[], rest: Batch[]] {
  const rows = waiting.reduce((all, batch) => all + batch.rows, 0);
  const bytes = waiting.reduce((all, batch) => all + bytesOf(batch), 0);
  if (rows === 0 || (!last && rows < most.rows && bytes < most.bytes)) return [[], [...waiting]];
  const each = Math.max(1, Math.min(most.rows, Math.floor(most.bytes / (bytes / rows))));
  const full: Batch[] = [];
  let open: Batch[] = [];
  for (const batch of waiting) {
    for (let from = 0; from < batch.rows; ) {
      const room = each - open.reduce((all, part) => all + part.rows, 0);
      const to = Math.min(batch.rows, from + room);
      open.push(sliceBatch(batch, from, to));
      from = to;
      if (to - from < room && open.reduce((all, part) => all + part.rows, 0) < each) continue;
      full.push(concatBatches(open));
      open = [];
    }
  }
  if (last && open.length > 0) full.push(concatBatches(open));
  return [full, last ? [] : open];
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
