import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { openStore } from '@millrace/arrow-store';
import {
  type AnyHandle,
  createPipeline,
  DataLost,
  type MemoryStore,
  memoryStore,
  type Store,
  type TableResult,
} from '@millrace/core';
import { flipBit, folder } from '../files.js';
import { codeReader } from '../kit.js';
import { type Lab, lab } from '../lab.js';
import { rows } from './world.js';

function outputsOf({ k }: Lab): Record<string, AnyHandle> {
  const q = k.rows(rows(0, 20));
  const answers = k.asked(q, { from: 'text', into: 'answer' });
  const pure = k.pure(q, { from: 'text', into: 'p' });
  return {
    q,
    answers,
    pure,
    pieces: k.explode(pure, { from: 'text', into: 'piece' }),
    model: k.train(q, { by: 'text' }),
  };
}

const piped = (world: Lab) =>
  createPipeline(outputsOf(world), () => ({ store: world.store, code: codeReader, base: '/' }));

type Read = { all(): Promise<unknown[]>; place(at: string): Promise<string> };

const loseAll = ({ shelf }: MemoryStore) => shelf.clear();

describe('what is pure is made again by whoever reads it', () => {
  test.each(['q', 'pure', 'pieces'])('%s, from the results of a run and from last()', async (name) => {
    const store = memoryStore();
    const world = lab(store);
    const pipeline = piped(world);
    const ran = (await pipeline.run()) as unknown as Record<string, Read>;
    const before = await ran[name]?.all();
    loseAll(store);
    expect(await ran[name]?.all()).toEqual(before);
    loseAll(store);
    const last = (await pipeline.last()) as unknown as Record<string, Read>;
    world.outside.take();
    expect(await last[name]?.all()).toEqual(before);
    expect(world.outside.take().calls.filter((call) => call.startsWith('asked'))).toEqual([]);
  });

  test('a folder', async () => {
    const store = memoryStore();
    const ran = (await piped(lab(store)).run()) as unknown as Record<string, Read>;
    loseAll(store);
    const at = folder();
    await ran['model']?.place(at);
    expect(readdirSync(at)).toEqual(['model.txt']);
  });

  test('a damaged object in the midst of many rows: reading goes on where it stopped', async () => {
    const root = folder();
    const store = openStore(root);
    const { k } = lab(store);
    const many = k.pure(k.rows(rows(0, 9000)), { from: 'text', into: 'p' });
    const ran = await createPipeline({ many }, () => ({ store, code: codeReader, base: '/' })).run();
    const expected = await ran.many.column('p');
    await store.close();
    const next: Store = openStore(root);
    const again = await createPipeline({ many }, () => ({ store: next, code: codeReader, base: '/' })).last();
    for (const object of objectsWith(ran.many.output, 'p')) flipBit(join(root, 'objects', object.slice(0, 2), object));
    expect(await again.many?.column('p')).toEqual(expected);
    await next.close();
  });

  test('no run is listed for it, and nothing else of the pipeline runs', async () => {
    const store = memoryStore();
    const world = lab(store);
    const pipeline = piped(world);
    const ran = (await pipeline.run()) as unknown as Record<string, Read>;
    loseAll(store);
    await ran['pure']?.all();
    expect(store.runs().map(({ about }) => about['remakes'])).toEqual([['pure'], undefined]);
    expect((await pipeline.plan({ need: [] })).steps.every(({ decision }) => decision.status === 'reused')).toBe(true);
  });
});

describe('what was asked of others is made again by a run only', () => {
  test('a reader says which calls that takes; the next run makes them, each once', async () => {
    const store = memoryStore();
    const world = lab(store);
    const pipeline = piped(world);
    const ran = (await pipeline.run()) as unknown as Record<string, Read>;
    loseAll(store);
    await expect(ran['answers']?.all()).rejects.toThrow(DataLost);
    await expect(ran['answers']?.all()).rejects.toThrow(/at most 20 calls of answers/);
    world.outside.take();
    const again = (await pipeline.run()) as unknown as Record<string, Read>;
    expect(world.outside.take().calls.filter((call) => call.startsWith('asked'))).toHaveLength(20);
    expect(await again['answers']?.all()).toHaveLength(20);
  });

  test('only what it passes on is lost: that is made again, and no answer is asked for', async () => {
    const store = memoryStore();
    const world = lab(store);
    const ran = await piped(world).run();
    const before = await (ran as unknown as Record<string, Read>)['answers']?.all();
    for (const object of objectsWith((ran['q'] as TableResult).output, 'text')) store.shelf.delete(object);
    world.outside.take();
    expect(await (ran as unknown as Record<string, Read>)['answers']?.all()).toEqual(before);
    expect(world.outside.take().calls).toEqual([]);
  });
});

test('what is stored of an earlier version is not made again: the pipeline has changed', async () => {
  const store = memoryStore();
  const world = lab(store);
  const of = (version: number) =>
    createPipeline({ it: world.k.pure(world.k.rows(rows(0, 5)), { from: 'text', into: 'p', version }) }, () => ({
      store,
      code: codeReader,
      base: '/',
    }));
  await of(1).run();
  loseAll(store);
  const last = await of(2).last();
  world.outside.take();
  await expect((last as unknown as Record<string, Read>)['it']?.all()).rejects.toThrow(/changed since/);
  expect(world.outside.take().calls).toEqual([]);
});

interface Stacked {
  readonly columns: readonly { readonly name: string; readonly group: number }[];
  readonly groups: readonly { readonly segments: readonly { readonly data?: string }[] }[];
}

const objectsWith = ({ columns, groups }: Stacked, column: string): string[] => {
  const group = columns.find(({ name }) => name === column)?.group ?? -1;
  return (groups[group]?.segments ?? []).flatMap(({ data }) => data ?? []);
};
