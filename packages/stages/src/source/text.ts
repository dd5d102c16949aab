import { isUtf8 } from 'node:buffer';
import { type Batch, buildColumn, type Column } from '@millrace/core';
import { type Block, blocksOf, linesOf, NOT_UTF8, notUtf8 } from './blocks.js';
import { refuseUtf16, tooLong } from './bounds.js';
import { bytesOfFile, sizeOf } from './disk.js';
import type { Reading, Tabular } from './reading.js';

export interface TextConfig {
  /** A row for each line, or one for the file. */
  readonly by: 'line' | 'file';
  readonly into: string;
}

/** Lines without their line ends. The end of the last line starts no other; empty lines are rows. */
export async function readText(reading: Reading, { by, into }: TextConfig): Promise<Tabular> {
  return { columns: { [into]: 'text' }, batches: by === 'file' ? whole(reading, into) : lines(reading, into) };
}

async function* whole({ path, bad, most }: Reading, into: string): AsyncGenerator<Batch> {
  if ((await sizeOf(path)) > most) throw tooLong(bad.file, 'the file, which is one cell,', most);
  const bytes = await bytesOfFile(path);
  refuseUtf16(bytes, bad.file);
  if (!isUtf8(bytes)) return bad.add({ line: 1, why: NOT_UTF8.replace('the line', 'the file') });
  const text = bytes.toString('utf8').replace(/^\ufeff/, '');
  yield { rows: 1, columns: new Map([[into, buildColumn([text], 'text', into)]]) };
}

async function* lines(reading: Reading, into: string): AsyncGenerator<Batch> {
  for await (const block of blocksOf(reading)) {
    const column = lineColumn(block, reading);
    yield { rows: column.length, columns: new Map([[into, column]]) };
  }
}

function lineColumn(block: Block, { bad }: Reading): Column {
  const places = linesOf(block);
  const broken = notUtf8(block, places);
  for (const line of broken) bad.add({ line: block.line + line, why: NOT_UTF8 });
  const good = Array.from({ length: places.length / 2 }, (_, line) => line).filter((line) => !broken.has(line));
  const offsets = new Int32Array(good.length + 1);
  good.forEach((line, row) => {
    offsets[row + 1] = (offsets[row] as number) + (places[2 * line + 1] as number) - (places[2 * line] as number);
  });
  const values = new Uint8Array(offsets[good.length] as number);
  good.forEach((line, row) => {
    values.set(block.bytes.subarray(places[2 * line], places[2 * line + 1]), offsets[row]);
  });
  return { type: 'text', length: good.length, nulls: 0, offsets, values };
}
