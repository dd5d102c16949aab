import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { writeRows } from '@millrace/arrow-store/formats';
import { type AnyHandle, buildBatch, type Columns, type MemoryStore, memoryStore, secret } from '@millrace/core';
import { remove } from '../../../../jest/remove.js';
import { map } from '../map/stage.js';
import { runOn } from '../testing/run.js';
import { source } from './source.js';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'millrace-places-'));
});
afterAll(() => remove(root));

let made = 0;
const freshFolder = (): string => {
  const folder = join(root, String(made++));
  mkdirSync(folder);
  return folder;
};
const put = (folder: string, files: Readonly<Record<string, string | Uint8Array>>): void => {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
};
const rowsOf = async (t: AnyHandle) => (await runOn(memoryStore(), { t })).out.t.all();
const failure = (t: AnyHandle) =>
  rowsOf(t).then(
    () => 'nothing failed',
    (error: Error) => error.message,
  );

describe('files', () => {
  const calls: string[] = [];
  const lengths = (path: string) =>
    map(source.files(path), {
      reads: ['text'],
      version: '1',
      columns: { length: 'float64' },
      run: ({ text }) => {
        calls.push(text);
        return { length: text.length };
      },
    });

  test('adding a file adds a row, and just that one is computed below', async () => {
    const [store, folder] = [memoryStore(), freshFolder()];
    put(folder, { 'a.md': 'one', 'deep/c.md': 'three', 'skip.txt': 'no', '.hidden/d.md': 'no' });
    const glob = join(folder, '**/*.md');
    const first = await runOn(store, { t: lengths(glob) });
    expect(await first.out.t.column('text')).toEqual(['one', 'three']);
    put(folder, { 'b.md': 'two!' });
    calls.length = 0;
    const more = await runOn(store, { t: lengths(glob) });
    expect(await more.out.t.column('length')).toEqual([3, 4, 5]);
    expect(calls).toEqual(['two!']);
  });

  test('a file that was touched and is equal runs nothing; nor does a new name in the same place', async () => {
    const [store, folder] = [memoryStore(), freshFolder()];
    put(folder, { 'a.md': 'one', 'b.md': 'two' });
    await runOn(store, { t: lengths(folder) });
    put(folder, { 'a.md': 'one' });
    renameSync(join(folder, 'b.md'), join(folder, 'z.md'));
    const again = await runOn(store, { t: lengths(`${folder}/`) });
    expect(again.did).toEqual({ t: 'reused', files: 'reused' });
  });

  test('a path is content where a column is asked for it', async () => {
    const [store, folder] = [memoryStore(), freshFolder()];
    put(folder, { 'a.md': 'one', 'sub/b.md': 'two' });
    const of = () => ({ t: source.files(folder, { path: 'file', into: 'content', as: 'binary' }) });
    expect(await (await runOn(store, of())).out.t.all()).toEqual([
      { file: 'a.md', content: Uint8Array.from(Buffer.from('one')) },
      { file: 'sub/b.md', content: Uint8Array.from(Buffer.from('two')) },
    ]);
    renameSync(join(folder, 'a.md'), join(folder, 'aa.md'));
    const renamed = await runOn(store, of());
    expect(renamed.did['t']).toBe('ran');
    expect(await renamed.out.t.column('file')).toEqual(['aa.md', 'sub/b.md']);
  });

  test('either of several endings, one character, and no folder at all', async () => {
    const folder = freshFolder();
    put(folder, { 'a1.md': '1', 'a2.txt': '2', 'a10.md': '3', 'b.csv': '4' });
    expect(await rowsOf(source.files(join(folder, 'a?.{md,txt}')))).toEqual([{ text: '1' }, { text: '2' }]);
    expect(await failure(source.files(join(folder, 'none')))).toMatch(/is no folder, so that there are no files in it/);
    expect(() => source.files(folder, { into: 'x', path: 'x' })).toThrow(/in one column, x/);
  });
});

