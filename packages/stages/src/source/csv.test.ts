import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type AnyHandle, memoryStore, rowsOf as rowsOfBatch } from '@millrace/core';
import fc from 'fast-check';
import { remove } from '../../../../jest/remove.js';
import { runOn } from '../testing/run.js';
import { BadRows } from './bad-rows.js';
import { MOST_LINE } from './bounds.js';
import { Cells, scan } from './csv-cells.js';
import { formatOf, readAs } from './formats.js';
import { source } from './source.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-csv-'));
});
afterAll(() => remove(folder));

let made = 0;
function fileOf(content: string | Uint8Array): string {
  const path = join(folder, `${made++}.csv`);
  writeFileSync(path, content);
  return path;
}

const rowsOf = async (t: AnyHandle) => (await runOn(memoryStore(), { t })).out.t.all();
const failure = async (t: AnyHandle): Promise<string> =>
  rowsOf(t).then(
    () => 'nothing failed',
    (error: Error) => error.message,
  );

/** The cells of a text, by the rule itself: slow and plain. */
function plainly(text: string): string[][] {
  const rows: string[][] = [[]];
  let cell = '';
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const sign = text[i] as string;
    if (quoted && sign === '"' && text[i + 1] === '"') cell += text[++i];
    else if (sign === '"') quoted = !quoted;
    else if (quoted || (sign !== ',' && sign !== '\n')) cell += sign;
    else {
      rows.at(-1)?.push(cell);
      cell = '';
      if (sign === '\n') rows.push([]);
    }
  }
  return rows.slice(0, -1);
}

const write = (cell: string): string =>
  /[",\n\r]/.test(cell) || cell === '' ? `"${cell.replaceAll('"', '""')}"` : cell;

describe('cells', () => {
  const cells = fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '"', ',', '\n', '\r', '😀', ' ') }), {
    minLength: 3,
    maxLength: 3,
  });

  test('whatever is written comes back, wherever the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(cells, { minLength: 1, maxLength: 5 }), fc.nat(40), (rows, cut) => {
        const text = rows.map((row) => `${row.map(write).join(',')}\n`).join('');
        const bytes = Buffer.from(text);
        const first = scan(bytes.subarray(0, cut), { delimiter: 44, last: cut >= bytes.length });
        if (!(first instanceof Cells)) throw new Error(first.why);
        const rest = cut >= bytes.length ? undefined : scan(bytes.subarray(first.rest), { delimiter: 44, last: true });
        if (rest && !(rest instanceof Cells)) throw new Error(rest.why);
        const found = [...textsOf(first), ...(rest ? textsOf(rest) : [])];
        expect(found).toEqual(plainly(text));
        expect(found).toEqual(rows);
      }),
    );
  });

  function textsOf(cells: Cells): string[][] {
    const bytes = Buffer.from(cells.bytes);
    return cells.recordEnds.map((end, record) =>
      Array.from({ length: end - (cells.recordEnds[record - 1] ?? 0) }, (_, i) => {
        const at = (cells.recordEnds[record - 1] ?? 0) + i;
        return bytes.toString('utf8', cells.starts[at], cells.ends[at]).replaceAll('""', '"');
      }),
    );
  }
});

