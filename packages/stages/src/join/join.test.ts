import { describe, expect, test } from '@jest/globals';
import { type AnyHandle, memoryStore } from '@millrace/core';
import { chunk } from '../chunk/stage.js';
import { regex } from '../extract/regex.js';
import { extract } from '../extract/stage.js';
import { source } from '../source/source.js';
import { stack, stackEntry } from '../stack/stage.js';
import { runOn } from '../testing/run.js';
import { join } from './join.js';

const left = source.rows([
  { id: 'b' as string | null, n: 1 },
  { id: 'a', n: 2 },
  { id: null, n: 3 },
  { id: 'c', n: 4 },
  { id: 'a', n: 5 },
]);
const right = source.rows([
  { id: 'a' as string | null, gold: 'x' },
  { id: 'b', gold: 'y' },
  { id: 'a', gold: 'z' },
  { id: null, gold: 'null' },
]);
const rowsOf = async (t: AnyHandle) => (await runOn(memoryStore(), { t })).out.t.all();
const failure = (t: AnyHandle) => rowsOf(t).catch((error: Error) => error.message);

describe('join', () => {
  test('inner: the order of the left, matches in the order of the right; null matches nothing', async () => {
    expect(await rowsOf(join(left, right, { on: 'id' }))).toEqual([
      { id: 'b', n: 1, gold: 'y' },
      { id: 'a', n: 2, gold: 'x' },
      { id: 'a', n: 2, gold: 'z' },
      { id: 'a', n: 5, gold: 'x' },
      { id: 'a', n: 5, gold: 'z' },
    ]);
  });

  test('left keeps all of the left, semi those that match, anti those that do not', async () => {
    const all = await rowsOf(join(left, right, { on: 'id', how: 'left', several: 'first' }));
    expect(all).toEqual([
      { id: 'b', n: 1, gold: 'y' },
      { id: 'a', n: 2, gold: 'x' },
      { id: null, n: 3, gold: null },
      { id: 'c', n: 4, gold: null },
      { id: 'a', n: 5, gold: 'x' },
    ]);
    const ns = async (how: 'semi' | 'anti') =>
      (await rowsOf(join(left, right, { on: 'id', how }))).map(({ n }: { n: number }) => n);
    expect(await ns('semi')).toEqual([1, 2, 5]);
    expect(await ns('anti')).toEqual([3, 4]);
  });

  test('several columns, other names, whole numbers of two types, and columns taken under other names', async () => {
    const one = source.rows([
      { k: 1, s: 'x' },
      { k: 2, s: 'x' },
      { k: 1, s: 'y' },
    ]);
    const two = source.rows([
      { key: 1n, s: 'x', k: 7, v: 'hit' },
      { key: 1n, s: 'y', k: 8, v: 'too' },
    ]);
    expect(await rowsOf(join(one, two, { on: { k: 'key', s: 's' }, take: { v: 'value' } }))).toEqual([
      { k: 1, s: 'x', value: 'hit' },
      { k: 1, s: 'y', value: 'too' },
    ]);
  });

  test('a name that both have, a match too many and no columns are refused', async () => {
    const both = source.rows([{ id: 'a' as string | null, n: 1 }]);
    expect(await failure(join(left, both as never, { on: 'id' }))).toMatch(/Column n exists already/);
    expect(await failure(join(left, right, { on: 'id', several: 'refuse' }))).toMatch(/found 2 rows .* id a/);
    expect(() => join(left, right as never, { on: [] as never })).toThrow(/every row would match every other/);
    expect(await failure(join(left, right, { on: 'idd' as 'id' }))).toMatch(
      /reads the column idd, .* Did you mean id\?/,
    );
  });

  test('columns that can never be equal, and take where nothing is taken, are refused', async () => {
    const numbers = source.rows([{ id: 1, gold: 'x' }]);
    expect(await failure(join(left, numbers as never, { on: 'id' }))).toMatch(
      /id, which is text, and on id of the right table, which is float64: nothing would ever match/,
    );
    expect(await failure(join(numbers, source.rows([{ id: 1n, v: 1 }]), { on: 'id' }))).toEqual([
      { id: 1, gold: 'x', v: 1 },
    ]);
    const nulls = source.rows([{ id: null }], { columns: { id: 'float' } });
    expect(await failure(join(nulls, numbers, { on: 'id' }))).toEqual([]);
    for (const how of ['semi', 'anti'] as const)
      expect(() => join(left, right, { on: 'id', how, take: ['gold'] })).toThrow(/takes nothing. Leave take out/);
  });

  test('no rows on either side', async () => {
    const none = source.rows([], { columns: { id: 'text', gold: 'text' } });
    expect(await rowsOf(join(left, none, { on: 'id' }))).toEqual([]);
    expect(await rowsOf(join(none, right, { on: 'id', take: { gold: 'other' } }))).toEqual([]);
    expect(await rowsOf(join(left, none, { on: 'id', how: 'left' }))).toHaveLength(5);
  });

  test('a column of the right that is not taken can change, and nothing runs', async () => {
    const store = memoryStore();
    const of = (note: string) => source.rows([{ id: 'a' as string | null, gold: 'x', note }]);
    await runOn(store, { t: join(left, of('1'), { on: 'id', take: ['gold'] }) });
    const again = await runOn(store, { t: join(left, of('2'), { on: 'id', take: ['gold'] }) });
    expect(again.did['t']).toBe('cut off');
  });
});

