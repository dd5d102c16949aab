import { describe, expect, test } from '@jest/globals';
import { memoryStore } from '@millrace/core';
import { limit } from '../limit/stage.js';
import { map } from '../map/stage.js';
import { source } from '../source/source.js';
import { runOn } from '../testing/run.js';
import { sort } from './stage.js';

const rows = source.rows(
  [
    { id: 0, n: 2, s: 'b' },
    { id: 1, n: null, s: 'Z' },
    { id: 2, n: Number.NaN, s: 'é' },
    { id: 3, n: -1, s: 'b' },
    { id: 4, n: 2, s: null },
  ],
  { columns: { id: 'float', n: 'float', s: 'text' } },
);
const ids = async (t: ReturnType<typeof sort>) => (await runOn(memoryStore(), { t })).out.t.column('id');

describe('sort', () => {
  test('numbers, NaN behind them, nulls last either way; equal rows keep their order', async () => {
    expect(await ids(sort(rows, { by: 'n' }))).toEqual([3, 0, 4, 2, 1]);
    expect(await ids(sort(rows, { by: 'n', descending: true }))).toEqual([2, 0, 4, 3, 1]);
    expect(await ids(sort(rows, { by: 'n', nulls: 'first' }))).toEqual([1, 3, 0, 4, 2]);
  });

  test('texts by code unit, then by the next column', async () => {
    expect(await ids(sort(rows, { by: 's' }))).toEqual([1, 0, 3, 2, 4]);
    expect(await ids(sort(rows, { by: ['s', 'n'] }))).toEqual([1, 3, 0, 2, 4]);
    expect(await ids(sort(rows, { by: ['s', 'n'], descending: 's' }))).toEqual([2, 3, 0, 1, 4]);
    expect(() => sort(rows, { by: 's', descending: 'n' })).toThrow(/descending n, which is not in by: s/);
  });

  test('its order is of the values, not of what stands in other columns: rows below are found again', async () => {
    const store = memoryStore();
    const run = (descending: boolean) =>
      map(sort(rows, { by: 'id', descending }), {
        reads: ['id'],
        version: '1',
        run: ({ id }) => ({ twice: id * 2 }),
      });
    expect((await runOn(store, { t: run(false) })).did['t']).toBe('ran 5 of 5');
    expect((await runOn(store, { t: run(true) })).did['t']).toBe('ran 0 of 5');
  });

  test('a column that is not there, or has no order, is said before anything runs', async () => {
    const events = async (t: ReturnType<typeof sort>) =>
      runOn(memoryStore(), { t }).catch((error: Error) => error.message);
    expect(await events(sort(rows, { by: 'nn' as 'n' }))).toMatch(
      /t reads the column nn, which rows does not have. Did you mean n\?/,
    );
    const lists = source.rows([{ l: [1] }]);
    expect(await events(sort(lists, { by: 'l' }))).toMatch(
      /t: sort orders by the column l, which is list<float64> and has no order/,
    );
  });

  test('no rows, and the first of some', async () => {
    expect(await ids(sort(source.rows([], { columns: { id: 'int' } }), { by: 'id' }))).toEqual([]);
    expect(await ids(limit(rows, { rows: 2, from: 1 }))).toEqual([1, 2]);
    expect(await ids(limit(rows, { rows: 10, from: 4 }))).toEqual([4]);
    for (const wrong of [{ rows: -1 }, { rows: 1.5 }, { rows: 1, from: -1 }])
      expect(() => limit(rows, wrong)).toThrow(/of limit must be a whole number of at least 0, not/);
    expect(() => sort(rows, { by: [] })).toThrow(/no columns in by/);
  });

  test('rows that failed above are refused, or left out', async () => {
    const bad = map(rows, {
      reads: ['id'],
      version: '1',
      columns: { x: 'float64' },
      run: ({ id }) => {
        if (id === 2) throw new Error('no');
        return { x: -id };
      },
    });
    await expect(runOn(memoryStore(), { t: sort(bad, { by: 'x' }) })).rejects.toThrow(/1 of 5 rows .* failed/);
    expect(await ids(sort(bad, { by: 'x', partial: true }))).toEqual([4, 3, 1, 0]);
  });
});
