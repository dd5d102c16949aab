import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { openStore } from '@millrace/arrow-store';
import { memoryStore } from '@millrace/core';
import { evaluate, exactMatch, map, rowsSource } from '@millrace/stages';
import { filesBelow, flipBit, folder } from '../files.js';
import { go } from '../kit.js';
import { lab } from '../lab.js';
import { objectsOf, ran, rows } from './world.js';

describe('W2 a failed row is no answer', () => {
  test('it is asked again, what failed in other words is the same content, and nobody below is called for it', async () => {
    const world = lab();
    const { k } = world;
    const q = k.rows(rows(0, 3));
    const failing = rows(1, 2)[0]?.text as string;
    const answers = k.asked(q, { from: 'text', into: 'answer' });
    const outputs = { answers, judged: k.asked(answers, { from: 'answer', into: 'verdict' }) };
    world.outside.failing.add(failing);
    const first = await go(world, outputs);
    expect((await first.rows('judged')).map((row) => row['verdict'] === null)).toEqual([false, true, false]);
    expect(first.calls.filter((call) => call.includes('null') && call.includes('∅'))).toEqual([]);
    const second = await go(world, outputs);
    expect([second.calls, second.did['judged']]).toEqual([[], expect.stringMatching(/reused|ran 0/)]);
    world.outside.failing.clear();
    const third = await go(world, outputs);
    expect(third.did).toMatchObject({ answers: 'ran 1/3', judged: 'ran 1/3' });
  });

  test('it is counted beside a metric, never averaged into it', async () => {
    const store = memoryStore();
    const data = rowsSource([
      { text: '2', gold: '2' },
      { text: 'broken', gold: '2' },
      { text: '3', gold: '2' },
    ]);
    const parsed = map(data, {
      reads: ['text'],
      version: 1,
      run: ({ text }) => {
        if (text === 'broken') throw new Error('no');
        return { value: text };
      },
    });
    const scores = evaluate(parsed, { prediction: 'value', reference: 'gold', metrics: { em: exactMatch() } });
    const { out } = await ran(store, { scores, summary: scores.summary });
    expect(await out.summary.all()).toEqual([expect.objectContaining({ metric: 'em', value: 0.5, n: 2, failed: 1 })]);
  });
});

describe('W3 a redraw is not undone', () => {
  test.each(['memory', 'files'])(
    'a row more after it: the others are all of the redraw, on a store of %s',
    async (kind) => {
      const world = lab(kind === 'memory' ? memoryStore() : openStore(folder()));
      const build = (n: number) => ({
        answers: world.k.asked(world.k.rows(rows(0, n)), { from: 'text', into: 'answer' }),
      });
      await go(world, build(6));
      await go(world, build(6), { force: ['answers'] });
      const more = await go(world, build(7));
      expect(more.did['answers']).toBe('ran 1/7');
      expect((await more.rows('answers')).map((row) => String(row['answer']).at(-1))).toEqual([
        '2',
        '2',
        '2',
        '2',
        '2',
        '2',
        '1',
      ]);
      await world.store.close();
    },
  );

  test('stages that make the same calls are redrawn together: each is asked once, and both show one answer', async () => {
    const world = lab();
    const q = world.k.rows(rows(0, 4));
    const outputs = {
      once: world.k.asked(q, { from: 'text', into: 'answer' }),
      thrice: world.k.asked(q, { from: 'text', into: 'said', repeat: 3 }),
    };
    const { calls } = await go(world, outputs);
    for (let again = 0; again < 3; again++) {
      const forced = await go(world, outputs, { force: ['once', 'thrice'] });
      expect(forced.calls.toSorted()).toEqual(calls.toSorted());
      const drawn = (await forced.rows('thrice')).filter((_, i) => i % 3 === 0).map((row) => row['said']);
      expect((await forced.rows('once')).map((row) => row['answer'])).toEqual(drawn);
    }
  });

  test('an older version that was not redrawn beside it gives no row back', async () => {
    const world = lab();
    const build = (from: number, n: number) => ({
      answers: world.k.asked(world.k.rows(rows(from, n)), { from: 'text', into: 'answer' }),
    });
    await go(world, build(0, 4));
    await go(world, build(2, 6));
    await go(world, build(0, 4), { force: ['answers'] });
    const all = await go(world, build(0, 6));
    expect(all.calls).toEqual([]);
    expect((await all.rows('answers')).map((row) => String(row['answer']).at(-1))).toEqual([
      '2',
      '2',
      '2',
      '2',
      '1',
      '1',
    ]);
  });
});

describe('W4 in a diamond above which data was lost, both arms are of one draw', () => {
  test.each(['swept', 'damaged'])('%s', async (how) => {
    const root = folder();
    const first = lab(openStore(root));
    const build = ({ k }: typeof first, config: number) => {
      const u = k.sampled(k.rows(rows(0, 4)), { from: 'text', into: 'draw' });
      return { u, d: k.pure(u, { from: 'draw', into: 'd', with: config }), e: k.pure(u, { from: 'draw', into: 'e' }) };
    };
    const before = await go(first, build(first, 1));
    const [object] = objectsOf(before.outputs.get('u'), 'draw');
    const drawn = (await before.rows('u')).map((row) => String(row['draw']));
    await first.store.close();
    const file = join(
      root,
      'objects',
      filesBelow(join(root, 'objects')).find((name) => name.endsWith(`${object}`)) as string,
    );
    if (how === 'damaged') flipBit(file);
    else renameSync(file, join(folder(), 'gone'));
    const world = lab(openStore(root), first.outside);
    const went = await go(world, build(world, 2));
    expect(went.did).toMatchObject({ u: 'ran 4/4', d: 'ran 4/4', e: 'ran 4/4' });
    const draws = (await went.rows('u')).map((row) => String(row['draw']));
    expect(draws).not.toEqual(drawn);
    for (const name of ['d', 'e'])
      expect((await went.rows(name)).map((row, i) => String(row[name]).startsWith(draws[i] as string))).toEqual([
        true,
        true,
        true,
        true,
      ]);
    await world.store.close();
  });
});