describe('arrow and parquet', () => {
  const columns: Columns = { id: 'int64', x: 'float32', text: 'text', v: { fixed: 'float32', size: 2 } };
  const rows = [
    { id: 1n, x: 0.5, text: 'a', v: Float32Array.of(1, 2) },
    { id: 2n, x: null, text: null, v: null },
  ];

  test.each(['arrow', 'parquet'] as const)('%s that is damaged is named, with the way out', async (format) => {
    const folder = freshFolder();
    const good = join(folder, `good.${format}`);
    const types: Columns = { a: 'text', b: 'float64' };
    await writeRows(good, [buildBatch([{ a: 'x'.repeat(5000), b: 1 }], types)], types, format);
    const bytes = readFileSync(good);
    for (const [name, content] of Object.entries({
      none: Buffer.alloc(0),
      other: Buffer.from('{"a":1}\n'),
      half: bytes.subarray(0, bytes.length / 2),
      magic: bytes.subarray(0, 8),
    })) {
      writeFileSync(join(folder, `${name}.${format}`), content);
      const said = await failure(source[format](join(folder, `${name}.${format}`)));
      expect([name, said]).toEqual([
        name,
        expect.stringMatching(
          new RegExp(`${name}\\.${format} (cannot be read as|is no) .*(Write it again|Check the file)`, 's'),
        ),
      ]);
    }
  });

  test.each(['arrow', 'parquet'] as const)('%s is read with its types, whole or by column', async (format) => {
    const path = join(freshFolder(), `data.${format}`);
    await writeRows(path, [buildBatch(rows, columns)], columns, format);
    expect(await rowsOf(source.path(path))).toEqual(rows);
    expect(await rowsOf(source[format](path, { columns: { text: 'text', id: 'int' } }))).toEqual(
      rows.map(({ id, text }) => ({ id, text })),
    );
    expect(await failure(source[format](path, { columns: { id: 'text' } }))).toMatch(
      /column id is int64 in the file and text in columns/,
    );
    expect(await failure(source[format](path, { columns: { nope: 'text' } }))).toMatch(/nope/);
  });
});

describe('hf', () => {
  const features = {
    text: { dtype: 'string', _type: 'Value' },
    label: { names: ['bad', 'good'], _type: 'ClassLabel' },
  };
  async function split(folder: string, shards: readonly (readonly { text: string; label: bigint }[])[]): Promise<void> {
    mkdirSync(folder, { recursive: true });
    const columns: Columns = { text: 'text', label: 'int64' };
    const names = shards.map((_, i) => `data-0000${i}-of-0000${shards.length}.arrow`);
    for (const [i, rows] of shards.entries())
      await writeRows(join(folder, names[i] as string), [buildBatch(rows, columns)], columns, 'arrow');
    put(folder, {
      'state.json': JSON.stringify({ _data_files: names.map((filename) => ({ filename })), _split: 'x' }),
      'dataset_info.json': JSON.stringify({ features }),
    });
  }

  test('splits one behind the other, or one of them; class labels as texts; a new shard is seen', async () => {
    const folder = freshFolder();
    await split(join(folder, 'train'), [[{ text: 'a', label: 1n }], [{ text: 'b', label: 0n }]]);
    await split(join(folder, 'test'), [[{ text: 'c', label: -1n }]]);
    put(folder, { 'dataset_dict.json': JSON.stringify({ splits: ['train', 'test'] }) });
    const store = memoryStore();
    const all = await runOn(store, { t: source.hf(folder, { into: 'split' }) });
    expect(await all.out.t.all()).toEqual([
      { text: 'a', label: 'good', split: 'train' },
      { text: 'b', label: 'bad', split: 'train' },
      { text: 'c', label: null, split: 'test' },
    ]);
    expect(all.out.t.output.splits).toEqual([
      ['train', 2],
      ['test', 1],
    ]);
    expect(await rowsOf(source.hf(folder, { split: 'test' }))).toEqual([{ text: 'c', label: null }]);
    await split(join(folder, 'test'), [[{ text: 'd', label: 1n }]]);
    expect((await runOn(store, { t: source.hf(folder, { into: 'split' }) })).did['t']).toBe('ran');
    expect(await failure(source.hf(folder, { split: 'dev' }))).toMatch(/has no split dev; it has train, test/);
  });

  test('one data set without splits, and a folder that is none', async () => {
    const folder = freshFolder();
    await split(folder, [[{ text: 'a', label: 0n }]]);
    expect(await rowsOf(source.hf(folder))).toEqual([{ text: 'a', label: 'bad' }]);
    expect(await failure(source.hf(freshFolder()))).toMatch(
      /is no data set as datasets saves it: it has no state.json/,
    );
  });
});