describe('csv', () => {
  test('quotes, a byte order mark, line ends of both kinds and empty lines', async () => {
    const path = fileOf('\ufeffid,text\r\n1,"a ""b"", c"\r\n\r\n2,"two\nlines"\n3,plain');
    expect(await rowsOf(source.csv(path))).toEqual([
      { id: 1, text: 'a "b", c' },
      { id: 2, text: 'two\nlines' },
      { id: 3, text: 'plain' },
    ]);
  });

  test('types are found in all rows, and what a number would bend stays text', async () => {
    const path = fileOf(
      'n,b,zip,big,sci,mixed,empty\n1,true,007,12345678901234567890,-1.5e3,1,\n2.5,FALSE,010,1,2,x,\n',
    );
    const { out } = await runOn(memoryStore(), { t: source.csv(path) });
    expect(out.t.columns).toEqual({
      n: 'float64',
      b: 'bool',
      zip: 'text',
      big: 'text',
      sci: 'float64',
      mixed: 'text',
      empty: 'text',
    });
    expect(await out.t.all()).toEqual([
      { n: 1, b: true, zip: '007', big: '12345678901234567890', sci: -1500, mixed: '1', empty: null },
      { n: 2.5, b: false, zip: '010', big: '1', sci: 2, mixed: 'x', empty: null },
    ]);
  });

  test('declared types override, and cells that nobody declared are not read', async () => {
    const path = fileOf(
      'id,n,x,ok,d,at,any,other\n007,12345678901234567890,.5,1,2024-02-29,2024-01-31T10:00Z,"{""a"": 1}",z\n',
    );
    const columns = {
      id: 'text',
      n: 'uint64',
      x: 'float',
      ok: 'bool',
      d: 'date',
      at: 'timestamp',
      any: 'json',
    } as const;
    expect(await rowsOf(source.csv(path, { columns }))).toEqual([
      {
        id: '007',
        n: 12345678901234567890n,
        x: 0.5,
        ok: true,
        d: new Date('2024-02-29T00:00:00Z'),
        at: new Date('2024-01-31T10:00:00Z'),
        any: '{"a":1}',
      },
    ]);
  });

  test('an empty cell is null, one with quotes an empty text; other texts mean null where that is said', async () => {
    const path = fileOf('a,b\n,NA\n"","NA"\n');
    expect(await rowsOf(source.csv(path))).toEqual([
      { a: null, b: 'NA' },
      { a: '', b: 'NA' },
    ]);
    expect(await rowsOf(source.csv(path, { nulls: ['NA'] }))).toEqual([
      { a: '', b: null },
      { a: '', b: 'NA' },
    ]);
  });

  test('without a header, columns are declared in the order of the cells, and that order is in the key', async () => {
    const path = fileOf('x;1\ny;2\n');
    const store = memoryStore();
    const read = (columns: { a: 'text'; b: 'text' } | { b: 'text'; a: 'text' }) =>
      source.csv(path, { columns, header: false, delimiter: ';' });
    expect(await (await runOn(store, { t: read({ a: 'text', b: 'text' }) })).out.t.all()).toEqual([
      { a: 'x', b: '1' },
      { a: 'y', b: '2' },
    ]);
    expect(await (await runOn(store, { t: read({ b: 'text', a: 'text' }) })).out.t.all()).toEqual([
      { b: 'x', a: '1' },
      { b: 'y', a: '2' },
    ]);
    expect(await rowsOf(source.csv(path, { header: false, delimiter: ';' }))).toEqual([
      { column1: 'x', column2: 1 },
      { column1: 'y', column2: 2 },
    ]);
  });

  test('tsv is cut at tabs', async () => {
    expect(await rowsOf(source.tsv(fileOf('a\tb\n1,5\t"x\ty"\n')))).toEqual([{ a: '1,5', b: 'x\ty' }]);
  });

  const broken: readonly [what: string, content: string, says: RegExp][] = [
    ['a row of too few cells', 'a,b\n1,2\n3\n', /:3: the row has 1 cell, and the file has 2 columns/],
    ['a row of too many cells, behind a quoted line end', 'a,b\n"x\ny",2\n3,4,5\n', /:4: the row has 3 cells/],
    ['a cell of another type', 'a,b\n1,2\n3,zwei\n', /:3:3: column b: "zwei" is no number/],
    ['a quote that never ends', 'a,b\n1,"2\n3,4\n', /:2:3: a quote is opened here and never closed/],
    ['a quote in the middle', 'a,b\n1,"2"x\n', /:2:6: a quoted cell goes on behind its closing quote/],
    ['a column that the header lacks', 'a,c\n1,2\n', /the header has no column b, which is declared. It has a, c/],
    ['a name that stands twice', 'a,a\n1,2\n', /the header has "a" twice, as cells 1 and 2/],
  ];
  test.each(broken)('%s is named with its place', async (_what, content, says) => {
    const path = fileOf(content);
    const message = await failure(source.csv(path, { columns: { a: 'text', b: 'float' } }));
    expect(message).toContain(`${path}:`);
    expect(message).toMatch(says);
  });

  test('a file in another encoding is named, not read as other signs', async () => {
    const path = fileOf(Buffer.concat([Buffer.from('a\nx\n'), Buffer.from([0xe9, 10])]));
    expect(await failure(source.csv(path))).toMatch(/:3:1: the row is not UTF-8/);
    expect(await rowsOf(source.csv(path, { onBadRow: 'skip' }))).toEqual([{ a: 'x' }]);
  });

  test('a first row by which every other would be misread is refused', async () => {
    for (const config of [{}, { header: false }, { onBadRow: 'skip' as const }])
      expect(await failure(source.csv(fileOf('a,b\r1,2\r3,4\r'), config))).toMatch(/:1: .* carriage return outside/);
    expect(await failure(source.csv(fileOf(Buffer.from('\ufeffa,b\n1,2\n', 'utf16le'))))).toMatch(/:1: .* not UTF-8/);
    expect(await failure(source.csv(fileOf(Buffer.from('na\xefve\n1\n', 'latin1'))))).toMatch(/:1: .* not UTF-8/);
    expect(await failure(source.csv(fileOf(`${'a,'.repeat(600_000)}b`)))).toMatch(/:1: .* no end within a megabyte/);
    expect(await rowsOf(source.csv(fileOf('a""b,"c""d","e\rf"\n1,2,3\n')))).toEqual([
      { 'a""b': 1, 'c"d': 2, 'e\rf': 3 },
    ]);
  });

  test('a folder is no file', async () => {
    expect(await failure(source.csv(folder, {}))).toMatch(/is a folder, and this source reads one file.*source\.files/);
  });

  test('bad rows are left out and counted where that is said', async () => {
    const t = source.csv(fileOf('a,b\n1,2\n3\n4,x\n5,6\n'), { columns: { a: 'text', b: 'int' }, onBadRow: 'skip' });
    const { out } = await runOn(memoryStore(), { t, skipped: t.skipped });
    expect(await out.t.all()).toEqual([
      { a: '1', b: 2n },
      { a: '5', b: 6n },
    ]);
    expect(out.skipped.value).toBe(2);
  });

  test('numbers are those that a parser gives, to the bit', async () => {
    const numbers = fc.sample(fc.double({ noNaN: true, noDefaultInfinity: true }), { numRuns: 500, seed: 1 });
    const texts = [...numbers.map(String), '0.1', '-0', '123456.789', '999999999999999', '0.000000001', '.5', '5.'];
    const path = fileOf(`x\n${texts.join('\n')}\n`);
    const rows: { x: number }[] = await rowsOf(source.csv(path, { columns: { x: 'float' } }));
    rows.forEach(({ x }, i) => {
      expect(Object.is(x, Number(texts[i]))).toBe(true);
    });
    expect(rows).toHaveLength(texts.length);
  });

  test('a header and nothing else, and nothing at all', async () => {
    expect(await rowsOf(source.csv(fileOf('a,b\n')))).toEqual([]);
    expect(await rowsOf(source.csv(fileOf(''), { columns: { a: 'text' } }))).toEqual([]);
  });

  test.each(['csv', 'jsonl'] as const)(
    '%s larger than what is kept while types are found is read twice, to the same rows',
    async (format) => {
      const rows = Array.from({ length: 30_000 }, (_, id) => ({ id, text: 'x'.repeat(90), n: id % 7 ? id / 8 : null }));
      const csv = `id,text,n\n${rows.map(({ id, text, n }) => `${id},${text},${n ?? ''}`).join('\n')}\n3\n`;
      const path = fileOf(format === 'csv' ? csv : `${rows.map((row) => JSON.stringify(row)).join('\n')}\n[3]\n`);
      const read = async (keep: number) => {
        const bad = new BadRows(path, true);
        const table = await readAs(formatOf(format, {}), { path, declared: undefined, bad, keep, most: MOST_LINE });
        const found: object[] = [];
        for await (const batch of table.batches) found.push(...rowsOfBatch(batch));
        expect(bad.count).toBe(1);
        return { columns: table.columns, found };
      };
      const twice = await read(1 << 20);
      expect(twice).toEqual({ columns: { id: 'float64', text: 'text', n: 'float64' }, found: rows });
      expect(await read(64 << 20)).toEqual(twice);
    },
  );
});
