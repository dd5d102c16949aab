import { chmodSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type Columns, DamagedError, type Segment, TableReader } from '@millrace/core';
import { digestOf, entryOf, numbers, readAll, segmentOf } from '../../../test/contract/samples.js';
import { type FileStore, openStore } from '../src/index.js';
import { folders } from './process/start.js';

const at = folders();
const COLUMNS: Columns = { n: 'float64', text: 'text' };
const fingerprint = 'ab'.repeat(16);

const path = (object: string) => join(at.root, 'objects', object.slice(0, 2), object);
const put = (store: FileStore, from: number, format: 'arrow' | 'parquet' | 'jsonl' = 'arrow') =>
  store.putRows([numbers(from, 100)], COLUMNS, format);

const swap = (one: string, other: string) => {
  renameSync(one, `${one}.aside`);
  renameSync(other, one);
  renameSync(`${one}.aside`, other);
};

const first = async (store: FileStore, object: string, checks?: string) =>
  (await readAll(await store.openRows(object, checks), ['n'])).n?.[0];

describe.each(['arrow', 'parquet', 'jsonl'] as const)('two %s objects that were swapped', (format) => {
  test.each([
    ['with their checks, and a record names those', ['', '.sum'], true],
    ['with their checks, and no record names those (0.1)', ['', '.sum'], false],
    ['alone, and a record names the checks', [''], true],
    ['alone, and no record names the checks', [''], false],
  ] as const)('%s: noticed by who reads them, and by verify', async (_what, ends, named) => {
    const made = openStore(at.root);
    const [one, other] = [await put(made, 0, format), await put(made, 1000, format)];
    await made.close();
    for (const end of ends) swap(`${path(one.object)}${end}`, `${path(other.object)}${end}`);
    const store = openStore(at.root);
    await expect(first(store, one.object, named ? one.checks : undefined)).rejects.toThrow(DamagedError);
    expect(store.missing([one.object])).toEqual([one.object]);
    expect((await store.verify()).damaged.map(({ object }) => object)).toContain(other.object);
    expect(store.missing([other.object])).toEqual([other.object]);
    expect((await put(store, 0, format)).object).toBe(one.object);
    expect(await first(store, one.object, one.checks)).toBe(0);
    await store.close();
  });
});

describe('the checks of an object', () => {
  test('are named by the segment that is written', async () => {
    const store = openStore(at.root);
    const { checks, object } = await put(store, 0);
    const bytes = readFileSync(`${path(object)}.sum`);
    expect(checks).toBe(bytes.subarray(-32).toString('hex'));
    await store.close();
  });

  test('were swapped alone: the object is good, and they are made again', async () => {
    const store = openStore(at.root);
    const [one, other] = [await put(store, 0), await put(store, 1000)];
    const good = readFileSync(`${path(one.object)}.sum`);
    swap(`${path(one.object)}.sum`, `${path(other.object)}.sum`);
    expect(await first(store, one.object, one.checks)).toBe(0);
    expect(store.noticed()).toEqual([{ object: one.object, what: expect.stringContaining('made again') }]);
    expect(readFileSync(`${path(one.object)}.sum`)).toEqual(good);
    await store.close();
  });

  test('are compared by verify with those that records name', async () => {
    const store = openStore(at.root);
    const [one, other] = [await put(store, 0), await put(store, 1000)];
    const segment: Segment = { ...segmentOf(100), columns: COLUMNS, data: one.object, checks: one.checks as string };
    const columns = [{ name: 'n', type: 'float64' as const, digest: digestOf('other'), group: 0, stored: 'n' }];
    const table = { is: 'table' as const, rows: 100, columns, groups: [{ segments: [segment], maps: [] }], failed: 0 };
    store.commit(entryOf(fingerprint, { parts: { main: table } }), {});
    expect((await store.verify()).damaged).toEqual([]);
    rmSync(`${path(one.object)}.sum`);
    writeFileSync(`${path(one.object)}.sum`, readFileSync(`${path(other.object)}.sum`));
    expect((await store.verify()).damaged).toEqual([
      { object: `${one.object}.sum`, what: expect.stringContaining('its record names') },
    ]);
    const reader = new TableReader(table, store);
    expect((await reader.window(['n'], 0, 1)).rows).toBe(1);
    await reader.close();
    // The digest of the column is not that of its values: only whoever reads them can see that.
    expect((await store.verify()).damaged.filter(({ object }) => object.startsWith('records'))).toEqual([]);
    expect((await store.verify({ deep: true })).damaged).toContainEqual({
      object: `records/ab/${fingerprint}/000000000001.json`,
      what: 'column "n" of main holds other values than the record says',
    });
    await store.close();
  });
});

test('who may read an object is said by the umask, as for any file', async () => {
  const before = process.umask(0o077);
  try {
    const store = openStore(at.root);
    const bytes = await store.putBytes(Buffer.from('private'));
    const script = join(at.root, '..', 'script');
    writeFileSync(script, '#!/bin/sh');
    chmodSync(script, 0o755);
    const { object: program } = await store.putFile(script);
    const { object: rows } = await put(store, 0);
    const modes = [bytes, rows, program].map((object) => statSync(path(object)).mode & 0o777);
    expect(modes).toEqual([0o400, 0o400, 0o500]);
    await store.close();
  } finally {
    process.umask(before);
  }
});
