import type { RowsReader } from '@millrace/core';
import { type Batch, buildBatch, type Columns, rowsOf } from './core.js';
import { DamagedBytes } from './damage.js';
import { OutputFile } from './disk.js';
import { fromJson, toJson } from './json-values.js';
import { rebatch } from './rebatch.js';
import { CheckedFile, type Sums, SumsWriter } from './regions.js';
import type { Written } from './write.js';

/** Regions: one a batch. */
export interface JsonlHead {
  readonly format: 'jsonl';
  /** A line says its values, not their types. */
  readonly columns: Columns;
  readonly batches: readonly number[];
}

const SIZE = { rows: 8192, bytes: 16 << 20 };

export async function writeJsonlRows(
  path: string,
  batches: AsyncIterable<Batch> | Iterable<Batch>,
  columns: Columns,
): Promise<Written> {
  const out = new OutputFile(path);
  const sums = new SumsWriter();
  const rows: number[] = [];
  try {
    for await (const batch of rebatch(batches, columns, SIZE)) {
      const bytes = linesOf(batch);
      sums.add([bytes]);
      rows.push(batch.rows);
      await out.write([bytes]);
    }
    const head: JsonlHead = { format: 'jsonl', columns, batches: rows };
    const all = rows.reduce((sum, more) => sum + more, 0);
    return { rows: all, bytes: out.position, sha256: out.sha256(), sums: sums.done(head) };
  } finally {
    out.close();
  }
}

function linesOf(batch: Batch): Uint8Array {
  const encoders = [...batch.columns].map(([name, column]) => [name, toJson(column.type)] as const);
  const line = (row: Record<string, unknown>) =>
    JSON.stringify(Object.fromEntries(encoders.map(([name, encode]) => [name, encode(row[name])])));
  return Buffer.from(
    rowsOf(batch)
      .map((row) => `${line(row)}\n`)
      .join(''),
  );
}

export async function openJsonl(path: string, sums: Sums<JsonlHead>): Promise<RowsReader> {
  const file = CheckedFile.open(path, sums);
  const { batches, columns } = sums.head;
  const read = async (batch: number, names: readonly string[]): Promise<Batch> => {
    const wanted = names.map((name) => [name, columns[name]!] as const);
    const decoders = wanted.map(([name, type]) => [name, fromJson(type)] as const);
    const lines = Buffer.from(await file.regions(batch, batch))
      .toString()
      .split('\n')
      .slice(0, -1);
    const rows = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    if (rows.length !== batches[batch]) throw new DamagedBytes(`batch ${batch} has ${rows.length} lines`);
    const row = (values: Record<string, unknown>) =>
      Object.fromEntries(decoders.map(([name, decode]) => [name, decode(values[name])]));
    return buildBatch(rows.map(row), Object.fromEntries(wanted));
  };
  return { batches, read, close: () => file.close() };
}
