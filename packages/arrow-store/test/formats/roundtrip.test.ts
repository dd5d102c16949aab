import { deepStrictEqual } from 'node:assert';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { remove } from '../../../../jest/remove.js';
import { flat, type Typed, typed } from '../../../core/test/columns/arbitrary.js';
import { buildColumn, rowsOf, slice } from '../../src/formats/core.js';
import { refusedBy } from '../../src/formats/holds.js';
import { openRows, verifyFile, writeRows } from '../../src/formats/index.js';

const folder = mkdtempSync(join(tmpdir(), 'formats-'));
afterAll(() => remove(folder));
let files = 0;
const fresh = () => join(folder, `${files++}`);

const batchesOf = (tables: readonly Typed[], cuts: readonly number[]) => {
  const rows = Math.min(...tables.map(({ values }) => values.length));
  const columns = tables.map(
    ({ type, values }, i) => [`c${i}`, buildColumn(values.slice(0, rows), type, 'c')] as const,
  );
  const ends = [0, ...cuts.map((cut) => Math.min(cut, rows)), rows].sort((a, b) => a - b);
  return ends.slice(1).map((end, i) => ({
    rows: end - ends[i]!,
    columns: new Map(columns.map(([name, column]) => [name, slice(column, ends[i]!, end)])),
  }));
};

const tables = fc.array(fc.oneof(flat, typed), { minLength: 1, maxLength: 3 });

describe.each(['arrow', 'parquet', 'jsonl', 'auto'] as const)('%s', (format) => {
  test('gives back what was written, whatever the batches', async () => {
    const same = fc.asyncProperty(tables, fc.array(fc.nat(20), { maxLength: 3 }), async (given, cuts) => {
      const batches = batchesOf(given, cuts);
      const columns = Object.fromEntries(given.map(({ type }, i) => [`c${i}`, type]));
      if (format === 'parquet') fc.pre(refusedBy('parquet', columns) === undefined);
      const path = fresh();
      const { rows, sums, sha256 } = await writeRows(path, batches, columns, format);
      await verifyFile(path, sha256);
      const reader = await openRows(path, sums);
      const read = await Promise.all(reader.batches.map((_, i) => reader.read(i, Object.keys(columns))));
      const name = `c${given.length - 1}`;
      const last = await Promise.all(reader.batches.map((_, i) => reader.read(i, [name])));
      const none = await Promise.all(reader.batches.map((_, i) => reader.read(i, [])));
      await reader.close();
      const wanted = batches.flatMap((batch) => rowsOf(batch));
      expect([rows, sum(reader.batches), sum(none.map((batch) => batch.rows))]).toEqual(Array(3).fill(wanted.length));
      deepStrictEqual(
        read.flatMap((batch) => rowsOf(batch)),
        wanted,
      );
      deepStrictEqual(
        last.flatMap((batch) => rowsOf(batch)),
        wanted.map((row) => ({ [name]: row[name] })),
      );
      for (const batch of read) for (const [c, column] of batch.columns) expect(column.type).toEqual(columns[c]);
    });
    await fc.assert(same, { numRuns: 100 });
  });
});

const sum = (numbers: readonly number[]) => numbers.reduce((all, more) => all + more, 0);
