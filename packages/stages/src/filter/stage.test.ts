import { describe, expect, test } from '@jest/globals';
import { memoryStore, type Table } from '@millrace/core';
import { source } from '../source/source.js';
import { runOn } from '../testing/run.js';
import { filter } from './stage.js';

const seen: number[] = [];
const above = (rows: Table<{ n: number; other: string }>, least: number) =>
  filter(rows, {
    reads: ['n'],
    with: { least },
    version: '1',
    run: (row, { least: limit }) => {
      expect(Object.keys(row)).toEqual(['n']);
      seen.push(row.n);
      return row.n >= limit;
    },
  });
const rows = (...all: number[]) => source.rows(all.map((n) => ({ n, other: `x${n}` })));

describe('filter', () => {
  test('keeps order and duplicates, and remembers what it dropped', async () => {
    const store = memoryStore();
    seen.length = 0;
    const first = await runOn(store, { t: above(rows(3, 1, 2, 3), 2) });
    expect(await first.out.t.all()).toEqual([
      { n: 3, other: 'x3' },
      { n: 2, other: 'x2' },
      { n: 3, other: 'x3' },
    ]);
    expect(seen.sort()).toEqual([1, 2, 3]);
    seen.length = 0;
    const more = await runOn(store, { t: above(rows(1, 3, 4), 2) });
    expect(seen).toEqual([4]);
    expect(await more.out.t.column('n')).toEqual([3, 4]);
  });

  test('a table of which nothing stays, and one of no rows', async () => {
    expect(await (await runOn(memoryStore(), { t: above(rows(1), 2) })).out.t.all()).toEqual([]);
    const none = source.rows([], { columns: { n: 'float', other: 'text' } });
    expect(await (await runOn(memoryStore(), { t: above(none, 2) })).out.t.all()).toEqual([]);
  });

  test('neither true nor false is a failed row, not a dropped one', async () => {
    const t = filter(rows(1, 2), {
      reads: ['n'],
      version: '1',
      run: ({ n }) => (n === 1 ? true : (undefined as never)),
    });
    const { out } = await runOn(memoryStore(), { t });
    expect(out.t.failed).toBe(1);
    expect((await out.t.failures())[0].message).toMatch(/neither true nor false/);
  });

  test('async functions', async () => {
    const t = filter(rows(1, 2, 3), { reads: ['n'], version: '1', run: async ({ n }) => n !== 2 });
    expect(await (await runOn(memoryStore(), { t })).out.t.column('n')).toEqual([1, 3]);
  });
});
