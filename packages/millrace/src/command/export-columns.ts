import { temporaryStore } from '@millrace/arrow-store';
import type { TableReader } from '@millrace/core';
import { makeWritable, writeWhole } from '../disk.js';
import { Mistake } from '../mistake.js';

/** Written as the store writes it, in a store of its own, then put where it is wanted. */
export async function writeColumns(
  reader: TableReader,
  { as, to, from = 0, rows = reader.rows }: { as: 'parquet' | 'arrow'; to: string; from?: number; rows?: number },
): Promise<void> {
  const store = temporaryStore();
  try {
    const { object } = await store.putRows(windows(reader, from, from + rows), reader.columns, as);
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
