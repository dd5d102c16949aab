import { describe, expect, test } from '@jest/globals';
import { memoryStore, type Row } from '@millrace/core';
import { go } from './kit.js';
import { lab, planOf, statuses } from './lab.js';

const rows = (...texts: readonly string[]): readonly Row[] => texts.map((text, i) => ({ n: i, text }));

describe('the same content: nothing below runs', () => {
  const chain = () => {
    const world = lab();
    const { k } = world;
    /** A stage whose answer is the length of the text: many texts, few answers. */
    const sized = (t: ReturnType<typeof k.rows>, version: number) =>
      k.rowStage(
        t,
        { from: 'text', into: 'size', version },
        {
          name: 'sized',
          nature: 'pure',
          answer: (text, key) => {
            world.outside.answer(key, text);
            return { out: `${text.length}` };
          },
        },
      );
    const build = (data: readonly Row[], version = 1) => {
      const size = sized(k.rows(data), version);
      const asked = k.asked(size, { from: 'size', into: 'answer' });
      return {
        size,
        asked,
        pure: k.pure(asked, { from: 'answer', into: 'p' }),
        count: k.count(asked, { by: 'answer' }),
        grouped: k.group(size, { by: 'size' }),
        model: k.train(size, { by: 'size' }),
      };
    };
    return { world, build };
  };

  test('after another version of the stage above', async () => {
    const { world, build } = chain();
    await go(world, build(rows('aa', 'b')));
    const second = await go(world, build(rows('aa', 'b'), 2));
    expect(second.did).toEqual({
      rows: 'reused',
      size: 'ran 2/2',
      asked: 'cut off',
      pure: 'cut off',
      count: 'cut off',
      grouped: 'cut off',
      model: 'cut off',
    });
    expect(second.calls).toHaveLength(2);
  });

  test('after another text with the same answer: what is passed on is of now', async () => {
    const { world, build } = chain();
    await go(world, build(rows('aa', 'b')));
    const second = await go(world, build(rows('xy', 'b')));
    expect(second.calls).toEqual([expect.stringMatching(/^sized.*"xy"$/)]);
    expect((await second.rows('asked')).map((row) => row['text'])).toEqual(['xy', 'b']);
    expect(second.did).toMatchObject({ asked: 'cut off', pure: 'cut off', count: 'cut off' });
  });

  test('what was cut off is a plain hit the next time', async () => {
    const { world, build } = chain();
    await go(world, build(rows('aa', 'b')));
    await go(world, build(rows('xy', 'b')));
    const again = await go(world, build(rows('xy', 'b')));
    expect(new Set(Object.values(again.did))).toEqual(new Set(['reused']));
    expect(again.calls).toEqual([]);
  });

  test('only where the order is the same too', async () => {
    const { world, build } = chain();
    await go(world, build(rows('aa', 'b')));
    const swapped = await go(world, build(rows('b', 'aa')));
    expect(swapped.did).toMatchObject({ asked: 'ran 0/2', count: 'ran', grouped: 'ran' });
    expect((await swapped.rows('asked')).map((row) => row['size'])).toEqual(['1', '2']);
  });

  test('is said by the plan once the stage above is known, and `decided later` before', async () => {
    const { world, build } = chain();
    await go(world, build(rows('aa', 'b')));
    expect(statuses(await planOf(world.store, build(rows('aa', 'b'), 2)))).toMatchObject({
      size: 'run',
      asked: 'later',
    });
    await go(world, { size: build(rows('aa', 'b'), 2).size });
    expect(statuses(await planOf(world.store, build(rows('aa', 'b'), 2)))).toMatchObject({
      size: 'reused',
      asked: 'cut off',
      pure: 'cut off',
      count: 'cut off',
    });
  });
});

test('other content that only passes through: who reads it below runs, also behind stages that drop or repeat rows', async () => {
  const world = lab();
  const { k } = world;
  const build = (more: number) => {
    const data = k.rows(rows('ab', 'x', 'cdefgh').map((row) => ({ ...row, n: row['n'] + more })));
    const pieces = k.explode(k.filter(data, { from: 'text', into: 'unused' }), { from: 'text', into: 'piece' });
    const sorted = k.sort(pieces, { by: 'piece' });
    return {
      sorted,
      reads: k.asked(sorted, { from: 'n', into: 'a' }),
      ignores: k.asked(sorted, { from: 'piece', into: 'a' }),
    };
  };
  await go(world, build(0));
  const other = await go(world, build(10));
  expect(other.calls).toEqual([expect.stringMatching(/^asked.* 10$/), expect.stringMatching(/^asked.* 12$/)]);
  expect((await other.rows('sorted')).map((row) => [row['piece'], row['n']])).toEqual([
    ['a', 10],
    ['b', 10],
    ['c', 12],
    ['d', 12],
  ]);
  expect((await other.rows('reads')).every((row) => String(row['a']).startsWith(String(row['n'])))).toBe(true);
});

