import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { remove } from '../../jest/remove.js';
import { readArrowFile, readParquetFile, writeRows } from '../../packages/arrow-store/src/formats/index.js';
import { buildBatch, type Columns, rowsOf } from '../../packages/core/src/columns/index.js';
import { columns, names, rows, valuesOf } from './everything.js';
import { plain } from './plain.js';
import { python } from './python.js';

const found = python();
if ('absent' in found) console.log(`Python is left out: ${found.absent}.`);
const withPython = 'absent' in found ? describe.skip : describe;

type Table = { readonly [column: string]: unknown };
let said: { readonly read: { readonly [reader: string]: Table }; readonly written: Table };
const folder = mkdtempSync(join(tmpdir(), 'python-'));
afterAll(() => remove(folder));

/** Hugging Face's data sets know no maps. */
const few = Object.fromEntries(Object.entries(columns).filter(([name]) => name !== 'map'));

withPython('Python', () => {
  beforeAll(async () => {
    for (const format of ['arrow', 'parquet'] as const) {
      await writeRows(join(folder, `all.${format}`), [buildBatch(rows, columns)], columns, format);
      await writeRows(join(folder, `few.${format}`), [buildBatch(rows, columns)], few, format);
    }
    const env = { ...process.env, HF_HUB_OFFLINE: '1', HF_HOME: join(folder, 'hf') };
    const run = 'run' in found ? found.run : '';
    const out = execFileSync(run, ['test/interop/check.py', folder], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    said = JSON.parse(out.toString()) as typeof said;
  });

  const everything = Object.fromEntries(
    names.map((name) => [name, valuesOf(name).map((value) => plain(value, columns[name]!))]),
  );
  const { map: _, ...known } = everything;

  test.each([
    ['pyarrow arrow', everything],
    ['pyarrow arrow, mapped', everything],
    ['pyarrow parquet', everything],
    ['pandas arrow', everything],
    ['pandas parquet', everything],
    ['polars arrow', everything],
    ['polars parquet', everything],
    ['datasets arrow', known],
    ['datasets parquet', known],
  ])('%s reads every type that we write', (reader, expected) => {
    expect(said.read[reader]).toEqual(expected);
  });

  test.each([
    'plain.arrow',
    'plain.stream.arrow',
    'dictionary.arrow',
    'dictionary.stream.arrow',
    'large.arrow',
    'large.stream.arrow',
    'view.arrow',
    'view.stream.arrow',
    'feather-uncompressed.arrow',
    'feather-lz4.arrow',
    'polars.arrow',
    'pandas.parquet',
    'polars.parquet',
    'pyarrow-none.parquet',
    'pyarrow-snappy.parquet',
    'pyarrow-zstd.parquet',
    'pyarrow-gzip.parquet',
  ])('we read %s', async (file) => {
    const { read, types } = await readAll(file);
    const repeats = file.startsWith('feather') ? 1000 : 1;
    expect(read).toHaveLength(3 * repeats);
    expect(types).toEqual({
      i: 'int32',
      l: 'int64',
      f: 'float64',
      b: 'bool',
      t: 'text',
      y: 'binary',
      ts: { timestamp: 'ms', zone: 'UTC' },
      xs: { list: 'float32' },
      s: { struct: { a: 'int64', b: 'text' } },
    });
    for (const [name, type] of Object.entries(types)) {
      const values = read.map((row) => plain(row[name], type));
      expect(values).toEqual(Array.from({ length: repeats }, () => said.written[name]).flat());
    }
  });

  test('feather with zstd is read where Node can, and refused with the way out where it can not', async () => {
    const read = readAll('feather-zstd.arrow').then(({ read }) => read.length, String);
    const expected =
      'zstdDecompressSync' in (await import('node:zlib')) ? 3000 : expect.stringContaining('Use Node 22.15');
    expect(await read).toEqual(expected);
  });

  test.each(['tensor.arrow', 'tensor.parquet'])('we read a tensor of %s with its shape', async (file) => {
    const { read, types } = await readAll(file);
    expect(types).toEqual({ v: { tensor: 'float32', shape: [2, 2] } });
    expect(read).toEqual([{ v: Float32Array.of(1, 2, 3, 4) }, { v: Float32Array.of(5, 6, 7, 8) }]);
  });

  test.each(['labelled/data-00000-of-00001.arrow', 'labelled.parquet'])(
    'we read the names of the classes of %s',
    async (file) => {
      const table = await readForeign(file);
      expect(table.labels).toEqual({ label: ['neg', 'pos'] });
      expect((await readForeign(file, ['text'])).columns).toEqual({ text: 'text' });
      await expect(readForeign(file, ['nope'])).rejects.toThrow(
        'has no column "nope"; it has text, label. Name one of these.',
      );
    },
  );
});

const readForeign = (file: string, only?: readonly string[]) =>
  file.endsWith('.parquet') ? readParquetFile(join(folder, file), only) : readArrowFile(join(folder, file), only);

async function readAll(file: string): Promise<{ read: Record<string, unknown>[]; types: Columns }> {
  const table = await readForeign(file);
  const read: Record<string, unknown>[] = [];
  for await (const batch of table.batches()) read.push(...rowsOf(batch));
  return { read, types: table.columns };
}
