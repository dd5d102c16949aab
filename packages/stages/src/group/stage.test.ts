import { describe, expect, test } from '@jest/globals';
import { type AnyHandle, memoryStore } from '@millrace/core';
import { source } from '../source/source.js';
import { runOn } from '../testing/run.js';
import { group } from './stage.js';

const rows = source.rows(
  [
    { k: 'b', n: 1, big: 1n, at: new Date('2024-01-02') },
    { k: 'a', n: 2, big: 2n, at: new Date('2024-01-01') },
    { k: 'b', n: null, big: 3n, at: null },
    { k: null, n: 4, big: null, at: null },
    { k: 'b', n: 0.5, big: 2n ** 60n, at: new Date('2024-01-01') },
  ],
  { columns: { k: 'text', n: 'float', big: 'int', at: 'timestamp' } },
);
const rowsOf = async (t: AnyHandle) => (await runOn(memoryStore(), { t })).out.t.all();

describe('group', () => {
  test('groups in the order in which they appear; nulls do not count in sums', async () => {
    const t = group(rows, {
      by: 'k',
      aggregates: {
        rows: 'count',
        there: { count: 'n' },
        sum: { sum: 'n' },
        big: { sum: 'big' },
        mean: { mean: 'n' },
        first: { min: 'at' },
        last: { max: 'at' },
        one: { first: 'n' },
        end: { last: 'n' },
        all: { list: 'n' },
      },
    });
    const [b, a, none] = await rowsOf(t);
    expect(b).toEqual({
      k: 'b',
      rows: 3,
      there: 2,
      sum: 1.5,
      big: 2n ** 60n + 4n,
      mean: 0.75,
      first: new Date('2024-01-01'),
      last: new Date('2024-01-02'),
      one: 1,
      end: 0.5,
      all: [1, null, 0.5],
    });
    expect(a).toMatchObject({ k: 'a', rows: 1 });
    expect(none).toMatchObject({ k: null, sum: 4, big: null, first: null });
  });

  test('several columns, none, and no rows', async () => {
    const two = group(
      source.rows([
        { a: 1, b: 1 },
        { a: 1, b: 2 },
        { a: 1, b: 1 },
      ]),
      { by: ['a', 'b'], aggregates: { n: 'count' } },
    );
    expect(await rowsOf(two)).toEqual([
      { a: 1, b: 1, n: 2 },
      { a: 1, b: 2, n: 1 },
    ]);
    const none = source.rows([], { columns: { a: 'float' } });
    expect(await rowsOf(group(none, { aggregates: { n: 'count', sum: { sum: 'a' } } }))).toEqual([{ n: 0, sum: null }]);
    expect(await rowsOf(group(none, { by: 'a', aggregates: { n: 'count' } }))).toEqual([]);
  });

  test('a sum loses nothing on the way that its answer would hold', async () => {
    const many = source.rows([1e100, 1, -1e100, ...Array.from({ length: 10 }, () => 0.1)].map((x) => ({ x })));
    expect(await rowsOf(group(many, { aggregates: { sum: { sum: 'x' } } }))).toEqual([{ sum: 2 }]);
  });

  test('a fold of the user’s own sees only what it reads', async () => {
    const t = group(rows, {
      by: 'k',
      aggregates: {
        longest: {
          reads: ['n'],
          start: '',
          column: 'text',
          version: '1',
          fold: (sofar: string, row: { n: number | null }) => `${sofar}${Object.keys(row).join()}=${row.n};`,
        },
      },
    });
    expect((await rowsOf(t))[0]).toEqual({ k: 'b', longest: 'n=1;n=null;n=0.5;' });
  });

  test('a fold gets a list of numbers as an array, a vector as a typed array', async () => {
    const lists = source.rows([{ xs: [1, 2], v: Float32Array.of(3) }], {
      columns: { xs: { list: 'float64' }, v: { list: 'float32' } },
    });
    const fold = (_: unknown, { xs, v }: { xs: number[]; v: unknown }) =>
      `${xs.map((x) => `v${x}`).join()} ${v instanceof Float32Array}`;
    const t = group(lists, {
      aggregates: { all: { reads: ['xs', 'v'], start: '', column: 'text', version: 1, fold } },
    });
    expect(await rowsOf(t)).toEqual([{ all: 'v1,v2 true' }]);
  });

  test('only the columns that it reads decide whether it runs', async () => {
    const store = memoryStore();
    const of = (note: string) => group(source.rows([{ a: 1, note }]), { by: 'a', aggregates: { n: 'count' } });
    await runOn(store, { t: of('x') });
    expect((await runOn(store, { t: of('y') })).did['t']).toBe('cut off');
  });

  test('an aggregate that is none, one over texts, and a name that is taken', async () => {
    const says = (aggregates: object) =>
      rowsOf(group(rows, { by: 'k', aggregates: aggregates as never })).catch((error: Error) => error.message);
    expect(() => group(rows, { by: 'k', aggregates: { x: { median: 'n' } as never } })).toThrow(
      /x in aggregates of group has no setting median/,
    );
    expect(await says({ x: { sum: 'k' } })).toMatch(/adds up the column k, which is text/);
    expect(() => group(rows, { by: 'k', aggregates: { k: 'count' } })).toThrow(/both in by and as an aggregate/);
  });
});
