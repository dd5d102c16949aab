import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { remove } from '../../../jest/remove.js';
import { DamagedError, type Store } from '../../../packages/core/src/index.js';
import type { Opened } from '../opened.js';
import { bytesOf, numbers, readAll, textOf } from '../samples.js';

export const objects = (now: () => Opened): void =>
  describe('objects', () => {
    let store: Store;
    let opened: Opened;
    beforeEach(() => {
      opened = now();
      store = opened.store;
    });

    test('bytes come back, and equal bytes are one object', async () => {
      const object = await store.putBytes(bytesOf('hello'));
      expect(await store.putBytes(bytesOf('hello'))).toBe(object);
      expect(await store.putBytes(bytesOf('other'))).not.toBe(object);
      expect(textOf(await store.getBytes(object))).toBe('hello');
      expect(textOf(await (await opened.restart()).getBytes(object))).toBe('hello');
    });

    test('no bytes are an object too', async () => {
      expect((await store.getBytes(await store.putBytes(new Uint8Array(0)))).length).toBe(0);
    });

    test('the caller may use its buffer again', async () => {
      const bytes = bytesOf('hello');
      const object = await store.putBytes(bytes);
      bytes.fill(0);
      expect(textOf(await store.getBytes(object))).toBe('hello');
    });

    test('rows come back by batch and column', async () => {
      const columns = { n: 'float64', text: 'text' } as const;
      const batches = [numbers(0, 3), numbers(3, 2)];
      const { object, rows, bytes } = await store.putRows(batches, columns, 'auto');
      expect(rows).toBe(5);
      expect(bytes).toBeGreaterThan(0);
      const reader = await (await opened.restart()).openRows(object);
      expect(reader.batches.reduce((sum, each) => sum + each, 0)).toBe(5);
      expect(await readAll(reader, ['n', 'text'])).toEqual({
        n: [0, 1, 2, 3, 4],
        text: ['t0', 't1', 't2', 't3', 't4'],
      });
      expect([...(await reader.read(0, ['text'])).columns.keys()]).toEqual(['text']);
      await reader.close();
    });

    test('rows may come from an async source, and there may be none', async () => {
      const none = (async function* () {})();
      const { object, rows } = await store.putRows(none, { n: 'float64' }, 'auto');
      expect(rows).toBe(0);
      expect(await readAll(await store.openRows(object), ['n'])).toEqual({ n: [] });
    });

    test('equal rows are one object', async () => {
      const put = () => store.putRows([numbers(0, 10)], { n: 'float64', text: 'text' }, 'auto');
      expect((await put()).object).toBe((await put()).object);
    });

    test('a source that fails leaves nothing', async () => {
      const failing = (async function* () {
        yield numbers(0, 3);
        throw new Error('the source broke');
      })();
      await expect(store.putRows(failing, { n: 'float64', text: 'text' }, 'auto')).rejects.toThrow('the source broke');
    });

    test('what is missing is seen by name, and damaged when it is read', async () => {
      const here = await store.putBytes(bytesOf('here'));
      const gone = await store.putBytes(bytesOf('gone'));
      const rows = await store.putRows([numbers(0, 3)], { n: 'float64', text: 'text' }, 'auto');
      opened.lose(gone);
      opened.lose(rows.object);
      expect(store.missing([here, gone, rows.object])).toEqual([gone, rows.object]);
      await expect(store.getBytes(gone)).rejects.toBeInstanceOf(DamagedError);
      await expect(store.openRows(rows.object)).rejects.toBeInstanceOf(DamagedError);
      expect(store.noticed().map((each) => each.object)).toEqual([gone, rows.object]);
      expect(store.noticed()).toEqual([]);
      expect(await store.putBytes(bytesOf('gone'))).toBe(gone);
      expect(store.missing([gone])).toEqual([]);
    });
  });

export const folders = (now: () => Opened): void =>
  describe('folders', () => {
    let store: Store;
    let opened: Opened;
    let folder: string;
    beforeEach(() => {
      opened = now();
      store = opened.store;
      folder = mkdtempSync(join(tmpdir(), 'millrace-contract-'));
    });
    afterEach(() => remove(folder));

    test.each(['link', 'copy'] as const)('a file is taken over and placed by %s, read-only', async (how) => {
      writeFileSync(join(folder, 'model.bin'), 'weights');
      const { object, bytes } = await store.putFile(join(folder, 'model.bin'));
      writeFileSync(join(folder, 'model.bin'), 'changed since');
      expect(bytes).toBe(7);
      const to = join(folder, 'out', 'deep', 'model.bin');
      await store.placeFile(object, to, how);
      expect(readFileSync(to, 'utf8')).toBe('weights');
      expect(statSync(to).mode & 0o777).toBe(0o444);
      await store.placeFile(object, to, how);
      expect(readFileSync(to, 'utf8')).toBe('weights');
      expect(store.missing([object])).toEqual([]);
    });

    test('what can be run can be run where it is placed', async () => {
      writeFileSync(join(folder, 'tool'), '#!/bin/sh\n', { mode: 0o755 });
      const { object } = await store.putFile(join(folder, 'tool'));
      await store.placeFile(object, join(folder, 'placed'), 'copy');
      expect(statSync(join(folder, 'placed')).mode & 0o777).toBe(0o555);
    });

    test('a lost file is damaged, not placed', async () => {
      writeFileSync(join(folder, 'a'), 'content');
      const { object } = await store.putFile(join(folder, 'a'));
      opened.lose(object);
      await expect(store.placeFile(object, join(folder, 'b'), 'copy')).rejects.toBeInstanceOf(DamagedError);
    });
  });
