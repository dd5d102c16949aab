import { describe, expect, test } from '@jest/globals';
import type { AnyHandle, AnyTable, Row } from '@millrace/core';
import { go } from './kit.js';
import { lab } from './lab.js';

const three: readonly Row[] = [
  { id: 1, text: 'a' },
  { id: 2, text: 'b' },
  { id: 3, text: 'c' },
];

interface Edits {
  readonly data?: readonly Row[];
  readonly asked?: unknown;
  readonly parsed?: unknown;
  readonly threshold?: unknown;
  readonly more?: boolean;
}

/** questions → answers → { parsed → counted, judged(threshold from the questions' ids) } */
function both() {
  const world = lab();
  const { k } = world;
  const build = ({ data = three, asked = 0, parsed = 0, threshold = 0, more = false }: Edits = {}) => {
    const questions = k.rows(data);
    const answers = k.asked(questions, { from: 'text', into: 'answer', with: asked });
    const pure = k.pure(answers, { from: 'answer', into: 'value', with: parsed });
    const limit = k.count(questions, { by: 'id', with: threshold });
    const outputs: Record<string, AnyHandle> = {
      questions,
      answers,
      parsed: pure,
      limit,
      judged: k.judged(answers, { from: 'answer', into: 'verdict', threshold: limit }),
    };
    if (more) outputs['sorted'] = k.sort(answers as AnyTable, { by: 'answer' });
    return outputs;
  };
  return { world, build };
}

const asksOf = (calls: readonly string[], stage: string) => calls.filter((call) => call.startsWith(`${stage}(`)).length;

