import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { remove } from '../../../../jest/remove.js';
import { chooseFormat } from '../../src/formats/choose.js';
import { type Batch, buildBatch, type Columns, rowsOf } from '../../src/formats/core.js';
import {
  FormatError,
  openRows,
  readArrowFile,
  readParquetFile,
  writeCsv,
  writeJsonl,
  writeRows,
} from '../../src/formats/index.js';
import { rebatch } from '../../src/formats/rebatch.js';

const folder = mkdtempSync(join(tmpdir(), 'layout-'));
afterAll(() => remove(folder));
let files = 0;
const fresh = () => join(folder, `${files++}`);

const numbers: Columns = { n: 'float64' };
const counted = (from: number, rows: number): Batch =>
  buildBatch(
    Array.from({ length: rows }, (_, i) => ({ n: from + i })),
    numbers,
  );
const collect = async <T>(all: AsyncIterable<T>): Promise<T[]> => {
  const out: T[] = [];
  for await (const one of all) out.push(one);
  return out;
};

describe('batches of a file', () => {
  test.each([
    [[20_000], [8192, 8192, 3616]],
    [[10, 10, 10], [30]],
    [
      [8192, 8192],
      [8192, 8192],
    ],
    [[0, 5, 0], [5]],
    [
      [8000, 400, 8192],
      [8192, 8192, 208],
    ],
  ])('of %j rows hold %j', async (given, wanted) => {
    const ends = given.map((_, i) => given.slice(0, i).reduce((a, b) => a + b, 0));
    const all = await collect(
      rebatch(
        given.map((rows, i) => counted(ends[i]!, rows)),
        numbers,
        { rows: 8192, bytes: 16 << 20 },
      ),
    );
    expect(all.map((batch) => batch.rows)).toEqual(wanted);
    expect(all.flatMap((batch) => rowsOf(batch).map((row) => row['n']))).toEqual([
      ...Array(given.reduce((a, b) => a + b)).keys(),
    ]);
  });

  test('are cut where rows are large', async () => {
    const batch = buildBatch(
      Array.from({ length: 10 }, () => ({ t: 'x'.repeat(1000) })),
      { t: 'text' },
    );
    const all = await collect(rebatch([batch], { t: 'text' }, { rows: 8192, bytes: 3500 }));
    expect(all.map(({ rows }) => rows)).toEqual([3, 3, 3, 1]);
  });

  test('that came whole are written without a copy', async () => {
    const batch = counted(0, 8192);
    const [same] = await collect(rebatch([batch], numbers, { rows: 8192, bytes: 16 << 20 }));
    expect(same!.columns.get('n')).toBe(batch.columns.get('n'));
  });

  test('take the order of fields from the declared type', async () => {
    const batch = buildBatch([{ s: { b: 1, a: 'x' } }], { s: { struct: { b: 'float64', a: 'text' } } });
    const columns: Columns = { s: { struct: { a: 'text', b: 'float64' } } };
    const path = fresh();
    const { sums } = await writeRows(path, [batch], columns, 'arrow');
    const reader = await openRows(path, sums);
    expect(rowsOf(await reader.read(0, ['s']))).toEqual([{ s: { a: 'x', b: 1 } }]);
    await reader.close();
  });
});

test('the same rows make the same file, to the byte, however they came', async () => {
  const [one, two] = [fresh(), fresh()];
  const first = await writeRows(one, [counted(0, 10_000)], numbers, 'arrow');
  const second = await writeRows(two, [counted(0, 3000), counted(3000, 7000)], numbers, 'arrow');
  expect(second.sha256).toBe(first.sha256);
  expect(readFileSync(one).equals(readFileSync(two))).toBe(true);
});

