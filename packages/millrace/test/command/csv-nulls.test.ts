import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { memoryStore, TableReader, type Type } from '@millrace/core';
import { source } from '@millrace/stages';
import { parse } from 'csv-parse/sync';
import { remove } from '../../../../jest/remove.js';
import { runOn } from '../../../stages/src/testing/run.js';
import { csvPieces } from '../../src/command/export-text.js';

const folder = mkdtempSync(join(tmpdir(), 'millrace-nulls-'));
afterAll(() => remove(folder));

async function csvOf(values: readonly unknown[], type: Type): Promise<string> {
  const store = memoryStore();
  const rows = values.map((only) => ({ only }));
  const { out } = await runOn(store, { t: source.rows(rows, { columns: { only: type } }) });
  const pieces: string[] = [];
  for await (const piece of csvPieces(new TableReader(out.t.output, store), { raw: false })) pieces.push(piece);
  return pieces.join('');
}

async function readBack(csv: string, columns?: { only: Type }): Promise<unknown[]> {
  const path = join(folder, 'in.csv');
  writeFileSync(path, csv);
  const { out } = await runOn(memoryStore(), { t: source.csv(path, columns ? { columns } : {}) });
  return (await out.t.all()).map((row: { only: unknown }) => row.only);
}

const day = new Date('2024-02-29T00:00:00.000Z');
const COLUMNS: readonly [type: Type, value: unknown][] = [
  ['int8', -5],
  ['uint32', 7],
  ['int64', 12345678901234567n],
  ['float32', 0.5],
  ['float64', -1.5e300],
  ['bool', false],
  ['date', day],
  [{ timestamp: 'ms', zone: 'UTC' }, day],
  [{ timestamp: 'us' }, -1_234_567n],
  [{ timestamp: 'ns' }, 1_700_000_000_123_456_789n],
  ['binary', Uint8Array.of(1, 2, 255)],
  [{ decimal: [10, 2] }, '-1.50'],
  [{ list: 'float64' }, Float64Array.of(1, 2)],
  [{ struct: { a: 'float64' } }, { a: 1 }],
];

describe('a null in a table of one column', () => {
  test.each(COLUMNS)('is a row for every reader, first, between and last: %j', async (type, value) => {
    const given = [null, value, null, null, value, null];
    const csv = await csvOf(given, type);
    expect(await readBack(csv, { only: type })).toEqual(given);
    expect(parse(csv)).toHaveLength(given.length + 1);
  });

  test('is found again where nobody says the type', async () => {
    expect(await readBack(await csvOf([null, 1.5, null], 'float64'))).toEqual([null, 1.5, null]);
    expect(await readBack(await csvOf([true, null], 'bool'))).toEqual([true, null]);
  });

  test('of texts is a row too, as an empty text: a file of one column has no other form for it', async () => {
    const csv = await csvOf(['a', null, '', null], 'text');
    expect(csv).toBe('only\r\na\r\n""\r\n""\r\n""\r\n');
    expect(await readBack(csv)).toEqual(['a', '', '', '']);
    expect(parse(csv)).toEqual([['only'], ['a'], [''], [''], ['']]);
  });
});
