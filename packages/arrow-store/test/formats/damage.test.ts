import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Format } from '@millrace/core';
import { remove } from '../../../../jest/remove.js';
import { type Batch, buildBatch, rowsOf } from '../../src/formats/core.js';
import { DamagedBytes, openRows, verifyFile, writeRows } from '../../src/formats/index.js';

const folder = mkdtempSync(join(tmpdir(), 'damage-'));
afterAll(() => remove(folder));
let files = 0;
const fresh = () => join(folder, `${files++}`);

const columns = { text: 'text', number: 'float64', vector: { tensor: 'float32', shape: [3] }, flag: 'bool' } as const;
const rows = Array.from({ length: 40 }, (_, i) => ({
  text: i % 5 === 0 ? null : `row ${i}`,
  number: i / 3,
  vector: [i, i + 1, i + 2],
  flag: i % 3 === 0,
}));
const batch: Batch = buildBatch(rows, columns);

async function readAll(path: string, sums: Uint8Array): Promise<unknown[]> {
  const reader = await openRows(path, sums);
  try {
    const batches = await Promise.all(reader.batches.map((_, i) => reader.read(i, Object.keys(columns))));
    return batches.flatMap((part) => rowsOf(part));
  } finally {
    await reader.close();
  }
}

describe.each<Format>(['arrow', 'parquet', 'jsonl'])('%s', (format) => {
  test('no flipped bit of any byte is read', async () => {
    const path = fresh();
    const { sums, sha256 } = await writeRows(path, [batch], columns, format);
    expect(await readAll(path, sums)).toHaveLength(40);
    const good = readFileSync(path);
    const bad = fresh();
    const missed: number[] = [];
    for (let byte = 0; byte < good.length; byte++) {
      const bytes = Buffer.from(good);
      bytes[byte]! ^= 1 << (byte % 8);
      writeFileSync(bad, bytes);
      const noticed = await readAll(bad, sums).then(
        () => false,
        (error) => error instanceof DamagedBytes,
      );
      if (!noticed) missed.push(byte);
      rmSync(bad);
    }
    expect(missed).toEqual([]);
    await expect(verifyFile(path, sha256)).resolves.toBeUndefined();
  });

  test('a file that was cut, is empty, grew or is gone is noticed', async () => {
    const path = fresh();
    const { sums, sha256 } = await writeRows(path, [batch], columns, format);
    const good = readFileSync(path);
    const kinds = [
      good.subarray(0, -1),
      good.subarray(0, good.length >> 1),
      good.subarray(0, 0),
      Buffer.concat([good, good]),
    ];
    for (const bytes of kinds) {
      const bad = fresh();
      writeFileSync(bad, bytes);
      await expect(readAll(bad, sums)).rejects.toThrow(`it has ${bytes.length} bytes and should have ${good.length}`);
      await expect(verifyFile(bad, sha256)).rejects.toThrow(DamagedBytes);
    }
    await expect(readAll(fresh(), sums)).rejects.toThrow('it is missing');
    await expect(verifyFile(fresh(), sha256)).rejects.toThrow(DamagedBytes);
  });

  test('a file cut while it is open is noticed', async () => {
    const path = fresh();
    const { sums } = await writeRows(path, [batch], columns, format);
    const reader = await openRows(path, sums);
    writeFileSync(path, readFileSync(path).subarray(0, 10));
    await expect(reader.read(0, ['text'])).rejects.toThrow(DamagedBytes);
    await reader.close();
  });

  test('what was found good is not checked again while the file is the same', async () => {
    const path = fresh();
    const { sums } = await writeRows(path, [batch], columns, format);
    expect(await readAll(path, sums)).toHaveLength(40);
    // With checksums that are all wrong, whoever compared them again would call the file damaged.
    const wrong = Uint8Array.from(sums);
    for (let at = sums.indexOf(10) + 5; at < sums.length; at += 8) wrong[at]! ^= 1;
    expect(await readAll(path, wrong)).toHaveLength(40);
    writeFileSync(path, readFileSync(path));
    await expect(readAll(path, wrong)).rejects.toThrow(DamagedBytes);
  });

  test('an error of the source is thrown, not swallowed', async () => {
    const failing = async function* (): AsyncIterable<Batch> {
      yield batch;
      throw new Error('the source broke');
    };
    await expect(writeRows(fresh(), failing(), columns, format)).rejects.toThrow('the source broke');
    const atOnce = async function* (): AsyncIterable<Batch> {
      if (format !== 'auto') throw new Error('broken from the start');
      yield batch;
    };
    await expect(writeRows(fresh(), atOnce(), columns, format)).rejects.toThrow('broken from the start');
  });

  test('no rows are a file too', async () => {
    const path = fresh();
    const { rows: count, sums, bytes } = await writeRows(path, [], columns, format);
    const reader = await openRows(path, sums);
    expect([count, reader.batches, readFileSync(path).length]).toEqual([0, [], bytes]);
    await reader.close();
  });

  test('a batch that lacks a column, or has another type, is a bug', async () => {
    const other = buildBatch([{ text: 'a' }], { text: 'text' });
    await expect(writeRows(fresh(), [other], { text: 'text', more: 'bool' }, format)).rejects.toThrow(
      'BUG: a batch lacks the column "more"',
    );
    await expect(writeRows(fresh(), [other], { text: 'float64' }, format)).rejects.toThrow(
      "BUG: a column of text can't be widened to float64",
    );
    const path = fresh();
    const { sums } = await writeRows(path, [batch], columns, format);
    const reader = await openRows(path, sums);
    await expect(reader.read(0, ['nope'])).rejects.toThrow('BUG: the object has no column "nope"');
    await expect(reader.read(7, ['text'])).rejects.toThrow('BUG: the object has no batch 7');
    await reader.close();
  });
});
