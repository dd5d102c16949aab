import { describe, expect, test } from '@jest/globals';
import { memoryStore } from '@millrace/core';
import { rowsSource } from '../source/rows.js';
import { runOn } from '../testing/run.js';
import { map } from './stage.js';

const numbers = rowsSource(Array.from({ length: 5000 }, (_, n) => ({ n, vector: Float32Array.from([n, n / 3]) })));
const helper = (x: number): number => x + 1;

const heavy = (threads: number) => ({
  out: map(
    numbers,
    {
      reads: ['n', 'vector'],
      with: { by: 7 },
      version: 1,
      run: ({ n, vector }, { by }) => ({ y: Math.sin(n) / by + (vector[1] ?? 0) }),
    },
    threads ? { threads } : {},
  ),
});

describe('a function in threads', () => {
  test('gives the same bits, in the same order, under the same key', async () => {
    const alone = await runOn(memoryStore(), heavy(0));
    const store = memoryStore();
    const threaded = await runOn(store, heavy(3));
    expect(threaded.did.out).toBe('ran 5000 of 5000');
    expect(await threaded.out.out.column('y')).toEqual(await alone.out.out.column('y'));
    expect((await runOn(store, heavy(0))).did.out).toBe('reused');
  });

  test('what it does not find there is named, with the way out', async () => {
    const lost = map(numbers, { reads: ['n'], version: 1, run: ({ n }) => ({ y: helper(n) }) }, { threads: 1 });
    const { out } = await runOn(memoryStore(), { lost });
    expect(out.lost.failed).toBe(5000);
    expect((await out.lost.failures())[0].message).toMatch(/uses helper, which is not there in a thread/);
  });

  test('what it uses goes with it', async () => {
    const used = map(
      numbers,
      {
        reads: ['n'],
        version: 1,
        uses: { offset: 10 },
        run: new Function('row', 'return { y: row.n + offset }') as (row: { n: number }) => { y: number },
      },
      { threads: 2 },
    );
    const { out } = await runOn(memoryStore(), { used });
    expect((await out.used.column('y')).slice(0, 3)).toEqual([10, 11, 12]);
  });

  test('functions it uses go with it, and find each other', async () => {
    const twice = (x: number): number => x * 2;
    const more = (x: number): number => twice(x) + 1;
    const used = map(
      numbers,
      { reads: ['n'], version: 1, uses: { more, twice }, run: ({ n }) => ({ y: more(n) }) },
      {
        threads: 2,
      },
    );
    const { out } = await runOn(memoryStore(), { used });
    expect((await out.used.column('y')).slice(0, 3)).toEqual([1, 3, 5]);
  });

  test('a handle cannot go into a thread', async () => {
    const both = map(
      numbers,
      { reads: ['n'], version: 1, open: () => ({}), run: ({ n }) => ({ y: n }) },
      { threads: 1 },
    );
    await expect(runOn(memoryStore(), { both })).rejects.toThrow(/both threads and open/);
  });

  test('what says no columns, or cannot leave its thread, fails its row alone', async () => {
    const run = new Function('row', 'return [{ y: 1 }, null, "text", { y: () => 1 }, [1]][row.n]') as (row: {
      n: number;
    }) => { y: number };
    const five = rowsSource([0, 1, 2, 3, 4].map((n) => ({ n })));
    const { out } = await runOn(memoryStore(), { odd: map(five, { reads: ['n'], version: 1, run }, { threads: 1 }) });
    const messages = (await out.odd.failures()).map(({ row, message }: { row: number; message: string }) => [
      row,
      message,
    ]);
    expect(messages).toEqual([
      [1, expect.stringMatching(/returned null, which says no columns/)],
      [2, expect.stringMatching(/returned text, which says no columns/)],
      [3, expect.stringMatching(/cannot leave its thread: .* Return plain data/)],
      [4, expect.stringMatching(/returned a list, which says no columns/)],
    ]);
    expect(await out.odd.column('y')).toEqual([1, null, null, null, null]);
  });

  test('a row that ends its thread fails alone', async () => {
    const run = new Function('row', 'if (row.n === 13 || row.n === 14) process.exit(9); return { y: row.n }') as (row: {
      n: number;
    }) => { y: number };
    const { out } = await runOn(memoryStore(), {
      one: map(numbers, { reads: ['n'], version: 1, run }, { threads: 2, concurrency: 4 }),
    });
    expect(
      (await out.one.failures()).map(({ row, message }: { row: number; message: string }) => [row, message]),
    ).toEqual([13, 14].map((row) => [row, expect.stringMatching(/ended with code 9 before it answered/)]));
    expect((await out.one.column('y'))[4999]).toBe(4999);
  });

  test('a function that ends each of its threads ends the stage', async () => {
    const run = new Function('row', 'process.exit(3)') as (row: { n: number }) => { y: number };
    const gone = map(numbers, { reads: ['n'], version: 1, run }, { threads: 2 });
    await expect(runOn(memoryStore(), { gone })).rejects.toThrow(/every row.*ended with code 3 before it answered/);
  });
});
