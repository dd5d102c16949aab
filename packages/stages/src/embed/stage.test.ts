import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type Folder, memoryStore, stage } from '@millrace/core';
import { model } from '../models/model.js';
import { writeTinyModels } from '../models/testing/tiny-models.js';
import { rowsSource } from '../source/rows.js';
import { runOn } from '../testing/run.js';
import { remember } from './remember.js';
import { embed } from './stage.js';

const ngram = model('test/ngram', { dimensions: 16 });
const texts = (...all: (string | null)[]) =>
  rowsSource(
    all.map((text) => ({ text })),
    { columns: { text: 'text' } },
  );

describe('embed', () => {
  test('embeds each text once, wherever it stands', async () => {
    const store = memoryStore();
    const first = await runOn(store, { v: embed(texts('a', 'b', 'a', null), { from: 'text', model: ngram }) });
    expect(first.did.v).toBe('ran 3 of 4');
    const rows = await first.out.v.all();
    expect(rows[0].vector).toEqual(rows[2].vector);
    expect(rows[3].vector).toBeNull();
    const other = rowsSource([{ title: 'b' }, { title: 'c' }]);
    expect((await runOn(store, { v: embed(other, { from: 'title', model: ngram, into: 'at' }) })).did.v).toBe(
      'ran 1 of 2',
    );
  });

  test('a prefix is part of the text', async () => {
    const store = memoryStore();
    await runOn(store, { v: embed(texts('query: a'), { from: 'text', model: ngram }) });
    expect(
      (await runOn(store, { v: embed(texts('a'), { from: 'text', model: ngram, prefix: 'query: ' }) })).did.v,
    ).toBe('ran 0 of 1');
  });

  test('a row for which preprocess gives no text has failed, and is not embedded as some word', async () => {
    const preprocess = (text: string) => (text === 'a' ? (undefined as unknown as string) : text);
    const asked = { from: 'text', model: ngram, preprocess, version: 1 } as const;
    const { out } = await runOn(memoryStore(), { v: embed(texts('a', 'b'), asked) });
    expect(
      (await out.v.failures()).map(({ row, message }: { row: number; message: string }) => [row, message]),
    ).toEqual([[0, expect.stringContaining('preprocess of this embed returned undefined, which is no text')]]);
  });
});

describe('remember', () => {
  test('8 of 10 known: 2 embedded, in the order of the caller, equal to the bit', async () => {
    const store = memoryStore();
    const hits: unknown[] = [];
    const remembering = remember(ngram, { store, onHits: (h) => hits.push(h) });
    const ten = Array.from({ length: 10 }, (_, i) => `text ${i}`);
    const eight = await remembering.embed(ten.slice(0, 8));
    const all = await remembering.embed([...ten].reverse());
    expect(hits).toEqual([
      { known: 0, asked: 8, rate: 0 },
      { known: 8, asked: 2, rate: 0.8 },
    ]);
    expect(all.slice(2)).toEqual([...eight].reverse());
    const fresh = await remember(ngram, { store: 'off' }).embed([...ten].reverse());
    expect(all).toEqual(fresh);
  });

  test('shares its keys with the stage', async () => {
    const store = memoryStore();
    await runOn(store, { v: embed(texts('a', 'b'), { from: 'text', model: ngram }) });
    const hits: number[] = [];
    await remember(ngram, { store, onHits: (h) => hits.push(h.asked) }).embed(['b', 'a', 'c']);
    expect(hits).toEqual([1]);
  });

  test('a store that fails is said and does not stop the work', async () => {
    const store = {
      ...memoryStore(),
      journal: () => {
        throw new Error('the disk is full');
      },
    };
    const said: string[] = [];
    const vectors = await remember(ngram, { store, onStoreFailure: (e) => said.push(e.message) }).embed(['a']);
    expect(vectors).toHaveLength(1);
    expect(said).toEqual(['the disk is full']);
  });

  test('a model without a name is refused at once', () => {
    expect(() => remember('', { store: 'off' })).toThrow(/a model needs a name/);
  });
});

describe('a model from a folder stage', () => {
  test('is known by its content: the same files are the same model, others are another', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-weights-'));
    const made = await writeTinyModels(folder);
    const trained = (path: string): Folder =>
      stage({
        kind: {
          name: 'trained',
          version: 1,
          nature: 'pure',
          work: { is: 'whole', parts: () => ({ main: 'folder' }), run: async () => ({ main: { folder: path } }) },
        },
        config: { path },
      });
    const store = memoryStore();
    const embedded = (path: string) => ({
      v: embed(texts('a', 'b'), { from: 'text', model: 'local/trained' }, { weights: trained(path) }),
    });
    expect((await runOn(store, embedded(made['tiny-embed']))).did.v).toBe('ran 2 of 2');
    const copy = join(folder, 'copy');
    cpSync(made['tiny-embed'], copy, { recursive: true });
    expect((await runOn(store, embedded(copy))).did.v).toBe('cut off');
    writeFileSync(join(copy, 'README.md'), 'another model');
    const other = await runOn(memoryStore(), embedded(copy));
    expect(other.did.v).toBe('ran 2 of 2');
    expect(
      (
        await runOn(store, {
          v: embed(texts('a', 'b'), { from: 'text', model: 'local/trained' }, { weights: trained(`${copy}/`) }),
        })
      ).did.v,
    ).toBe('ran 2 of 2');
    rmSync(folder, { recursive: true });
  });
});
