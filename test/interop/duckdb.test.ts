import { deepStrictEqual } from 'node:assert';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { remove } from '../../jest/remove.js';
import { readParquetFile, writeCsv, writeJsonl, writeRows } from '../../packages/arrow-store/src/formats/index.js';
import { buildBatch, rowsOf } from '../../packages/core/src/columns/index.js';
import { columns, names, rows, valuesOf } from './everything.js';

const folder = mkdtempSync(join(tmpdir(), 'duckdb-'));
let duck: DuckDBConnection;
beforeAll(async () => {
  duck = await (await DuckDBInstance.create()).connect();
});
afterAll(() => {
  duck.closeSync();
  remove(folder);
});

const query = async (sql: string) => (await duck.runAndReadAll(sql)).getRowsJson();
const column = async (sql: string) => (await query(sql)).map(([value]) => value as unknown);
const batch = buildBatch(rows, columns);
const path = (name: string) => join(folder, name).replaceAll("'", "''");

/** What DuckDB says of a column, and what it should say: 64-bit numbers as text, bytes in hex. */
const SAID: { readonly [name: string]: readonly [sql: string, expected: readonly unknown[]] } = {
  int64: ['int64::VARCHAR', ['-9223372036854775808', '9223372036854775807', null]],
  uint64: ['uint64::VARCHAR', ['0', '18446744073709551615', null]],
  float16: ['float16::DOUBLE', [0.5, -65_504, null]],
  float32: ['float32::DOUBLE', valuesOf('float32')],
  binary: ['hex("binary")', ['00FF', '', null]],
  date: ['date::VARCHAR', ['2024-02-29', '1969-12-31', null]],
  seconds: ['epoch_ms(seconds)::VARCHAR', ['1709210096000', '-1000', null]],
  millis: ['epoch_us(millis)::VARCHAR', ['1709210096789000', '-1000', null]],
  micros: ['epoch_us(micros)::VARCHAR', ['1709210096789123', '-1', null]],
  decimal: ['"decimal"::VARCHAR', ['12345678901234567.125', '-0.001', null]],
  numbers: ['numbers', [[1.5, -2], [], null]],
  lists: ['lists', [[[1, 2], []], [], null]],
  pair: ['pair', [[1, 2], [3, 4], null]],
  tensor: ['tensor', [[1, 2, 3, 4, 5, 6], [0, -1, 2, -3, 4, -5], null]],
  struct: ['struct', [{ a: 'x', b: ['1'] }, { a: null, b: null }, null]],
  map: [
    'map',
    [
      [
        { key: 'a', value: 1.5 },
        { key: 'b', value: null },
      ],
      [],
      null,
    ],
  ],
};

describe('DuckDB reads', () => {
  test('every type of our Parquet', async () => {
    await writeRows(path('all.parquet'), [batch], columns, 'parquet');
    const wrong: unknown[] = [];
    for (const name of names.filter((one) => one !== 'nanos')) {
      const [sql, expected] = SAID[name] ?? [`"${name}"`, valuesOf(name)];
      const said = await column(`SELECT ${sql} FROM read_parquet('${path('all.parquet')}')`);
      if (JSON.stringify(said) !== JSON.stringify(expected)) wrong.push({ name, said, expected });
    }
    expect(wrong).toEqual([]);
  });

  test('our JSON lines', async () => {
    await writeJsonl(path('all.jsonl'), [batch], columns);
    const said = await query(
      `SELECT text, int32, float64, texts, struct.a, decimal FROM read_json('${path('all.jsonl')}')`,
    );
    expect(said.map(([text]) => text)).toEqual(valuesOf('text'));
    expect(said.map(([, , float]) => float)).toEqual(valuesOf('float64'));
    expect(said.map((row) => row[3])).toEqual(valuesOf('texts'));
    expect(said.map((row) => row[4])).toEqual(['x', null, null]);
  });

  test('our CSV', async () => {
    const wanted = { text: columns['text']!, int32: columns['int32']!, bool: columns['bool']! };
    await writeCsv(path('all.csv'), [batch], wanted);
    const said = await query(
      `SELECT text, int32::INTEGER, bool FROM read_csv('${path('all.csv')}', header = true, allow_quoted_nulls = false)`,
    );
    expect(said).toEqual(rows.map((row) => [row['text'], row['int32'], row['bool']]));
  });
});

test('we read what DuckDB writes', async () => {
  const made = [
    "SELECT 1::INTEGER AS i, 2::BIGINT AS l, 'a' AS t, 1.25::DECIMAL(9, 2) AS d, DATE '2024-02-29' AS day,",
    "TIMESTAMP '2024-02-29 12:00:00' AS ts, [1.5, 2.5]::DOUBLE[] AS list, [1, 2]::INTEGER[2] AS pair,",
    "{'a': 'x', 'b': [1]} AS struct, MAP {'k': 1} AS map, '\\xFF'::BLOB AS bytes, true AS flag",
    'UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL',
  ].join(' ');
  await query(`COPY (${made}) TO '${path('duck.parquet')}' (FORMAT parquet, COMPRESSION zstd)`);
  const table = await readParquetFile(path('duck.parquet'));
  expect(table.columns).toMatchObject({ i: 'int32', l: 'int64', t: 'text', d: { decimal: [9, 2] }, day: 'date' });
  const read: unknown[] = [];
  for await (const part of table.batches()) read.push(...rowsOf(part));
  const first = {
    i: 1,
    l: 2n,
    t: 'a',
    d: '1.25',
    day: new Date('2024-02-29'),
    ts: BigInt(Date.UTC(2024, 1, 29, 12)) * 1000n,
    list: Float64Array.of(1.5, 2.5),
    pair: Int32Array.of(1, 2),
    struct: { a: 'x', b: Int32Array.of(1) },
    map: new Map([['k', 1]]),
    bytes: Uint8Array.of(255),
    flag: true,
  };
  deepStrictEqual(read, [first, Object.fromEntries(Object.keys(first).map((name) => [name, null]))]);
});