describe('the format', () => {
  const text: Columns = { t: 'text', n: 'float64' };
  test.each<[string, Columns, Record<string, number>, 'arrow' | 'parquet']>([
    ['much text', text, { t: 300 << 20, n: 10 << 20 }, 'parquet'],
    ['little text', text, { t: 1 << 20, n: 1 << 10 }, 'arrow'],
    ['text beside as many numbers', text, { t: 300 << 20, n: 300 << 20 }, 'arrow'],
    ['vectors', { v: { tensor: 'float32', shape: [384] } }, { v: 1 << 30 }, 'arrow'],
    ['what Parquet can not hold', { t: 'text', e: { struct: {} } }, { t: 300 << 20 }, 'arrow'],
  ])('chosen for %s', (_, columns, bytes, format) => {
    expect(chooseFormat(columns, bytes)).toBe(format);
  });

  test('Parquet refuses a column that would leave no trace', async () => {
    const columns: Columns = { good: 'text', bad: { list: { struct: {} } } };
    const refused = async () => writeRows(fresh(), [], columns, 'parquet');
    await expect(refused()).rejects.toThrow(FormatError);
    await expect(refused()).rejects.toThrow(
      `parquet can't hold column "bad": the type list<struct<>>, a part of which holds nothing.`,
    );
    await expect(writeRows(fresh(), [], {}, 'parquet')).rejects.toThrow('a table without columns');
  });

  test('Parquet refuses a time that its milliseconds can not reach', async () => {
    const far = { type: { timestamp: 's' }, length: 1, nulls: 0, values: BigInt64Array.of(2n ** 60n) } as const;
    const written = writeRows(
      fresh(),
      [{ rows: 1, columns: new Map([['s', far]]) }],
      { s: { timestamp: 's' } },
      'parquet',
    );
    await expect(written).rejects.toThrow('further than Parquet can say in ms');
  });

  test('Parquet reads columns that lie near each other and far apart', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const rows = Array.from({ length: 30_000 }, (_, i) => ({ a: i, b: i / 3, c: 1, d: i / 7, e: -i }));
    const columns = Object.fromEntries(names.map((name) => [name, 'float64' as const]));
    const path = fresh();
    const { sums } = await writeRows(path, [buildBatch(rows, columns)], columns, 'parquet');
    const reader = await openRows(path, sums);
    for (const wanted of [['a', 'c'], ['c', 'e'], ['a', 'e'], ['e', 'a', 'c'], ['b'], names]) {
      const read = rowsOf(await reader.read(0, wanted));
      expect([read.length, read[29_999]]).toEqual([
        30_000,
        Object.fromEntries(wanted.map((name) => [name, rows[29_999]![name as 'a']])),
      ]);
    }
    await reader.close();
  });

  test('Parquet has row groups that are read one by one', async () => {
    const path = fresh();
    const { sums, rows } = await writeRows(path, [counted(0, 150_000)], numbers, 'parquet');
    const reader = await openRows(path, sums);
    expect([rows, reader.batches]).toEqual([150_000, [65_536, 65_536, 18_928]]);
    expect(rowsOf(await reader.read(2, ['n']))[0]).toEqual({ n: 131_072 });
    await reader.close();
  });
});

test('CSV quotes what needs it and tells nothing from the empty text', async () => {
  const columns: Columns = { t: 'text', n: 'float64', l: { list: 'float64' }, 'a "name"': 'bool' };
  const rows = [
    { t: 'plain', n: -0, l: [1, 2], 'a "name"': true },
    { t: 'a,"b"\nc', n: null, l: null, 'a "name"': null },
    { t: '', n: Number.NaN, l: [], 'a "name"': false },
  ];
  const path = fresh();
  await writeCsv(path, [buildBatch(rows, columns)], columns);
  expect(readFileSync(path, 'utf8')).toBe(
    't,n,l,"a ""name"""\nplain,-0,"[1,2]",true\n"a,""b""\nc",,,\n"",NaN,[],false\n',
  );
});

test('JSON lines say every value so that it comes back', async () => {
  const columns: Columns = { i: 'int64', f: 'float64', b: 'binary', d: 'date', m: { map: ['int8', 'bool'] } };
  const rows = [
    {
      i: 2n ** 62n,
      f: Number.NEGATIVE_INFINITY,
      b: Uint8Array.of(1),
      d: new Date('2024-02-29'),
      m: new Map([[1, true]]),
    },
    { i: 5n, f: -0, b: null, d: null, m: null },
  ];
  const path = fresh();
  await writeJsonl(path, [buildBatch(rows, columns)], columns);
  expect(readFileSync(path, 'utf8').split('\n')).toEqual([
    '{"i":"4611686018427387904","f":"-Infinity","b":"AQ==","d":"2024-02-29","m":[[1,true]]}',
    '{"i":5,"f":"-0","b":null,"d":null,"m":null}',
    '',
  ]);
});

describe('files of others', () => {
  test('ours are read without their checks', async () => {
    const columns: Columns = { v: { tensor: 'float32', shape: [2, 2] }, t: 'text' };
    const batch = buildBatch([{ v: [1, 2, 3, 4], t: 'x' }], columns);
    const [arrow, parquet] = [fresh(), fresh()];
    await writeRows(arrow, [batch], columns, 'arrow');
    await writeRows(parquet, [batch], columns, 'parquet');
    for (const table of [await readArrowFile(arrow), await readParquetFile(parquet)]) {
      expect(table.columns).toEqual(columns);
      const rows = (await collect(table.batches())).flatMap((part) => rowsOf(part));
      expect(rows).toEqual([{ v: Float32Array.of(1, 2, 3, 4), t: 'x' }]);
      expect(await collect(table.batches())).toHaveLength(1);
    }
    expect((await readArrowFile(arrow, ['t'])).columns).toEqual({ t: 'text' });
    await expect(readArrowFile(arrow, ['x'])).rejects.toThrow(
      `${arrow} has no column "x"; it has v, t. Name one of these.`,
    );
  });

  test('what is no such file is refused', async () => {
    const path = fresh();
    await writeCsv(path, [], { t: 'text' });
    await expect(readArrowFile(path)).rejects.toThrow();
    await expect(readParquetFile(path)).rejects.toThrow();
    await expect(readArrowFile(fresh())).rejects.toThrow('ENOENT');
  });
});
