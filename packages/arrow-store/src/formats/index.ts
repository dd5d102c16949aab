import type { Format, RowsReader } from '@millrace/core';
import { type ArrowHead, openArrow, writeArrow } from './arrow.js';
import { chooseFormat, Measured } from './choose.js';
import type { Batch, Columns } from './core.js';
import { DamagedBytes } from './damage.js';
import { hashOfFile, isMissing, removeFile, replaceFile } from './disk.js';
import { type JsonlHead, openJsonl, writeJsonlRows } from './jsonl.js';
import { type ParquetHead, writeParquet } from './parquet.js';
import { openParquet } from './parquet-read.js';
import { readSums, type Sums } from './regions.js';
import type { Written } from './write.js';

export { chooseFormat } from './choose.js';
export { writeCsv } from './csv.js';
export { DamagedBytes, FormatError } from './damage.js';
export type { ForeignTable } from './foreign.js';
export { readArrowFile } from './foreign-arrow.js';
export { readParquetFile } from './foreign-parquet.js';
export { writeJsonlRows as writeJsonl } from './jsonl.js';
export type { Written } from './write.js';

type Batches = AsyncIterable<Batch> | Iterable<Batch>;

/** Writes a file of rows. A format that can't hold a column says so before anything is pulled. */
export function writeRows(path: string, batches: Batches, columns: Columns, format: Format): Promise<Written> {
  if (format === 'auto') return writeBest(path, batches, columns);
  return { arrow: writeArrow, parquet: writeParquet, jsonl: writeJsonlRows }[format](path, batches, columns);
}

/** How much there is, and of what, is known when all of it is written: then it may be written again, smaller. */
async function writeBest(path: string, batches: Batches, columns: Columns): Promise<Written> {
  const measured = new Measured();
  const written = await writeArrow(path, measured.of(batches), columns);
  if (chooseFormat(columns, measured.bytes) === 'arrow') return written;
  const smaller = `${path}.parquet`;
  const reader = await openRows(path, written.sums);
  try {
    const parquet = await writeParquet(smaller, allOf(reader, Object.keys(columns)), columns);
    replaceFile(smaller, path);
    return parquet;
  } finally {
    await reader.close();
    removeFile(smaller);
  }
}

async function* allOf(reader: RowsReader, names: readonly string[]): AsyncIterable<Batch> {
  for (const batch of reader.batches.keys()) yield await reader.read(batch, names);
}

/** Opens a file by the checksums that were made with it. What is damaged throws `DamagedBytes`, here or when it is read. */
export async function openRows(path: string, sums: Uint8Array): Promise<RowsReader> {
  const read = readSums<ArrowHead | ParquetHead | JsonlHead>(sums);
  const { columns, batches } = read.head;
  const reader = await opened(path, read);
  const guarded = async (batch: number, names: readonly string[]): Promise<Batch> => {
    const unknown = names.find((name) => !Object.hasOwn(columns, name));
    if (unknown !== undefined) throw new Error(`BUG: the object has no column "${unknown}".`);
    if (batches[batch] === undefined) throw new Error(`BUG: the object has no batch ${batch}.`);
    return reader.read(batch, names);
  };
  return { ...reader, read: guarded };
}

function opened(path: string, sums: Sums<ArrowHead | ParquetHead | JsonlHead>): Promise<RowsReader> {
  if (sums.head.format === 'arrow') return openArrow(path, sums as Sums<ArrowHead>);
  if (sums.head.format === 'parquet') return openParquet(path, sums as Sums<ParquetHead>);
  return openJsonl(path, sums as Sums<JsonlHead>);
}

/** The whole file against its digest. */
export async function verifyFile(path: string, sha256: string): Promise<void> {
  const found = await hashOfFile(path).catch((error: unknown) => {
    throw isMissing(error) ? new DamagedBytes('it is missing') : error;
  });
  if (found !== sha256) throw new DamagedBytes('its content is not what was written');
}
