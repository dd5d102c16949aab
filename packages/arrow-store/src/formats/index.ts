import type { Format, RowsReader } from '@millrace/core';
import { type ArrowHead, openArrow, writeArrow } from './arrow.js';
import type { Batch, Columns } from './core.js';
import { DamagedBytes } from './damage.js';
import { hashOfFile } from './disk.js';
import { readSums } from './regions.js';
import type { Written } from './write.js';

export { DamagedBytes, FormatError } from './damage.js';
export type { Written } from './write.js';

export function writeRows(
  path: string,
  batches: AsyncIterable<Batch> | Iterable<Batch>,
  columns: Columns,
  _format: Format,
): Promise<Written> {
  return writeArrow(path, batches, columns);
}

export async function openRows(path: string, sums: Uint8Array): Promise<RowsReader> {
  const read = readSums<ArrowHead>(sums);
  return openArrow(path, read);
}

/** The whole file against its digest. */
export async function verifyFile(path: string, sha256: string): Promise<void> {
  if ((await hashOfFile(path)) !== sha256) throw new DamagedBytes('its content is not what was written');
}
