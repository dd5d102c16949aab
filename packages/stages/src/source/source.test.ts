import { mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type AnyHandle, memoryStore, type Store } from '@millrace/core';
import { remove } from '../../../../jest/remove.js';
import { runOn } from '../testing/run.js';
import { source } from './source.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-source-'));
});
afterAll(() => remove(folder));

let made = 0;
function fileOf(content: string | Uint8Array, extension = 'txt'): string {
  const path = join(folder, `${made++}.${extension}`);
  writeFileSync(path, content);
  return path;
}

const rowsOf = async (t: AnyHandle, store: Store = memoryStore()) => (await runOn(store, { t })).out.t.all();
const failure = async (t: AnyHandle): Promise<string> =>
  rowsOf(t).then(
    () => 'nothing failed',
    (error: Error) => error.message,
  );

describe('jsonl', () => {
  test('declared columns are read, others are not, and every type takes its JSON', async () => {
    const path = fileOf(
      '{"id":"a","n":3,"x":1.5,"ok":true,"d":"2024-02-29","at":"2024-01-31T10:00:00+01:00","any":{"b":[1]},"v":[1,2],"other":1}\n' +
        '\n{"id":"b","n":null,"any":"s"}\r\n',
    );
    const t = source.jsonl(path, {
      columns: {
        id: 'text',
        n: 'int',
        x: 'float',
        ok: 'bool',
        d: 'date',
        at: 'timestamp',
        any: 'json',
        v: { list: 'float32' },
      },
    });
    expect(await rowsOf(t)).toEqual([
      {
        id: 'a',
        n: 3n,
        x: 1.5,
        ok: true,
        d: new Date('2024-02-29T00:00:00Z'),
        at: new Date('2024-01-31T09:00:00Z'),
        any: '{"b":[1]}',
        v: Float32Array.of(1, 2),
      },
      { id: 'b', n: null, x: null, ok: null, d: null, at: null, any: '"s"', v: null },
    ]);
  });

  test('columns that are not declared are found in all rows, also those of a later line', async () => {
    expect(await rowsOf(source.jsonl(fileOf('\ufeff{"a":1}\n{"a":null,"b":{"x":"y"}}')))).toEqual([
      { a: 1, b: null },
      { a: null, b: { x: 'y' } },
    ]);
  });

  test('what was null for megabytes gets its type, and objects their later fields', async () => {
    const lines = Array.from({ length: 30_000 }, () => `{"a":null,"o":{"x":1},"text":"${'z'.repeat(60)}"}`);
    const rows = await rowsOf(source.jsonl(fileOf(`${lines.join('\n')}\n{"a":true,"o":{"y":"v"},"b":2}`)));
    expect(rows).toHaveLength(30_001);
    expect(rows[0]).toEqual({ a: null, o: { x: 1, y: null }, text: 'z'.repeat(60), b: null });
    expect(rows.at(-1)).toEqual({ a: true, o: { x: null, y: 'v' }, text: null, b: 2 });
  });

  test('a time without a zone is UTC wherever it is read', async () => {
    const t = source.jsonl(fileOf('{"at":"2024-01-31 10:00"}'), { columns: { at: 'timestamp' } });
    expect(await rowsOf(t)).toEqual([{ at: new Date('2024-01-31T10:00:00Z') }]);
  });

  const broken: readonly [what: string, line: string, place: string, why: RegExp][] = [
    ['no JSON', '{"a":"x" "b"}', '2:10', /not JSON from/],
    ['JSON that ends early', '{"a":"x"', '2:9', /ends before its JSON does/],
    ['no JSON at all', 'nonsense', '2:1', /not JSON from "nonsense" on/],
    ['JSON with more behind it', '{"a":"x"} {"a":"y"}', '2:11', /not JSON from/],
    ['JSON with a comma too many', '{"a":["x",],"b":{}}', '2:11', /not JSON from "\]/],
    ['no object', '[1]', '2:1', /the line is an array/],
    ['another type', '{"b":1,"a":2}', '2:8', /column a: it holds the number 2, but the column is text/],
  ];
  test.each(broken)('a line that is %s is named by file, line and column', async (_what, line, place, why) => {
    const path = fileOf(`{"a":"x"}\n${line}\n`);
    const message = await failure(source.jsonl(path, { columns: { a: 'text' } }));
    expect(message).toContain(`${path}:${place}: `);
    expect(message).toMatch(why);
    expect(message).toContain("onBadRow: 'skip'");
  });

  test('a line that is not UTF-8 is named, not read as other signs', async () => {
    const path = fileOf(Buffer.concat([Buffer.from('{"a":"x"}\n{"a":"'), Buffer.from([0xe9]), Buffer.from('"}\n')]));
    expect(await failure(source.jsonl(path, { columns: { a: 'text' } }))).toContain(`${path}:2: the line is not UTF-8`);
  });

  test('onBadRow skip leaves bad rows out, counts them and says so', async () => {
    const path = fileOf('{"a":"x"}\n{"a":1}\nnonsense\n{"a":"y"}\n');
    const t = source.jsonl(path, { columns: { a: 'text' }, onBadRow: 'skip' });
    const { out, events } = await runOn(memoryStore(), { t, skipped: t.skipped });
    expect(await out.t.all()).toEqual([{ a: 'x' }, { a: 'y' }]);
    expect(out.skipped.value).toBe(2);
    const said = events.find((event) => event.is === 'notice');
    expect(said).toMatchObject({ text: expect.stringContaining(`2 bad rows left out of ${path}: ${path}:3:1: `) });
  });

  test('a whole number that JSON would round is refused', async () => {
    expect(await failure(source.jsonl(fileOf('{"id":12345678901234567891}')))).toMatch(
      /more digits than a JSON number keeps/,
    );
  });

  test('a column that changes its type is named with its line', async () => {
    const path = fileOf('{"a":1}\n{"a":2}\n{"a":"x"}');
    expect(await failure(source.jsonl(path))).toContain(`${path}:3:2: column a holds "x" here and another type`);
  });

  test('a declared column that no row has is a mistake', async () => {
    const t = source.jsonl(fileOf('{"question":"x"}'), { columns: { qestion: 'text' } });
    expect(await failure(t)).toMatch(/has no qestion: that column is declared, and none of its 1 rows has it/);
  });

  test('an empty file is a table of no rows', async () => {
    expect(await rowsOf(source.jsonl(fileOf(''), { columns: { a: 'text' } }))).toEqual([]);
    expect(await rowsOf(source.jsonl(fileOf('')))).toEqual([]);
  });

  test('long lines across pieces of the file stay whole', async () => {
    const texts = Array.from({ length: 40 }, (_, i) => String.fromCodePoint(0x1f600 + i).repeat(20_000 + i));
    const path = fileOf(texts.map((a) => JSON.stringify({ a })).join('\n'));
    const rows = await rowsOf(source.jsonl(path, { columns: { a: 'text' } }));
    expect(rows.map((row: { a: string }) => row.a)).toEqual(texts);
  });
});

describe('what a source is remembered by', () => {
  test('its content and its format, not its path', async () => {
    const store = memoryStore();
    const path = fileOf('{"a":"x"}\n', 'jsonl');
    const columns = { a: 'text' } as const;
    expect((await runOn(store, { t: source.path(path, { columns }) })).did).toEqual({ t: 'ran' });
    const moved = join(folder, 'moved.jsonl');
    renameSync(path, moved);
    expect((await runOn(store, { t: source.path(moved, { columns }) })).did).toEqual({ t: 'reused' });
    const asText = join(folder, 'moved.txt');
    renameSync(moved, asText);
    const other = await runOn(store, { t: source.path(asText) });
    expect(other.did).toEqual({ t: 'ran' });
    expect(await other.out.t.all()).toEqual([{ text: '{"a":"x"}' }]);
  });

  test('a file that was touched and is equal runs nothing', async () => {
    const store = memoryStore();
    const path = fileOf('{"a":"x"}\n');
    const t = () => ({ t: source.jsonl(path, { columns: { a: 'text' } }) });
    await runOn(store, t());
    writeFileSync(path, '{"a":"x"}\n');
    expect((await runOn(store, t())).did).toEqual({ t: 'reused' });
    writeFileSync(path, '{"a":"y"}\n');
    expect((await runOn(store, t())).did).toEqual({ t: 'ran' });
  });

  test('int and int64 are one type, and the order of columns is none', async () => {
    const store = memoryStore();
    const path = fileOf('{"a":1,"b":"x"}\n');
    await runOn(store, { t: source.jsonl(path, { columns: { a: 'int', b: 'text' } }) });
    const again = await runOn(store, { t: source.jsonl(path, { columns: { b: 'text', a: 'int64' } }) });
    expect(again.did).toEqual({ t: 'reused' });
  });

  test('only the first rows are wanted: the source stops there', async () => {
    const path = fileOf('{"a":"x"}\n{"a":"y"}\n');
    const { out } = await runOn(memoryStore(), { t: source.jsonl(path, { columns: { a: 'text' } }) }, { rows: 1 });
    expect(await out.t.all()).toEqual([{ a: 'x' }]);
  });

  test('a name that says no format is refused', () => {
    expect(() => source.path('data.bin')).toThrow(/does not say how the file is to be read/);
  });
});

describe('json, text', () => {
  test('rows are the array of a document, or what is at a path in it', async () => {
    expect(await rowsOf(source.json(fileOf('[{"a":1},{"a":2}]')))).toEqual([{ a: 1 }, { a: 2 }]);
    expect(await rowsOf(source.json(fileOf('{"data":{"items":[{"a":1}]}}'), { at: 'data.items' }))).toEqual([{ a: 1 }]);
    expect(await failure(source.json(fileOf('{"data":1}')))).toMatch(/has no array at its top, but an object/);
    expect(await failure(source.json(fileOf('[{"a":1},\n{"a" 2}]')))).toMatch(
      /:2:6: the file is not JSON from here on/,
    );
  });

  test('text by line and whole', async () => {
    const path = fileOf('one\r\n\ntwo\n');
    expect(await rowsOf(source.text(path))).toEqual([{ text: 'one' }, { text: '' }, { text: 'two' }]);
    expect(await rowsOf(source.text(path, { by: 'file', into: 'all' }))).toEqual([{ all: 'one\r\n\ntwo\n' }]);
  });
});

describe('rows', () => {
  test('an empty list of rows has the declared columns', async () => {
    const { out } = await runOn(memoryStore(), { t: source.rows([], { columns: { a: 'int' } }) });
    expect(out.t.columns).toEqual({ a: 'int64' });
    expect(await out.t.all()).toEqual([]);
  });
});
