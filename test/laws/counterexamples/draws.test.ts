import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { memoryStore } from '@millrace/core';
import { embed, evaluate, exactMatch, generate, map, model, rowsSource, sample, sort, tokenF1 } from '@millrace/stages';
import { go } from '../kit.js';
import { lab, planOf, printsOf } from '../lab.js';
import { ran, rows } from './world.js';

describe('W10 two draws that are declared alike', () => {
  const q = rowsSource(rows(0, 3));
  const drawn = (more: object = {}) =>
    generate(q, { model: model('test/echo', { temperature: 1 }), prompt: '{{text}}', into: 'answer', ...more });

  test('are one stage, which the plan says, and do not wait for each other', async () => {
    const store = memoryStore();
    const plan = await planOf(store, { a: drawn(), b: drawn() });
    expect(plan.steps.map(({ node }) => node.names)).toContainEqual(['a', 'b']);
    const { calls, out } = await ran(store, { a: drawn(), b: drawn() });
    expect([calls, await out.a.all()]).toEqual([3, await out.b.all()]);
  });

  test('are two where the second has a name of its own', async () => {
    const { a, b } = await printsOf({ a: drawn(), b: drawn({ draw: 'b' }) });
    expect(a).not.toBe(b);
    expect((await ran(memoryStore(), { a: drawn(), b: drawn({ draw: 'b' }) })).calls).toBe(6);
  });

  test('equal rows of a sampling stage are two draws, also when one more stands before them', async () => {
    const world = lab();
    const build = (...texts: string[]) => ({
      d: world.k.sampled(world.k.rows(texts.map((text) => ({ text }))), { from: 'text', into: 'draw' }),
    });
    const first = await go(world, build('x', 'x'));
    const [one, two] = (await first.rows('d')).map((row) => row['draw']);
    expect(one).not.toBe(two);
    const more = await go(world, build('y', 'x', 'x'));
    expect((await more.rows('d')).map((row) => row['draw']).slice(1)).toEqual([one, two]);
    expect(more.calls).toHaveLength(1);
  });
});

test('W11 an interval is that of a run from nothing, whatever metrics came before it', async () => {
  const data = rowsSource(
    Array.from({ length: 20 }, (_, i) => ({ gold: `${i % 4} and ${i % 3}`, answer: `${i % 5} and ${i % 3}` })),
  );
  const scored = (metrics: object) => {
    const scores = evaluate(data, {
      prediction: 'answer',
      reference: 'gold',
      metrics: metrics as { em: ReturnType<typeof exactMatch> },
      bootstrap: { replicates: 200 },
    });
    return { scores, summary: scores.summary };
  };
  const store = memoryStore();
  await ran(store, scored({ em: exactMatch() }));
  const grown = await ran(store, scored({ f1: tokenF1(), em: exactMatch() }));
  const fresh = await ran(memoryStore(), scored({ f1: tokenF1(), em: exactMatch() }));
  expect(await grown.out.summary.all()).toEqual(await fresh.out.summary.all());
});

test('W12 a seeded draw does not depend on how many are drawn at once, or on which are known', async () => {
  const drawn = (n: number, concurrency: number) => ({
    it: map(
      rowsSource(rows(0, n)),
      {
        reads: ['text'],
        version: 1,
        nature: 'sampling',
        run: async (_row, _with, _handle, { seed }) => {
          await pause(Number.parseInt(seed.slice(0, 2), 16) % 4);
          return { seed };
        },
      },
      { concurrency },
    ),
    sampled: sample(rowsSource(rows(0, n)), { count: 3, seed: 5 }),
    sorted: sort(rowsSource(rows(0, n)), { by: ['text'] }),
  });
  const all = async ({ out }: Awaited<ReturnType<typeof ran>>) => [
    await out.it.all(),
    await out.sampled.all(),
    await out.sorted.all(),
  ];
  const one = await all(await ran(memoryStore(), drawn(12, 1)));
  expect(await all(await ran(memoryStore(), drawn(12, 8), { stages: 3, seed: 9 }))).toEqual(one);
  const store = memoryStore();
  await ran(store, drawn(7, 3));
  const grown = await ran(store, drawn(12, 5));
  expect([await all(grown), grown.did['it']]).toEqual([one, 'ran 5 of 12']);
});

describe('W13 a vector does not depend on the texts that were sent beside it', () => {
  test('two new texts beside eight that are known give the vectors of ten', async () => {
    const build = (n: number) => ({
      v: embed(rowsSource(rows(0, n)), { from: 'text', model: model('test/ngram', { dimensions: 16 }) }),
    });
    const store = memoryStore();
    await ran(store, build(8));
    const grown = await ran(store, build(10));
    expect(grown.did['v']).toBe('ran 2 of 10');
    expect(await grown.out.v.all()).toEqual(await (await ran(memoryStore(), build(10))).out.v.all());
  });

  test('a model of which it would is not let to send them together', () => {
    expect(() => model('local/./tiny', { dtype: 'int8', batchInvariant: true })).toThrow(
      /changes with the texts sent beside it/,
    );
  });
});
