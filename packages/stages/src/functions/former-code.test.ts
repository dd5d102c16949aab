import { expect, test } from '@jest/globals';
import { type CodeReader, memoryStore, type Store } from '@millrace/core';
import { map } from '../map/stage.js';
import { source } from '../source/source.js';
import { runOn } from '../testing/run.js';

/** As 0.1 read functions: by the versions of packages. */
const of01: CodeReader = { read: () => ({ code: { digest: 'kit@1.0.0', units: [], packages: {} } }) };

/** As later versions do: by what is in the packages, too. */
const withContent = (content: string): CodeReader => ({
  read: () => ({ code: { digest: content, former: 'kit@1.0.0', units: [], packages: {} } }),
});

const table = (...all: number[]) => source.rows(all.map((n) => ({ n })));

const asked: number[] = [];
const stage = (rows: ReturnType<typeof table>, nature: 'answered' | 'pure' | 'sampling' = 'answered') =>
  map(
    rows,
    {
      nature,
      reads: ['n'],
      run: ({ n }: { n: number }) => {
        asked.push(n);
        if (n < 0) throw new Error('no answer');
        return { twice: n * 2 };
      },
    },
    { retries: 0 },
  );

const askedBy = async (store: Store, code: CodeReader, t: ReturnType<typeof stage>) => {
  asked.length = 0;
  const { out } = await runOn(store, { t }, { code });
  return [[...asked], await out.t.column('twice')];
};

test('what 0.1 paid for, by names and versions of packages, is not asked again', async () => {
  const store = memoryStore();
  expect(await askedBy(store, of01, stage(table(1, 2)))).toEqual([
    [1, 2],
    [2, 4],
  ]);
  expect(await askedBy(store, withContent('one'), stage(table(1, 2)))).toEqual([[], [2, 4]]);
  expect(await askedBy(store, withContent('one'), stage(table(2, 3)))).toEqual([[3], [4, 6]]);
});

test('nor are single rows of it, where not all were answered or others came', async () => {
  const store = memoryStore();
  expect(await askedBy(store, of01, stage(table(1, 2, -1)))).toEqual([
    [1, 2, -1],
    [2, 4, null],
  ]);
  expect(await askedBy(store, withContent('one'), stage(table(3, 2, 1)))).toEqual([[3], [6, 4, 2]]);
  expect(await askedBy(store, withContent('one'), stage(table(1, 2)))).toEqual([[], [2, 4]]);
});

test('nor what a run of 0.1 left behind that stopped half way', async () => {
  const store = memoryStore();
  asked.length = 0;
  await runOn(store, { t: stage(table(1, 2, 3)) }, { code: of01, maxCalls: 2, concurrency: 1 }).catch(() => undefined);
  expect(asked).toEqual([1, 2]);
  expect(await askedBy(store, withContent('one'), stage(table(1, 2, 3)))).toEqual([[3], [2, 4, 6]]);
  expect((await askedBy(store, withContent('two'), stage(table(1, 2, 3))))[0]).toEqual([1, 2, 3]);
});

test.each([
  ['all of it', table(1, 2)],
  ['some of it', table(2, 1, 3)],
])('it counts for the content that first asks for %s, and for no other', async (_, rows) => {
  const store = memoryStore();
  await askedBy(store, of01, stage(table(1, 2)));
  await askedBy(store, withContent('one'), stage(rows));
  const [again] = await askedBy(store, withContent('two'), stage(table(1, 2)));
  expect(again).toEqual([1, 2]);
  expect(await askedBy(store, withContent('one'), stage(table(1, 2)))).toEqual([[], [2, 4]]);
});

test('a forced run asks, whatever 0.1 knew', async () => {
  const store = memoryStore();
  await askedBy(store, of01, stage(table(1)));
  asked.length = 0;
  await runOn(store, { t: stage(table(1)) }, { code: withContent('one'), force: ['t'] });
  expect(asked).toEqual([1]);
});

test('what is pure is computed again: it cost nothing', async () => {
  const store = memoryStore();
  await askedBy(store, of01, stage(table(1, 2), 'pure'));
  expect(await askedBy(store, withContent('one'), stage(table(1, 2), 'pure'))).toEqual([
    [1, 2],
    [2, 4],
  ]);
});
