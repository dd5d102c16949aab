import type { Batch, Columns } from './core.js';
import { refusedBy } from './holds.js';
import { columnBytes } from './rebatch.js';

/** Of each column, by name. */
export type Bytes = { readonly [column: string]: number };

const LARGE = 256 << 20;
const MOSTLY = 0.8;

/**
 * Parquet where a group is mostly text and large enough for disk to matter; else Arrow, which is read and written six to
 * twenty times faster. Vectors are never compressed: it saves a tenth.
 */
export function chooseFormat(columns: Columns, bytes: Bytes): 'arrow' | 'parquet' {
  const sum = (names: readonly string[]) => names.reduce((all, name) => all + (bytes[name] ?? 0), 0);
  const all = sum(Object.keys(columns));
  const text = sum(Object.keys(columns).filter((name) => columns[name] === 'text'));
  return all >= LARGE && text >= MOSTLY * all && refusedBy('parquet', columns) === undefined ? 'parquet' : 'arrow';
}

/** Adds up the bytes of each column as batches go by. */
export class Measured {
  private readonly sums = new Map<string, number>();

  async *of(batches: AsyncIterable<Batch> | Iterable<Batch>): AsyncIterable<Batch> {
    for await (const batch of batches) {
      for (const [name, column] of batch.columns) this.sums.set(name, (this.sums.get(name) ?? 0) + columnBytes(column));
      yield batch;
    }
  }

  get bytes(): Bytes {
    return Object.fromEntries(this.sums);
  }
}
