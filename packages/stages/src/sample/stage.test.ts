import { describe, expect, test } from '@jest/globals';
import { memoryStore } from '@millrace/core';
import { dedupe } from '../dedupe/stage.js';
import { source } from '../source/source.js';
import { split } from '../split/stage.js';
import { runOn } from '../testing/run.js';
import { sample } from './stage.js';

const of = (...all: number[]) => source.rows(all.map((n) => ({ n, other: n % 3 })));
const hundred = Array.from({ length: 100 }, (_, n) => n);
const numbers = async (t: ReturnType<typeof of>): Promise<number[]> =>
  (await runOn(memoryStore(), { t })).out.t.column('n');

describe('sample', () => {
  test('rows keep their order, and a row that comes moves no other', async () => {
    const taken = await numbers(sample(of(...hundred), { fraction: 0.3, seed: 1 }));
    expect(taken).toEqual([...taken].sort((a, b) => a - b));
    expect(taken.length).toBeGreaterThan(15);
    expect(taken.length).toBeLessThan(45);
    const more = await numbers(sample(of(-1, ...hundred), { fraction: 0.3, seed: 1 }));
    expect(more.filter((n) => n >= 0)).toEqual(taken);
    expect(await numbers(sample(of(...hundred), { fraction: 0.3, seed: 2 }))).not.toEqual(taken);
  });

  test('just so many, and equal rows together', async () => {
    expect(await numbers(sample(of(...hundred), { count: 7 }))).toHaveLength(7);
    expect(await numbers(sample(of(1, 2), { count: 7 }))).toEqual([1, 2]);
    const twice = await numbers(sample(of(...hundred, ...hundred), { fraction: 0.5 }));
    expect(twice.slice(0, twice.length / 2)).toEqual(twice.slice(twice.length / 2));
  });

  test('by an id: what else a row holds does not move it', async () => {
    const changed = source.rows(hundred.map((n) => ({ n, other: -n })));
    const by = { fraction: 0.3, by: 'n' } as const;
    expect(await numbers(sample(changed, by))).toEqual(await numbers(sample(of(...hundred), by)));
  });

  test('neither a fraction nor a count, or a wrong one', () => {
    expect(() => sample(of(1), {} as never)).toThrow(/sample needs fraction or count, and not both/);
    expect(() => sample(of(1), { fraction: 2 })).toThrow(/fraction of sample must be a number from 0 to 1, not 2/);
  });
});

describe('split', () => {
  test('each row in one part, by name; the order in which the parts are written is none', async () => {
    const store = memoryStore();
    const { train, test: rest } = split(of(...hundred), { parts: { train: 0.8, test: 0.2 }, seed: 3 });
    const { out, did } = await runOn(store, { train, rest });
    const [a, b] = [await out.train.column('n'), await out.rest.column('n')];
    expect([...a, ...b].sort((x, y) => x - y)).toEqual(hundred);
    expect(a.length).toBeGreaterThan(b.length);
    expect(did).toMatchObject({ train: 'ran' });
    const other = split(of(...hundred), { parts: { test: 0.2, train: 0.8 }, seed: 3 });
    const again = await runOn(store, { rest: other.test, train: other.train });
    expect(Object.values(again.did)).toEqual(['reused', 'reused']);
    expect(await again.out.train.column('n')).toEqual(a);
  });

  test('what is said of it counts each part by name, whichever part is an output: run or reused', async () => {
    const store = memoryStore();
    const { test: rest } = split(of(...hundred), { parts: { train: 0.8, test: 0.2 }, seed: 3 });
    for (const status of ['ran', 'reused']) {
      const { out, events } = await runOn(store, { rest });
      const said = events.find((event) => event.is === 'stage-finished' && event.stage === 'rest');
      expect(said).toMatchObject({ status, facts: { test: out.rest.count, train: 100 - out.rest.count } });
      expect(said).not.toHaveProperty('rows');
    }
  });

  test('exact sizes, and rows that are equal in a column together', async () => {
    const { a, b } = split(of(...hundred), { parts: { a: 3, b: 1 }, exact: true });
    expect(await numbers(a)).toHaveLength(75);
    expect(await numbers(b)).toHaveLength(25);
    const groups = split(of(...hundred), { parts: { x: 1, y: 1 }, by: 'other' });
    const inX = new Set((await numbers(groups.x)).map((n) => n % 3));
    const inY = new Set((await numbers(groups.y)).map((n) => n % 3));
    expect([...inX].filter((other) => inY.has(other))).toEqual([]);
  });

  test('a part without a weight is refused', () => {
    expect(() => split(of(1), { parts: { a: 0 } })).toThrow(/a weight above 0/);
  });
});

describe('dedupe', () => {
  const rows = source.rows([
    { id: 1, text: 'the quick brown fox jumps over the lazy dog today' as string | null },
    { id: 2, text: 'The quick brown fox jumps over the lazy dog, today!' },
    { id: 1, text: 'the quick brown fox jumps over the lazy dog today' },
    { id: 3, text: null },
    { id: 4, text: null },
  ]);
  const ids = async (t: ReturnType<typeof dedupe>) => (await runOn(memoryStore(), { t })).out.t.column('id');

  test('the first of equal rows stays, in order', async () => {
    expect(await ids(dedupe(rows))).toEqual([1, 2, 3, 4]);
    expect(await ids(dedupe(rows, { by: 'text' }))).toEqual([1, 2, 3]);
  });

  test('of nearly equal texts too; a row without a text repeats nothing', async () => {
    expect(await ids(dedupe(rows, { near: 'text' as never }))).toEqual([1, 3, 4]);
  });

  test('a column that it does not read changes nothing of what is found', async () => {
    const store = memoryStore();
    const of = (note: string) =>
      dedupe(
        source.rows([
          { id: 1, note },
          { id: 1, note },
        ]),
        { by: 'id' },
      );
    await runOn(store, { t: of('x') });
    const again = await runOn(store, { t: of('y') });
    expect(again.did).toMatchObject({ duplicates: 'cut off', t: 'ran' });
    expect(await again.out.t.all()).toEqual([{ id: 1, note: 'y' }]);
  });
});
