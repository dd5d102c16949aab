import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { memoryStore } from '@millrace/core';
import { source } from '@millrace/stages';
import { folder } from '../files.js';
import { ran } from './world.js';

describe('W8 a name that carries meaning is in the key, and no other', () => {
  const files = (named: Readonly<Record<string, string>>) => {
    const base = folder();
    for (const [name, text] of Object.entries(named)) writeFileSync(join(base, name), text);
    return base;
  };

  test('a file renamed from .txt to .csv is another table', async () => {
    const base = files({ 'data.txt': 'text\na\n', 'data.csv': 'text\na\n' });
    const store = memoryStore();
    const read = async (name: string) => (await ran(store, { t: source.path(name) }, { base })).out.t.all();
    expect([await read('data.txt'), await read('data.csv')]).toEqual([
      [{ text: 'text' }, { text: 'a' }],
      [{ text: 'a' }],
    ]);
  });

  test('files of a folder: their names are content only where they are a column', async () => {
    const base = files({ 'a.md': 'one', 'b.md': 'two' });
    const store = memoryStore();
    const outputs = { plain: source.files('*.md'), named: source.files('*.md', { path: 'name' }) };
    await ran(store, outputs, { base });
    renameSync(join(base, 'b.md'), join(base, 'c.md'));
    const { did, out } = await ran(store, outputs, { base });
    expect(did).toEqual({ plain: 'reused', named: 'ran' });
    expect(await out.named.column('name')).toEqual(['a.md', 'c.md']);
  });
});

describe('W9 the date of a file is believed only where it is old', () => {
  test('one that is written again at once, with as many bytes, is seen each time', async () => {
    const base = folder();
    const store = memoryStore();
    for (let n = 100; n < 140; n++) {
      writeFileSync(join(base, 'data.jsonl'), `{"n":${n}}\n`);
      const { out } = await ran(store, { data: source.jsonl('data.jsonl') }, { base });
      expect(await out.data.column('n')).toEqual([n]);
    }
  });

  test('of one that could be written again within the same tick of the clock, nothing is noted', async () => {
    const base = folder();
    const store = memoryStore();
    const noted: string[] = [];
    const noting = {
      ...store,
      putFact: (name: string, value: unknown) => void (noted.push(name) && store.putFact(name, value)),
    };
    writeFileSync(join(base, 'data.jsonl'), '{"n":1}\n');
    await ran(noting, { data: source.jsonl('data.jsonl') }, { base });
    expect(noted).toContain('last:data');
    expect(noted.filter((name) => name.startsWith('file:'))).toEqual([]);
  });
});
