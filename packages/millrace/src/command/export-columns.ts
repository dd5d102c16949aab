import { temporaryStore } from '@millrace/arrow-store';
import { type Batch, type Column, type Columns, nestedTensor, type TableReader, type Type } from '@millrace/core';
import { makeWritable, writeWhole } from '../disk.js';
import { Mistake } from '../mistake.js';

interface Writing {
  readonly as: 'parquet' | 'arrow';
  readonly to: string;
  readonly from?: number;
  readonly rows?: number;
  /** Tensors as lists in lists, whose shape every reader sees. */
  readonly nested?: boolean;
}

/** Written as the store writes it, in a store of its own, then put where it is wanted. */
export async function writeColumns(
  reader: TableReader,
  { as, to, from = 0, rows = reader.rows, nested = false }: Writing,
): Promise<void> {
  const store = temporaryStore();
  try {
    const columns = nested ? nestedTypes(reader.columns) : reader.columns;
    const batches = windows(reader, from, from + rows);
    const { object } = await store.putRows(nested ? nestedBatches(batches) : batches, columns, as);
    if (!object.endsWith(`.${as}`))
      throw new Mistake(
        `Cannot export to ${to}: these columns cannot be kept as ${as}. Choose --as ${as === 'parquet' ? 'arrow' : 'jsonl'}.`,
      );
    await writeWhole(to, async (draft) => {
      await store.placeFile(object, draft, 'copy');
      makeWritable(draft);
    });
  } finally {
    await store.close();
  }
}

const AT_ONCE = 8192;

async function* windows(reader: TableReader, from: number, to: number) {
  const names = Object.keys(reader.columns);
  for (let at = from; at < to; at += AT_ONCE) yield await reader.window(names, at, Math.min(at + AT_ONCE, to));
}

const nestedTypes = (columns: Columns): Columns =>
  Object.fromEntries(Object.entries(columns).map(([name, type]) => [name, nestedTensor(type)]));

async function* nestedBatches(batches: AsyncIterable<Batch>): AsyncGenerator<Batch> {
  for await (const { rows, columns } of batches)
    yield { rows, columns: new Map([...columns].map(([name, column]) => [name, nestedColumn(column)])) };
}

/** The same numbers under the nested type. */
function nestedColumn(column: Column): Column {
  const type = nestedTensor(column.type);
  if (type === column.type) return column;
  return { ...column, type, children: [within(type, column.length, column.children?.[0] as Column)] };
}

function within(type: Type, length: number, items: Column): Column {
  const { fixed, size } = type as { readonly fixed: Type; readonly size: number };
  if (typeof fixed === 'string') return items;
  return { type: fixed, length: length * size, nulls: 0, children: [within(fixed, length * size, items)] };
}