describe('other content under the same fingerprint: everything below that reads it runs', () => {
  const redrawn = () => {
    const world = lab();
    const { k } = world;
    const data = k.rows(rows('a', 'b', 'c'));
    const drawn = k.sampled(data, { from: 'text', into: 'draw' });
    const outputs = {
      data,
      drawn,
      reads: k.pure(drawn, { from: 'draw', into: 'p' }),
      ignores: k.pure(drawn, { from: 'text', into: 'q' }),
      count: k.count(drawn, { by: 'draw' }),
      counted: k.count(drawn, { by: 'text' }),
      sorted: k.sort(drawn, { by: 'draw' }),
      model: k.train(drawn, { by: 'draw' }),
    };
    return { world, outputs, k };
  };

  test('a forced redraw', async () => {
    const { world, outputs } = redrawn();
    const first = await go(world, outputs);
    const forced = await go(world, outputs, { force: ['drawn'] });
    expect(forced.did).toEqual({
      data: 'reused',
      drawn: 'ran 3/3',
      reads: 'ran 3/3',
      ignores: 'reused',
      count: 'ran',
      counted: 'reused',
      sorted: 'ran',
      model: 'ran',
    });
    expect(await forced.rows('drawn')).not.toEqual(await first.rows('drawn'));
    expect((await forced.rows('ignores')).map((row) => row['draw'])).toEqual(
      (await forced.rows('drawn')).map((row) => row['draw']),
    );
    expect(new Set(Object.values((await go(world, outputs)).did))).toEqual(new Set(['reused']));
  });

  test('of which one row is another: that row', async () => {
    const world = lab();
    const { k } = world;
    const changing = new Map([['a', 0]]);
    const drawn = k.rowStage(
      k.rows(rows('a', 'b', 'c')),
      { from: 'text', into: 'draw' },
      {
        name: 'moody',
        nature: 'sampling',
        answer: (text, key) => {
          world.outside.answer(key, text);
          return { out: `${text}${changing.get(text) ?? ''}` };
        },
      },
    );
    const outputs = { drawn, reads: k.asked(drawn, { from: 'draw', into: 'p' }) };
    await go(world, outputs);
    expect((await go(world, outputs, { force: ['drawn'] })).did).toMatchObject({ drawn: 'ran 3/3', reads: 'reused' });
    changing.set('a', 1);
    expect((await go(world, outputs, { force: ['drawn'] })).did).toMatchObject({ drawn: 'ran 3/3', reads: 'ran 1/3' });
    changing.set('a', 0);
    const back = await go(world, outputs, { force: ['drawn'] });
    expect(back.did).toMatchObject({ drawn: 'ran 3/3', reads: expect.stringMatching(/cut off|ran 0\/3|reused/) });
  });

  test('in a later run, where only the redraw had been asked for', async () => {
    const { world, outputs } = redrawn();
    await go(world, outputs);
    await go(world, outputs, { force: ['drawn'], only: ['drawn'] });
    const later = await go(world, outputs);
    expect(later.did).toMatchObject({
      drawn: 'reused',
      reads: 'ran 3/3',
      ignores: 'reused',
      count: 'ran',
      model: 'ran',
    });
    expect(later.events.find((e) => e.is === 'stage-started' && e.stage === 'reads')).toMatchObject({
      reasons: [{ is: 'content', role: 'rows' }],
    });
  });

  test('also with only(); what stands below an old draw is not shown beside a new one', async () => {
    const { world, outputs } = redrawn();
    await go(world, outputs);
    await go(world, outputs, { force: ['drawn'], only: ['count'] });
    const all = await go(world, outputs);
    const draws = (await all.rows('drawn')).map((row) => String(row['draw']));
    expect((await all.rows('reads')).map((row) => String(row['p']).startsWith(String(row['draw'])))).toEqual([
      true,
      true,
      true,
    ]);
    expect((await all.rows('sorted')).map((row) => row['draw'])).toEqual([...draws].sort());
  });
});

test('a row that fails twice with other words gives the same content: nothing below runs', async () => {
  const store = memoryStore();
  const world = lab(store);
  world.outside.failing.add('b');
  const asked = world.k.asked(world.k.rows(rows('a', 'b')), { from: 'text', into: 'answer' });
  const outputs = {
    asked,
    pure: world.k.pure(asked, { from: 'answer', into: 'p' }),
    n: world.k.count(asked, { by: 'answer', partial: true }),
  };
  const first = await go(world, outputs);
  expect(first.outcome?.ended).toBe('failed rows');
  const second = await go(world, outputs);
  expect(second.calls).toEqual([]);
  expect(second.did).toMatchObject({ asked: 'ran 1/2', n: 'reused' });
});
