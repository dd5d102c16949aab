import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { remove } from '../../../../jest/remove.js';
import { buildBatch } from '../../src/formats/core.js';
import { openRows, readParquetFile, writeRows } from '../../src/formats/index.js';

const folder = mkdtempSync(join(tmpdir(), 'foreign-parquet-'));
afterAll(() => remove(folder));
const good = join(folder, 'good.parquet');
const bad = join(folder, 'bad.parquet');

const ROWS = 40;
const COLUMNS = { text: 'text', number: 'float64', list: { list: 'int32' } } as const;
const written = writeRows(
  good,
  [
    buildBatch(
      Array.from({ length: ROWS }, (_, i) => ({ text: `row ${i}`, number: i / 3, list: [i, i + 1] })),
      COLUMNS,
    ),
  ],
  COLUMNS,
  'parquet',
);

async function read(path: string): Promise<string> {
  try {
    const found = await readParquetFile(path);
    let rows = 0;
    for await (const batch of found.batches()) rows += batch.rows;
    return String(rows);
  } catch (error) {
    return (error as Error).name;
  }
}

test('a Parquet file of which any one byte is damaged is read whole or refused, and the process goes on', async () => {
  await written;
  const bytes = readFileSync(good);
  expect(await read(good)).toBe(String(ROWS));
  const outcomes = new Set<string>();
  for (let at = 0; at < bytes.length; at += 23) {
    const changed = Buffer.from(bytes);
    changed[at] = bytes[at]! ^ (1 << (at % 8));
    writeFileSync(bad, changed);
    outcomes.add(await read(bad));
  }
  expect([...outcomes].filter((each) => !['DamagedBytes', 'FormatError', String(ROWS)].includes(each))).toEqual([]);
});

test('one that is cut anywhere is refused', async () => {
  await written;
  const bytes = readFileSync(good);
  for (let length = 0; length < bytes.length; length += 61) {
    writeFileSync(bad, bytes.subarray(0, length));
    expect(await read(bad)).toBe('DamagedBytes');
  }
});

test('a file whose decoder breaks off is no harm to one that is being read', async () => {
  const { sums } = await written;
  const reader = await openRows(good, sums);
  const bytes = readFileSync(good);
  // The end says where each column lies: of its bytes many make the decoder trap.
  for (let at = bytes.length - 200; at < bytes.length - 8; at += 16) {
    const changed = Buffer.from(bytes);
    changed[at] = 255;
    writeFileSync(bad, changed);
    const [, mine] = await Promise.all([read(bad), reader.read(0, ['text', 'list'])]);
    expect(mine.rows).toBe(ROWS);
  }
  await reader.close();
});
