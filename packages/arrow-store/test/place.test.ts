import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DamagedError } from '@millrace/core';
import { remove } from '../../../jest/remove.js';
import { type FileStore, openStore } from '../src/index.js';

let base = '';
let store: FileStore;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'millrace-place-'));
  store = openStore(join(base, 'store'));
});
afterEach(async () => {
  await store.close();
  remove(base);
});

const at = (path: string) => join(base, path);
const put = async (text: string): Promise<string> => {
  writeFileSync(at('given'), text);
  return (await store.putFile(at('given'))).object;
};
const text = (path: string) => readFileSync(at(path), 'utf8');
const write = (path: string, content: string) => {
  chmodSync(at(path), 0o644);
  writeFileSync(at(path), content);
};

describe('a file that is placed', () => {
  test('is one with the store by link, and its own by copy; both are read-only', async () => {
    const object = await put('weights');
    for (const path of ['a/x', 'a/y', 'b/deep/x']) await store.placeFile(object, at(path), 'link');
    await store.placeFile(object, at('c/x'), 'copy');
    expect(new Set(['a/x', 'a/y', 'b/deep/x'].map((path) => statSync(at(path)).ino)).size).toBe(1);
    expect(statSync(at('c/x')).nlink).toBe(1);
    for (const path of ['a/x', 'b/deep/x', 'c/x'])
      expect([text(path), statSync(at(path)).mode & 0o777]).toEqual(['weights', 0o444]);
  });

  test('takes the place of what stood there, and of a folder that went away', async () => {
    const [one, other] = [await put('one'), await put('other')];
    await store.placeFile(one, at('a/x'), 'link');
    await store.placeFile(other, at('b/x'), 'link');
    await store.placeFile(other, at('a/x'), 'link');
    expect([text('a/x'), text('b/x')]).toEqual(['other', 'other']);
    rmSync(at('a'), { recursive: true });
    await store.placeFile(one, at('a/x'), 'link');
    rmSync(at('a'), { recursive: true });
    await store.placeFile(one, at('a/x'), 'link');
    expect(text('a/x')).toBe('one');
  });

  const edits: readonly (readonly [string, string])[] = [
    ['of another length', 'longer than it was'],
    ['of the same length', 'WEIGHTS'],
  ];
  test.each(edits)('was written into (%s): the store notices before it places it again', async (_what, edit) => {
    const object = await put('weights');
    await store.placeFile(object, at('a/x'), 'link');
    await store.placeFile(object, at('b/x'), 'link');
    await new Promise((resolve) => setTimeout(resolve, 15));
    write('b/x', edit);
    await expect(store.placeFile(object, at('c/x'), 'link')).rejects.toBeInstanceOf(DamagedError);
    expect(existsSync(at('c/x'))).toBe(false);
    expect(store.missing([object])).toEqual([object]);
    expect(store.noticed()).toEqual([{ object, what: 'its content is not what its name says' }]);
    expect(await put('weights')).toBe(object);
    await store.placeFile(object, at('c/x'), 'link');
    expect([text('c/x'), text('b/x')]).toEqual(['weights', edit]);
  });

  test('was only made writable or touched: it is read again, and read-only again', async () => {
    const object = await put('weights');
    await store.placeFile(object, at('a/x'), 'link');
    await store.placeFile(object, at('b/x'), 'link');
    chmodSync(at('a/x'), 0o666);
    utimesSync(at('a/x'), 1, 1);
    await store.placeFile(object, at('c/x'), 'link');
    expect([text('c/x'), statSync(at('a/x')).mode & 0o777]).toEqual(['weights', 0o444]);
  });

  test('was swept into the trash a moment ago: it comes back', async () => {
    const object = await put('weights');
    await store.placeFile(object, at('a/x'), 'link');
    mkdirSync(at('store/trash'), { recursive: true });
    renameSync(at(`store/objects/${object.slice(0, 2)}/${object}`), at(`store/trash/${object}`));
    await store.placeFile(object, at('b/x'), 'link');
    expect(text('b/x')).toBe('weights');
  });
});