describe('stack', () => {
  const one = source.rows([{ a: 1, b: 'x' }]);
  const two = source.rows([{ a: 2, b: 'y' }]);

  test('one under the other, with the name of each', async () => {
    expect(await rowsOf(stack({ one, two }, { into: 'from' }))).toEqual([
      { a: 1, b: 'x', from: 'one' },
      { a: 2, b: 'y', from: 'two' },
    ]);
    expect(await rowsOf(stack([two, one, two]))).toEqual([
      { a: 2, b: 'y' },
      { a: 1, b: 'x' },
      { a: 2, b: 'y' },
    ]);
  });

  test('names of tables are in the key only where they are content', async () => {
    const store = memoryStore();
    await runOn(store, { t: stack({ one, two }) });
    expect((await runOn(store, { t: stack({ eins: one, zwei: two }) })).did['t']).toBe('reused');
    await runOn(store, { t: stack({ one, two }, { into: 'from' }) });
    expect((await runOn(store, { t: stack({ eins: one, zwei: two }, { into: 'from' }) })).did['t']).toBe('ran');
  });

  test('a column that one table lacks is null there; one of two types is refused', async () => {
    const other = source.rows([{ a: 3, c: true }]);
    expect(await rowsOf(stack([one, other]))).toEqual([
      { a: 1, b: 'x', c: null },
      { a: 3, b: null, c: true },
    ]);
    expect(await failure(stack([one, source.rows([{ a: 'text' }])]))).toMatch(
      /column a is "float64" in one and "text"/,
    );
    expect(() => stack([])).toThrow(/no tables/);
    const named = (names: string[]) =>
      stackEntry.build({ inputs: { tables: [one, two] }, config: { into: 'f', names }, options: {} });
    expect(() => named(['a'])).toThrow(/1 names for 2 tables/);
    expect(await rowsOf(named(['a', 'b']) as AnyHandle)).toEqual([
      { a: 1, b: 'x', f: 'a' },
      { a: 2, b: 'y', f: 'b' },
    ]);
  });

  describe('of columns that stages of different kinds store under different names', () => {
    const given = source.rows([
      { id: 1, a: 'x' as string | null, big: 'q'.repeat(50) },
      { id: 2, a: null, big: 'r'.repeat(50) },
      { id: 1, a: 'x', big: 'q'.repeat(50) },
    ]);
    const texts = source.rows([{ id: 3, text: 'answer 7', big: 's'.repeat(50) }]);
    const taken = (t = texts) => extract(t, { from: 'text', with: regex(/(\d)/), into: 'a' });
    const cut = chunk(texts, { from: 'text', by: 'characters', size: 6, into: 'a' });

    test('order, nulls and duplicates are those of the tables', async () => {
      expect(await rowsOf(stack([given, taken() as never, cut as never, given], { into: 'from' }))).toEqual([
        { id: 1, a: 'x', big: 'q'.repeat(50), text: null, a_reason: null, from: '0' },
        { id: 2, a: null, big: 'r'.repeat(50), text: null, a_reason: null, from: '0' },
        { id: 1, a: 'x', big: 'q'.repeat(50), text: null, a_reason: null, from: '0' },
        { id: 3, a: '7', big: 's'.repeat(50), text: 'answer 7', a_reason: null, from: '1' },
        { id: 3, a: 'answer', big: 's'.repeat(50), text: 'answer 7', a_reason: null, from: '2' },
        { id: 3, a: ' 7', big: 's'.repeat(50), text: 'answer 7', a_reason: null, from: '2' },
        { id: 1, a: 'x', big: 'q'.repeat(50), text: null, a_reason: null, from: '3' },
        { id: 2, a: null, big: 'r'.repeat(50), text: null, a_reason: null, from: '3' },
        { id: 1, a: 'x', big: 'q'.repeat(50), text: null, a_reason: null, from: '3' },
      ]);
    });

    test('only these are written again, and a table without rows or values has its place', async () => {
      const store = memoryStore();
      const none = extract(source.rows([], { columns: { id: 'float', text: 'text', big: 'text' } }), {
        from: 'text',
        with: regex(/(\d)/),
        into: 'a',
      });
      await runOn(store, { given, t: taken(), none: none as never });
      const written: string[][] = [];
      const watched = Object.assign(Object.create(store) as typeof store, {
        putRows: (...[batches, columns, format]: Parameters<typeof store.putRows>) => {
          written.push(Object.keys(columns));
          return store.putRows(batches, columns, format);
        },
      });
      const seen = await runOn(watched, { s: stack([given, none as never, taken() as never]) });
      expect(written).toEqual([['a']]);
      expect(await seen.out.s.column('a')).toEqual(['x', null, 'x', '7']);
      expect((await runOn(store, { s: stack([given, none as never, taken() as never]) })).did['s']).toBe('reused');
    });
  });
});
