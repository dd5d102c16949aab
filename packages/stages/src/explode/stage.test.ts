import { describe, expect, test } from '@jest/globals';
import { memoryStore } from '@millrace/core';
import { source } from '../source/source.js';
import { runOn } from '../testing/run.js';
import { explode } from './stage.js';

const rows = source.rows([
  { id: 'a', tags: ['x', 'y'] as string[] | null },
  { id: 'b', tags: [] },
  { id: 'c', tags: null },
  { id: 'd', tags: ['x'] },
]);

describe('explode', () => {
  test('a row for each item, in order, with its place; empty lists and nulls give none', async () => {
    const { out } = await runOn(memoryStore(), { t: explode(rows, { from: 'tags', into: 'tag', at: 'at' }) });
    expect(await out.t.all()).toEqual([
      { id: 'a', tag: 'x', at: 0 },
      { id: 'a', tag: 'y', at: 1 },
      { id: 'd', tag: 'x', at: 0 },
    ]);
    expect(out.t.columns).toEqual({ id: 'text', tag: 'text', at: 'int32' });
  });

  test('empty lists and nulls are kept where that is said, and the item may take the name of the list', async () => {
    const { out } = await runOn(memoryStore(), { t: explode(rows, { from: 'tags', empty: 'keep' }) });
    expect(await out.t.all()).toEqual([
      { id: 'a', tags: 'x' },
      { id: 'a', tags: 'y' },
      { id: 'b', tags: null },
      { id: 'c', tags: null },
      { id: 'd', tags: 'x' },
    ]);
  });

  test('only new lists are taken apart', async () => {
    const store = memoryStore();
    const of = (...lists: number[][]) => explode(source.rows(lists.map((list) => ({ list }))), { from: 'list' });
    expect((await runOn(store, { t: of([1, 2], [3]) })).did['t']).toBe('ran 2 of 3');
    const more = await runOn(store, { t: of([3], [1, 2], [4, 4]) });
    expect(more.did['t']).toBe('ran 1 of 5');
    expect(await more.out.t.column('list')).toEqual([3, 1, 2, 4, 4]);
  });

  test('vectors, and a column that holds no lists', async () => {
    const vectors = source.rows([{ v: Float32Array.of(0.5, 1) }]);
    expect(await (await runOn(memoryStore(), { t: explode(vectors, { from: 'v' }) })).out.t.all()).toEqual([
      { v: 0.5 },
      { v: 1 },
    ]);
    const texts = source.rows([{ v: 'x' }]);
    await expect(runOn(memoryStore(), { t: explode(texts, { from: 'v' as never }) })).rejects.toThrow(
      /takes the lists of column v apart, but the column is text/,
    );
  });
});
