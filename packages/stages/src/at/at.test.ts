import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type FolderOutput, memoryStore } from '@millrace/core';
import { remove } from '../../../../jest/remove.js';
import { keepAt } from './at.js';

let base = '';
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'millrace-at-'));
});
afterEach(() => remove(base));

const shop = () => {
  const store = memoryStore();
  let placed: string[] = [];
  const place = async (object: string, to: string, how: 'link' | 'copy') => {
    if (!to.endsWith('.compared')) placed.push(to.slice(base.length + 1));
    await store.placeFile(object, to, how);
  };
  const output = async (files: Readonly<Record<string, string>>): Promise<FolderOutput> => ({
    is: 'folder',
    digest: JSON.stringify(files),
    bytes: 0,
    files: await Promise.all(
      Object.entries(files).map(async ([path, text]) => ({
        path,
        bytes: text.length,
        object: await store.putBytes(Buffer.from(text)),
      })),
    ),
  });
  /** What was put there by one call. */
  const keep = async (made: FolderOutput, overwrite = false) => {
    placed = [];
    await keepAt(made, { at: 'models/base', overwrite }, { base, place });
    return placed.map((path) => path.replace('models/base/', ''));
  };
  return { store, output, keep };
};

const at = (path: string) => join(base, 'models/base', path);
const edit = (path: string, text: string) => {
  chmodSync(at(path), 0o644);
  writeFileSync(at(path), text);
};
const shown = () =>
  Object.fromEntries(
    (readdirSync(at(''), { recursive: true }) as string[])
      .filter((name) => statSync(at(name)).isFile())
      .map((name) => [name, readFileSync(at(name), 'utf8')]),
  );

describe('an output that stands at a path of the user', () => {
  test('is put there once, and touched files stay as they are', async () => {
    const { output, keep } = shop();
    const made = await output({ 'config.json': '{}', 'sub/weights': 'w' });
    expect(await keep(made)).toEqual(['config.json', 'sub/weights']);
    expect(shown()).toEqual({ 'config.json': '{}', 'sub/weights': 'w' });
    expect(await keep(made)).toEqual([]);
    utimesSync(at('config.json'), 1, 1);
    expect(await keep(made)).toEqual([]);
  });

  test('follows the output, and what is no longer of it goes', async () => {
    const { output, keep } = shop();
    await keep(await output({ a: '1', 'old/b': '2', c: '3' }));
    expect(await keep(await output({ a: '1', c: '4' }))).toEqual(['c']);
    expect(shown()).toEqual({ a: '1', c: '4' });
    expect(existsSync(at('old'))).toBe(false);
  });

  test('never loses an edit of the user unasked', async () => {
    const { output, keep } = shop();
    await keep(await output({ a: '1', b: '2', c: '3' }));
    edit('a', 'mine');
    edit('c', 'mine too');
    const next = await output({ a: '1', b: '22' });
    await expect(keep(next)).rejects.toThrow(
      /models\/base was not brought in step with it: a, c there are not what was put there\. .* overwrite: true/,
    );
    expect(shown()).toEqual({ a: 'mine', b: '2', c: 'mine too' });
    expect(await keep(next, true)).toEqual(['a', 'b']);
    expect(shown()).toEqual({ a: '1', b: '22' });
  });

  test("leaves the user's own files, and takes the same file for what it is", async () => {
    const { output, keep } = shop();
    mkdirSync(at(''), { recursive: true });
    writeFileSync(at('notes.md'), 'my notes');
    writeFileSync(at('a'), '1');
    writeFileSync(at('archive.7z.001.part'), 'mine too');
    const made = await output({ a: '1' });
    expect(await keep(made)).toEqual([]);
    expect(await keep(await output({ a: '2' }))).toEqual(['a']);
    writeFileSync(join(base, 'models/base/b'), 'other');
    await expect(keep(await output({ a: '2', b: '1' }))).rejects.toThrow('b there is not what was put there');
    expect(shown()).toEqual({ a: '2', 'archive.7z.001.part': 'mine too', b: 'other', 'notes.md': 'my notes' });
  });

  test('puts back what was removed', async () => {
    const { output, keep } = shop();
    const made = await output({ a: '1', b: '2' });
    await keep(made);
    rmSync(at('a'));
    expect(await keep(made)).toEqual(['a']);
  });

  test('goes on after a kill in the midst of it', async () => {
    const { store, output, keep } = shop();
    await keep(await output({ a: '1', b: '2', gone: '3' }));
    const next = await output({ a: '11', b: '22' });
    let left = 1;
    const dies = async (object: string, to: string, how: 'link' | 'copy') => {
      if (!to.endsWith('.compared') && left-- === 0) throw new Error('killed');
      await store.placeFile(object, to, how);
    };
    await expect(keepAt(next, { at: 'models/base' }, { base, place: dies })).rejects.toThrow('killed');
    writeFileSync(at('b.77.part'), 'half');
    expect(await keep(await output({ a: '111', b: '22' }))).toEqual(['a', 'b']);
    expect(shown()).toEqual({ a: '111', b: '22' });
  });

  test('follows no link that leads out of the project on the way to it, and one that stays inside', async () => {
    const { output, keep } = shop();
    const made = await output({ a: '1' });
    const elsewhere = mkdtempSync(join(tmpdir(), 'millrace-elsewhere-'));
    symlinkSync(elsewhere, join(base, 'models'));
    await expect(keep(made)).rejects.toThrow(
      /models\/base was not brought in step .* leads out of the project, to \S+base,/,
    );
    expect(readdirSync(elsewhere)).toEqual([]);
    rmSync(join(base, 'models'));
    mkdirSync(join(base, 'real'));
    symlinkSync('real', join(base, 'models'));
    expect(await keep(made)).toEqual(['a']);
    expect(readFileSync(join(base, 'real/base/a'), 'utf8')).toBe('1');
    rmSync(elsewhere, { recursive: true });
  });

  test('says so where nothing can be put', async () => {
    const { output, keep } = shop();
    writeFileSync(join(base, 'models'), 'a file');
    await expect(keep(await output({ a: '1' }))).rejects.toThrow(
      /The output is kept, but models\/base was not brought in step/,
    );
  });
});
