import { describe, expect, test } from '@jest/globals';
import { type Kind, memoryStore, stage, type Value } from '@millrace/core';
import { go } from '../kit.js';
import { lab, planOf } from '../lab.js';
import { rows } from './world.js';

describe('U1 a plan knows what it knows', () => {
  test('below a stage that will run: decided later, and before any run so is all below the sources', async () => {
    const world = lab();
    const { k } = world;
    const build = (n: number) => {
      const q = k.rows(rows(0, n));
      const answers = k.asked(q, { from: 'text', into: 'answer' });
      return { q, answers, other: k.rows(rows(0, 2)), sorted: k.sort(answers, { by: 'answer' }) };
    };
    const decided = async (n: number) =>
      Object.fromEntries(
        (await planOf(world.store, build(n))).steps.map(({ name, decision }) => [name, decision.status]),
      );
    expect(await decided(3)).toEqual({ q: 'run', answers: 'later', other: 'run', sorted: 'later' });
    await go(world, build(3));
    expect(await decided(3)).toEqual({ q: 'reused', answers: 'reused', other: 'reused', sorted: 'reused' });
    expect(await decided(4)).toEqual({ q: 'run', answers: 'later', other: 'reused', sorted: 'later' });
  });

  test('a chain of thousands of stages is declared, planned, run and reused', async () => {
    const world = lab();
    const one: Kind = {
      name: 'one more',
      version: 1,
      nature: 'pure',
      work: {
        is: 'whole',
        parts: () => ({ main: 'value' }),
        run: async ({ inputs }) => ({
          main: { value: inputs['n']?.is === 'value' ? Number(inputs['n'].value) + 1 : 0 },
        }),
      },
    };
    const chain = (length: number) => {
      let end = stage<Value<number>>({ kind: one });
      for (let n = 1; n < length; n++) end = stage<Value<number>>({ kind: one, inputs: { n: end } });
      return { end };
    };
    expect((await planOf(world.store, chain(20_000))).steps).toHaveLength(20_000);
    const first = await go(world, chain(3000));
    expect([first.outcome?.ended, first.value('end')]).toEqual(['done', 2999]);
    expect(new Set(Object.values((await go(world, chain(3000))).did))).toEqual(new Set(['reused']));
  });
});

describe('U2 waiting for a lock takes no slot', () => {
  test.each([1, 2, 3, 4])(
    'a run with one slot goes on beside a stage that another run makes, seed %i',
    async (seed) => {
      const store = memoryStore();
      const done = { b: () => {}, a: () => {} };
      const [aBegun, bDone] = [new Promise<void>((go) => (done.a = go)), new Promise<void>((go) => (done.b = go))];
      const { k } = lab(store);
      const one = (name: string, answer: () => Promise<void>) =>
        k.rowStage(
          k.rows([{ text: name }]),
          { from: 'text', into: 'answer', with: name },
          {
            name,
            nature: 'answered',
            answer: async (text) => {
              await answer();
              return { out: text };
            },
          },
        );
      const a = one('a', async () => {
        done.a();
        await bDone;
      });
      const b = one('b', async () => done.b());
      const holder = go(lab(store), { a });
      await aBegun;
      const other = go(lab(store), { a, b }, { stages: 1, seed });
      expect((await Promise.all([holder, other])).map(({ outcome }) => outcome?.ended)).toEqual(['done', 'done']);
    },
    10_000,
  );
});
