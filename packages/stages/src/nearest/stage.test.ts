import { describe, expect, test } from '@jest/globals';
import { type AnyHandle, memoryStore } from '@millrace/core';
import { cluster } from '../cluster/stage.js';
import { source } from '../source/source.js';
import { runOn } from '../testing/run.js';
import { nearest } from './stage.js';

const vector = (x: number, y: number) => Float32Array.of(x, y);
const failure = (t: AnyHandle) =>
  runOn(memoryStore(), { t }).then(
    () => 'nothing failed',
    (error: Error) => error.message,
  );

describe('nearest', () => {
  const queries = source.rows([
    { q: 'east', vector: vector(1, 0.1) as Float32Array | null },
    { q: 'none', vector: null },
    { q: 'north', vector: vector(0, 2) },
  ]);
  const docs = (extra = 'x') =>
    source.rows([
      { title: 'n', v: vector(0, 1) as Float32Array | null, extra },
      { title: 'lost', v: null, extra },
      { title: 'e', v: vector(3, 0), extra },
      { title: 'ne', v: vector(1, 1), extra },
    ]);
  const find = (extra?: string) =>
    nearest(queries, docs(extra), { from: 'vector', in: 'v', k: 2, take: { title: 'doc' } });

  test('a row for each that is found, best first; rows without a vector find nothing and are not found', async () => {
    const { out } = await runOn(memoryStore(), { t: find() });
    const rows = await out.t.all();
    expect(rows.map(({ q, rank, doc }: Record<string, unknown>) => [q, rank, doc])).toEqual([
      ['east', 1, 'e'],
      ['east', 2, 'ne'],
      ['north', 1, 'n'],
      ['north', 2, 'ne'],
    ]);
    expect(rows[2].score).toBeCloseTo(1, 12);
  });

  test('neighbours within one table leave out the row itself', async () => {
    const points = source.rows([
      { id: 0, v: vector(1, 0) },
      { id: 1, v: vector(1, 0) },
      { id: 2, v: vector(0, 1) },
    ]);
    const t = nearest(points, points, { from: 'v', k: 1, self: 'skip', take: { id: 'other' } });
    expect(await (await runOn(memoryStore(), { t })).out.t.column('other')).toEqual([1, 0, 0]);
  });

  test('a column that only goes along is no reason to search again', async () => {
    const store = memoryStore();
    await runOn(store, { t: find('x') });
    expect((await runOn(store, { t: find('y') })).did).toMatchObject({ neighbours: 'cut off', t: 'cut off' });
  });

  test('vectors of two models, and a column of no vectors', async () => {
    const three = source.rows([{ v: Float32Array.of(1, 2, 3) }]);
    expect(await failure(nearest(queries, three, { from: 'vector', in: 'v' }))).toMatch(/vectors of 2 numbers .* of 3/);
    expect(await failure(nearest(queries, docs(), { from: 'vector', in: 'title' as 'v' }))).toMatch(/which is text/);
    expect(() => nearest(queries, docs(), { from: 'vector', in: 'v', k: 0 })).toThrow(
      /k of nearest must be a whole number of at least 1, not 0/,
    );
  });
});

describe('cluster', () => {
  const points = (note = 'x') =>
    source.rows([
      { text: 'cats purr' as string | null, vector: vector(1, 0.01) as Float32Array | null, note },
      { text: 'dogs bark', vector: vector(0.01, 1), note },
      { text: 'nothing', vector: null, note },
      { text: 'cats sleep', vector: vector(1, 0), note },
      { text: 'dogs run', vector: vector(0, 1), note },
    ]);
  const of = (note?: string) => cluster(points(note), { from: 'vector', k: 2, text: 'text', into: 'group' });

  test('adds the cluster of each row, with its centres and what tells them apart', async () => {
    const t = of();
    const { out } = await runOn(memoryStore(), { t, centroids: t.centroids, summary: t.summary });
    const groups = await out.t.column('group');
    expect(groups[0]).toBe(groups[3]);
    expect(groups[1]).toBe(groups[4]);
    expect(groups[0]).not.toBe(groups[1]);
    expect(groups[2]).toBeNull();
    const summary = await out.summary.all();
    const cats = summary.find(({ cluster: one }: { cluster: number }) => one === groups[0]);
    expect(cats).toMatchObject({ size: 2, examples: ['cats purr', 'cats sleep'] });
    expect([...cats.rows]).toEqual([0, 3]);
    expect(cats.terms).toContain('cats');
    expect((await out.centroids.all())[0].centroid).toHaveLength(2);
  });

  test('a column that it does not read is no reason to look for clusters again', async () => {
    const store = memoryStore();
    await runOn(store, { t: of('x') });
    const again = await runOn(store, { t: of('y') });
    expect(again.did).toMatchObject({ cluster: 'cut off', t: 'ran' });
    expect(await again.out.t.column('note')).toEqual(['y', 'y', 'y', 'y', 'y']);
  });

  test('more clusters than rows, and a vector that is not finite, by its row', async () => {
    expect(await failure(cluster(points(), { from: 'vector', k: 5 }))).toMatch(/5 clusters of 4 rows/);
    const bad = source.rows([{ v: vector(1, 0) }, { v: vector(Number.NaN, 0) }]);
    expect(await failure(cluster(bad, { from: 'v', k: 1 }))).toMatch(/row 1, holds a NaN/);
  });
});