describe('url', () => {
  let server: Server;
  let state: { body: string; etag: string | undefined; status: number; cut: boolean; asked: string[]; keys: unknown[] };
  let base: string;
  beforeAll(async () => {
    state = { body: '', etag: undefined, status: 200, cut: false, asked: [], keys: [] };
    server = createServer((request, response) => {
      const known = state.etag !== undefined && request.headers['if-none-match'] === state.etag;
      state.asked.push(known ? '304' : String(state.status));
      state.keys.push(request.headers['authorization']);
      response.writeHead(known ? 304 : state.status, state.etag ? { etag: state.etag } : {});
      if (!state.cut) return void response.end(known ? undefined : state.body);
      response.write(state.body);
      setTimeout(() => response.destroy(), 20);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  test('asks by ETag, keeps what it got, and works offline from there', async () => {
    const [store, keep] = [memoryStore(), freshFolder()];
    Object.assign(state, { body: '{"a":"x"}\n', etag: '"1"', asked: [] });
    const of = (offline = false) => ({
      t: source.url(
        `${base}/data.jsonl?v=1`,
        { columns: { a: 'text' } },
        { keep, offline, headers: { authorization: secret.value('key') } },
      ),
    });
    expect(await (await runOn(store, of())).out.t.all()).toEqual([{ a: 'x' }]);
    expect(state.keys.at(-1)).toBe('key');
    expect((await runOn(store, of())).did['t']).toBe('reused');
    expect(state.asked).toEqual(['200', '304']);
    expect((await runOn(memoryStore(), of(true))).did['t']).toBe('ran');
    expect(state.asked).toHaveLength(2);
    Object.assign(state, { body: '{"a":"y"}\n', etag: '"2"' });
    const changed = await runOn(store, of());
    expect(changed.did['t']).toBe('ran');
    expect(await changed.out.t.all()).toEqual([{ a: 'y' }]);
  });

  test('the same bytes at another address, or in a file, are the same table', async () => {
    const [store, folder] = [memoryStore(), freshFolder()];
    Object.assign(state, { body: '{"a":"x"}\n', etag: undefined });
    const columns = { a: 'text' } as const;
    await runOn(store, { t: source.url(`${base}/one.jsonl`, { columns }, { keep: folder }) });
    expect((await runOn(store, { t: source.url(`${base}/two.jsonl`, { columns }, { keep: folder }) })).did['t']).toBe(
      'reused',
    );
    put(folder, { 'x.jsonl': '{"a":"x"}\n' });
    expect((await runOn(store, { t: source.jsonl(join(folder, 'x.jsonl'), { columns }) })).did['t']).toBe('reused');
  });

  test('what was kept counts where nobody answers, and the run says so each time, with the reason', async () => {
    const [store, keep] = [memoryStore(), freshFolder()];
    const away = createServer((_, response) => response.end('{"a":"x"}\n'));
    await new Promise<void>((resolve) => away.listen(0, '127.0.0.1', resolve));
    const { port } = away.address() as AddressInfo;
    const of = (offline = false) => ({
      t: source.url(`http://127.0.0.1:${port}/a.jsonl`, { columns: { a: 'text' } }, { keep, offline }),
    });
    const notices = async (on: MemoryStore, offline = false) =>
      (await runOn(on, of(offline))).events.flatMap((event) => (event.is === 'notice' ? [event.text] : []));
    expect(await notices(store)).toEqual([]);
    away.closeAllConnections();
    await new Promise((resolve) => away.close(resolve));
    for (const on of [store, store, memoryStore()])
      expect(await notices(on)).toEqual([
        expect.stringMatching(
          /a\.jsonl cannot be read now: nobody answers \(.*ECONNREFUSED.*kept on 20\d\d-.* may be older/,
        ),
      ]);
    expect(await notices(store, true)).toEqual([]);
    const again = createServer((_, response) => response.end('{"a":"y"}\n'));
    await new Promise<void>((resolve) => again.listen(port, '127.0.0.1', resolve));
    expect(await notices(store)).toEqual([]);
    expect(await (await runOn(store, of())).out.t.all()).toEqual([{ a: 'y' }]);
    again.closeAllConnections();
    again.close();
  });

  test('an answer that breaks off is none: nothing half is kept, and what was kept counts', async () => {
    const [store, keep] = [memoryStore(), freshFolder()];
    Object.assign(state, { body: '{"a":"x"}\n', etag: undefined, status: 200, cut: false });
    const of = () => ({ t: source.url(`${base}/cut.jsonl`, { columns: { a: 'text' } }, { keep }) });
    await runOn(store, of());
    Object.assign(state, { body: '{"a":"y"}\n', cut: true });
    const { out, events } = await runOn(store, of());
    expect(await out.t.all()).toEqual([{ a: 'x' }]);
    expect(events.filter((event) => event.is === 'notice')).toHaveLength(1);
    expect(readdirSync(keep).filter((name) => name.endsWith('.part'))).toEqual([]);
    expect(await failure(source.url(`${base}/other.jsonl`, {}, { keep }))).toMatch(
      /other.jsonl cannot be read: nobody/,
    );
    Object.assign(state, { cut: false });
  });

  test('an answer that is none, and nothing kept', async () => {
    Object.assign(state, { status: 404 });
    const keep = freshFolder();
    expect(await failure(source.url(`${base}/gone.csv`, {}, { keep }))).toMatch(
      /gone.csv cannot be read: the server answered 404/,
    );
    expect(await failure(source.url(`${base}/gone.csv`, {}, { keep, offline: true }))).toMatch(
      /nothing of it was kept/,
    );
    Object.assign(state, { status: 200 });
  });
});

describe('generator', () => {
  test('rows of a function, one by one or many; its config and version are in the key', async () => {
    const store = memoryStore();
    const of = (count: number, version = '1') =>
      source.generator({
        columns: { n: 'int', any: 'json' },
        with: { count },
        version,
        run: async function* ({ count: most }) {
          yield { n: 0, any: null };
          yield Array.from({ length: most }, (_, i) => ({ n: i + 1, any: JSON.stringify([i]) }));
        },
      });
    expect(await (await runOn(store, { t: of(2) })).out.t.column('n')).toEqual([0n, 1n, 2n]);
    expect((await runOn(store, { t: of(2) })).did['t']).toBe('reused');
    expect((await runOn(store, { t: of(3) })).did['t']).toBe('ran');
    expect((await runOn(store, { t: of(2, '2') })).did['t']).toBe('ran');
  });

  test('a row that does not fit its columns ends it, with the column', async () => {
    const t = source.generator({ columns: { n: 'int' }, version: '1', run: () => [{ n: 1.5 }] });
    expect(await failure(t)).toMatch(/Column "n", row 0, holds the number 1.5/);
  });

  test.each([
    [() => 5, /returned 5, which gives no rows/],
    [() => undefined, /returned nothing, which gives no rows/],
    [() => [5], /gave 5, which is no row/],
    [() => [null], /gave null, which is no row/],
  ])('what gives no rows is said: %s', async (run, said) => {
    const t = source.generator({ columns: { n: 'int' }, version: '1', run: run as never });
    expect(await failure(t)).toMatch(said);
  });

  test('it is not asked for more rows than are wanted', async () => {
    const given: number[] = [];
    const t = source.generator({
      columns: { n: 'int' },
      version: '1',
      run: function* () {
        for (let n = 0; ; n++) {
          given.push(n);
          yield { n };
        }
      },
    });
    const { out } = await runOn(memoryStore(), { t }, { rows: 10 });
    expect(out.t.count).toBe(10);
    expect(given.length).toBeLessThan(5000);
  });
});
