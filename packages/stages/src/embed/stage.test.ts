import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { openStore } from '@millrace/arrow-store';
import { type Folder, memoryStore, stage } from '@millrace/core';
import { aiModel } from '../models/ai-sdk.js';
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

describe('a text that the model cannot read', () => {
  test('fails alone, whatever was sent with it, and is asked no more', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-long-'));
    const { 'tiny-embed': path } = await writeTinyModels(folder);
    const local = model(`local/${path}`);
    const some = Array.from({ length: 70 }, (_, i) => (i === 7 ? 'x'.repeat(3000) : `text ${i}`));
    const store = memoryStore();
    const run = (these: readonly string[]) =>
      runOn(store, { v: embed(texts(...these), { from: 'text', model: local }) });
    const { out } = await run(some);
    expect((await out.v.failures()).map(({ row }: { row: number }) => row)).toEqual([7]);
    const shorter = await run(some.filter((_, i) => i !== 7));
    expect([shorter.did.v, shorter.out.v.failed]).toEqual(['ran 0 of 69', 0]);
    rmSync(folder, { recursive: true });
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

  test.each([
    ['', /a model needs a name/],
    [
      { specificationVersion: 'v3', provider: 'mine', modelId: 'm', doEmbed: () => [] },
      /mine\/m.*aiModel\(it, \{ endpoint/,
    ],
    [undefined, /model is undefined, which is no model/],
    [{ embed: () => [] }, /model is \{ embed: \[Function: embed\] \}, which is no model/],
  ])('what is no model, or has no name, is refused at once: %j', (given, says) => {
    expect(() => remember(given as never, { store: 'off' })).toThrow(says);
  });

  /** Counts what it is asked, and answers when it is told to. */
  const counting = () => {
    const asked: string[][] = [];
    const answers: (() => void)[] = [];
    const sdk = {
      specificationVersion: 'v3',
      provider: 'mine',
      modelId: 'm',
      maxEmbeddingsPerCall: 99,
      doEmbed: async ({ values }: { values: string[] }) => {
        asked.push(values);
        await new Promise<void>((answer) => answers.push(answer));
        if (values.includes('bad')) throw new Error('it is bad');
        return { embeddings: values.map((text) => [text.length, 1]), usage: { tokens: 1 } };
      },
    };
    const told = async (calls: number) => {
      while (answers.length < calls) await new Promise((later) => setImmediate(later));
      for (const answer of answers.splice(0)) answer();
    };
    return { model: aiModel(sdk, { endpoint: 'http://mine.example/' }), asked, told };
  };

  test('texts that are asked for at once are one call, and one that is under way is not asked again', async () => {
    const { model, asked, told } = counting();
    const remembering = remember(model, { store: memoryStore() });
    const first = Promise.all(['a', 'bb', 'a', 'a'].map((text) => remembering.embed([text])));
    while (asked.length === 0) await new Promise((later) => setImmediate(later));
    const second = remembering.embed(['bb', 'ccc']);
    await told(1);
    expect((await first).map(([vector]) => [...(vector as Float32Array)])).toEqual([
      [1, 1],
      [2, 1],
      [1, 1],
      [1, 1],
    ]);
    await told(1);
    expect((await second).map((vector) => vector[0])).toEqual([2, 3]);
    expect(asked).toEqual([['a', 'bb'], ['ccc']]);
  });

  test('what fails is the failure of who asked for it, and who stops waits no longer', async () => {
    const { model, told } = counting();
    const remembering = remember(model, { store: memoryStore() });
    const stop = new AbortController();
    const calls = [
      remembering.embed(['good']),
      remembering.embed(['bad']),
      remembering.embed(['late'], { signal: stop.signal }),
    ];
    const ended = Promise.allSettled(calls);
    stop.abort(new Error('enough'));
    await told(1);
    await told(2);
    const [good, bad, late] = await ended;
    expect(good).toMatchObject({ status: 'fulfilled', value: [new Float32Array([4, 1])] });
    expect([bad, late].map((each) => (each as PromiseRejectedResult).reason.message)).toEqual([
      expect.stringContaining('it is bad'),
      'enough',
    ]);
  });

  test('one text a call makes few files, and all are found again, by a stage too', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-remember-'));
    const store = openStore(join(folder, 'store'));
    const remembering = remember(ngram, { store });
    const all = Array.from({ length: 150 }, (_, i) => `text ${i}`);
    for (const text of all) await remembering.embed([text]);
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
    expect(files.length).toBeLessThan(100);
    const hits: number[] = [];
    const again = await remember(ngram, { store, onHits: ({ asked }) => hits.push(asked) }).embed([...all, 'text 7']);
    expect(again).toEqual(await remember(ngram, { store: 'off' }).embed([...all, 'text 7']));
    expect(hits).toEqual([0]);
    const { did } = await runOn(store, { v: embed(texts(...all), { from: 'text', model: ngram }) });
    expect(did.v).toBe('ran 0 of 150');
    await store.close();
    rmSync(folder, { recursive: true });
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