describe('only what is invalid runs, by the list of calls', () => {
  test('at first everything, each row once, then nothing', async () => {
    const { world, build } = both();
    const first = await go(world, build());
    expect(first.did).toEqual({
      questions: 'ran',
      answers: 'ran 3/3',
      parsed: 'ran 3/3',
      limit: 'ran',
      judged: 'ran 3/3',
    });
    expect(first.calls).toHaveLength(10);
    const second = await go(world, build());
    expect(new Set(Object.values(second.did))).toEqual(new Set(['reused']));
    expect(second.calls).toEqual([]);
  });

  test('an edited row is one call in each stage that reads it', async () => {
    const { world, build } = both();
    await go(world, build());
    const edited = await go(
      world,
      build({
        data: [
          { id: 1, text: 'a' },
          { id: 2, text: 'B' },
          { id: 3, text: 'c' },
        ],
      }),
    );
    expect(edited.did).toEqual({
      questions: 'ran',
      answers: 'ran 1/3',
      parsed: 'ran 1/3',
      limit: 'cut off',
      judged: 'ran 1/3',
    });
    expect(edited.calls.filter((call) => call.startsWith('asked'))).toEqual([expect.stringContaining('"B"')]);
    expect(edited.calls).toHaveLength(3);
  });

  test('an appended row is one call, a removed one none, another order none', async () => {
    const { world, build } = both();
    await go(world, build());
    const appended = await go(world, build({ data: [...three, { id: 3, text: 'd' }] }));
    expect(asksOf(appended.calls, 'asked')).toBe(1);
    const removed = await go(world, build({ data: three.slice(1) }));
    expect(removed.did['answers']).toBe('ran 0/2');
    expect(asksOf(removed.calls, 'asked')).toBe(0);
    const moved = await go(world, build({ data: [...three].reverse() }));
    expect(moved.did['answers']).toBe('ran 0/3');
    expect(asksOf(moved.calls, 'asked') + asksOf(moved.calls, 'pure')).toBe(0);
    expect((await moved.rows('answers')).map((row) => row['id'])).toEqual([3, 2, 1]);
  });

  test('equal rows are one call', async () => {
    const { world, build } = both();
    const twice = await go(world, build({ data: [...three, ...three] }));
    expect(asksOf(twice.calls, 'asked')).toBe(3);
    expect(await twice.rows('answers')).toHaveLength(6);
  });

  test('config in the middle: that stage and what is below it, neither above nor beside', async () => {
    const { world, build } = both();
    await go(world, build());
    expect((await go(world, build({ parsed: 1 }))).did).toEqual({
      questions: 'reused',
      answers: 'reused',
      parsed: 'ran 3/3',
      limit: 'reused',
      judged: 'reused',
    });
    expect((await go(world, build({ asked: 1 }))).did).toEqual({
      questions: 'reused',
      answers: 'ran 3/3',
      parsed: 'ran 3/3',
      limit: 'reused',
      judged: 'ran 3/3',
    });
  });

  test('another value at a side input: every row of the stage that takes it, and nothing else', async () => {
    const { world, build } = both();
    await go(world, build());
    const other = await go(world, build({ threshold: 1 }));
    expect(other.did).toEqual({
      questions: 'reused',
      answers: 'reused',
      parsed: 'reused',
      limit: 'ran',
      judged: 'ran 3/3',
    });
    expect(asksOf(other.calls, 'judged')).toBe(3);
  });

  test('a new output is all that runs', async () => {
    const { world, build } = both();
    await go(world, build());
    const more = await go(world, build({ more: true }));
    const { sorted, ...others } = more.did;
    expect(sorted).toBe('ran');
    expect(new Set(Object.values(others))).toEqual(new Set(['reused']));
    expect(more.calls).toHaveLength(1);
  });

  test('a column that a stage does not read is nothing to it, row by row or as a whole', async () => {
    const { world } = both();
    const build = (n: number) => {
      const q = world.k.rows([
        { text: 'a', n },
        { text: 'b', n: n + 1 },
      ]);
      return {
        q,
        answers: world.k.asked(q, { from: 'text', into: 'answer' }),
        count: world.k.count(q, { by: 'text' }),
        sorted: world.k.sort(q, { by: 'text' }),
        group: world.k.group(q, { by: 'text' }),
      };
    };
    await go(world, build(1));
    const other = await go(world, build(5));
    expect(other.calls).toEqual([]);
    expect(await other.rows('answers')).toEqual([
      expect.objectContaining({ text: 'a', n: 5 }),
      expect.objectContaining({ text: 'b', n: 6 }),
    ]);
    expect(await other.rows('sorted')).toEqual([
      { text: 'a', n: 5 },
      { text: 'b', n: 6 },
    ]);
  });

  test('options change nothing, whatever the order in which stages and rows happen to run', async () => {
    const world = lab();
    const build = (concurrency: number, batch: number) => {
      const q = world.k.rows(Array.from({ length: 9 }, (_, i) => ({ text: `t${i}` })));
      const c = { from: 'text', into: 'answer', batch, options: { concurrency, timeoutMs: 60_000 } };
      const answers = world.k.asked(q, c);
      return {
        answers,
        pure: world.k.pure(answers, { from: 'answer', into: 'p' }),
        n: world.k.count(answers, { by: 'answer' }),
      };
    };
    const first = await go(world, build(1, 1), { seed: 1, stages: 1 });
    for (const [concurrency, batch, seed] of [
      [4, 1, 2],
      [2, 4, 3],
      [9, 9, 4],
    ] as const) {
      const again = await go(world, build(concurrency, batch), { seed, stages: 3, concurrency });
      expect([again.calls, new Set(Object.values(again.did))]).toEqual([[], new Set(['reused'])]);
      expect(await again.rows('pure')).toEqual(await first.rows('pure'));
    }
  });

  test('a batch holds only rows that are not known', async () => {
    const world = lab();
    const sizes: number[] = [];
    const build = (texts: readonly string[]) => ({
      it: world.k.rowStage(
        world.k.rows(texts.map((text) => ({ text }))),
        { from: 'text', into: 'out', batch: 3 },
        {
          name: 'batched',
          nature: 'pure',
          answer: (text, key) => {
            sizes.push(world.outside.answer(key, text));
            return { out: text };
          },
        },
      ),
    });
    await go(world, build(['a', 'b', 'c', 'd']));
    const more = await go(world, build(['x', 'a', 'b', 'y', 'c', 'd', 'z']));
    expect(more.calls.map((call) => call.at(-2))).toEqual(['x', 'y', 'z']);
    expect(sizes).toHaveLength(7);
  });

  test('only what was asked for, and what that needs', async () => {
    const { world, build } = both();
    const only = await go(world, build(), { only: ['parsed'] });
    expect(Object.keys(only.did).sort()).toEqual(['answers', 'parsed', 'questions']);
    const rest = await go(world, build());
    expect(rest.did).toMatchObject({ questions: 'reused', answers: 'reused', parsed: 'reused', limit: 'ran' });
  });

  test('a stage of many rows runs for the row that changed, and what it gave goes with it', async () => {
    const world = lab();
    const build = (data: readonly string[]) => {
      const pieces = world.k.explode(world.k.rows(data.map((text) => ({ text }))), { from: 'text', into: 'piece' });
      return { pieces, below: world.k.asked(pieces, { from: 'piece', into: 'answer' }) };
    };
    const first = await go(world, build(['ab', 'xyz', '', 'abcd']));
    expect(await first.rows('pieces')).toHaveLength(5);
    const second = await go(world, build(['ab', 'xyw', '', 'abcd']));
    expect(second.calls).toEqual([expect.stringMatching(/^explode.*"xyw"$/), expect.stringMatching(/^asked.*"w"$/)]);
  });

  test('a forced stage runs as a whole, and no other does unless what it gave is another', async () => {
    const { world, build } = both();
    await go(world, build());
    const forced = await go(world, build(), { force: ['parsed'] });
    expect(forced.did).toEqual({
      questions: 'reused',
      answers: 'reused',
      parsed: 'ran 3/3',
      limit: 'reused',
      judged: 'reused',
    });
    const below = await go(world, build(), { force: ['answers'], forceBelow: true });
    expect(below.did).toMatchObject({ questions: 'reused', limit: 'reused', answers: 'ran 3/3', parsed: 'ran 3/3' });
  });
});
