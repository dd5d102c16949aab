import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { openStore } from '@millrace/arrow-store';
import { memoryStore, type Row } from '@millrace/core';
import { filter, generate, rowsSource, source } from '@millrace/stages';
import { filesBelow, flipBit, folder } from '../files.js';
import { go } from '../kit.js';
import { lab } from '../lab.js';
import { asksAll, echo, killed, objectsOf, ran, rows } from './world.js';

test('L2 killed at 40 of 50, a typo mended: 40 answers count under the other fingerprint', async () => {
  const first = lab();
  const gone = await killed(first, asksAll(first, rows(0, 50)), { at: 40 });
  const mended = rows(0, 50).map((row) =>
    row['id'] === 3 ? { ...row, text: 'without the typo, and long enough' } : row,
  );
  const on = await go(gone.world, asksAll(gone.world, mended));
  expect(on.calls).toHaveLength(10 + 1);
});

test('L4 a forced run that was killed goes on with what it drew; a second deliberate one reuses none of it', async () => {
  const first = lab();
  await go(first, asksAll(first, rows(0, 12)));
  const gone = await killed(first, asksAll(first, rows(0, 12)), { at: 9, asked: { force: ['answers'] } });
  const on = await go(gone.world, asksAll(gone.world, rows(0, 12)), { force: ['answers'] });
  expect([gone.calls.length, on.calls.length]).toEqual([10, 3]);
  expect((await go(gone.world, asksAll(gone.world, rows(0, 12)), { force: ['answers'] })).calls).toHaveLength(12);
});

test('L5 a row that a filter dropped is remembered as dropped', async () => {
  const asked: number[] = [];
  const kept = (data: readonly Row[]) => ({
    it: filter(rowsSource(data as readonly { id: number }[]), {
      reads: ['id'],
      version: 1,
      nature: 'answered',
      run: async ({ id }) => {
        asked.push(id);
        return id % 10 === 0;
      },
    }),
  });
  const store = memoryStore();
  await ran(store, kept(rows(0, 30)));
  expect(asked).toHaveLength(30);
  asked.length = 0;
  const { out } = await ran(store, kept(rows(0, 32)));
  expect([asked, await out.it.column('id')]).toEqual([
    [30, 31],
    [0, 10, 20, 30],
  ]);
});

describe('L6 what is lost above costs nothing below', () => {
  test.each(['cleared', 'damaged'])('questions that were %s: no answer is asked for again', async (how) => {
    const root = folder();
    const first = lab(openStore(root));
    const outputs = ({ k }: typeof first) => {
      const questions = k.rows(rows(0, 12));
      return { questions, answers: k.asked(questions, { from: 'text', into: 'answer' }) };
    };
    const before = await go(first, outputs(first));
    const objects = objectsOf(before.outputs.get('questions'), 'text');
    await first.store.close();
    for (const name of filesBelow(join(root, 'objects')))
      if (objects.some((object) => name.endsWith(object)))
        how === 'damaged'
          ? flipBit(join(root, 'objects', name))
          : renameSync(join(root, 'objects', name), join(folder(), 'gone'));
    const world = lab(openStore(root), first.outside);
    await go(world, outputs(world), { need: 'all' }).then((went) => went.rows('answers').catch(() => undefined));
    const mended = await go(world, outputs(world), { need: 'all' });
    expect(await mended.rows('answers')).toEqual(
      rows(0, 12).map((row) => ({ ...row, answer: expect.stringMatching(/#1$/) })),
    );
    expect(world.outside.calls).toEqual([]);
    await world.store.close();
  });
});

test('L10 a try with few rows, and a sweep, leave the answers of the full run', async () => {
  const store = openStore(folder());
  const data = rows(0, 20);
  const base = folder();
  writeFileSync(join(base, 'q.jsonl'), data.map((row) => JSON.stringify(row)).join('\n'));
  const outputs = {
    answers: generate(source.jsonl('q.jsonl'), { model: echo, prompt: 'Q: {{text}}' as string, into: 'answer' }),
  };
  expect((await ran(store, outputs, { base })).calls).toBe(20);
  expect((await ran(store, outputs, { base, rows: 3 })).calls).toBe(0);
  store.gc({ graceMs: 0 });
  const full = await ran(store, outputs, { base });
  expect([full.calls, full.out.answers.count]).toEqual([0, 20]);
  writeFileSync(join(base, 'q.jsonl'), [...data, ...rows(20, 21)].map((row) => JSON.stringify(row)).join('\n'));
  expect((await ran(store, outputs, { base })).calls).toBe(1);
  await store.close();
});

describe('a column that is only passed on is lost, and another that is passed on was edited', () => {
  const data = (note: string) => rows(0, 6).map((row, i) => ({ ...row, note: i === 1 ? note : `note ${i}` }));
  const built = ({ k }: ReturnType<typeof lab>, note: string) => {
    const up = k.pure(k.rows(data(note)), { from: 'text', into: 'up' });
    return {
      up,
      few: k.filter(up, { from: 'text', into: 'unused' }),
      many: k.explode(up, { from: 'text', into: 'piece' }),
      draws: k.sampled(up, { from: 'text', into: 'draw', repeat: 2 }),
      sorted: k.sort(up, { by: 'text' }),
      parts: k.split(up, { by: 'text' }),
    };
  };

  test.each(['few', 'many', 'draws', 'sorted', 'parts'] as const)(
    '%s, which needs its digests: it is made again, and the run is as one from nothing',
    async (name) => {
      const store = memoryStore();
      const world = lab(store);
      const of = (note: string) => ({ [name]: built(world, note)[name] });
      await go(world, { up: built(world, 'one').up, ...of('one') });
      const { outputs } = await go(world, { up: built(world, 'one').up });
      for (const object of objectsOf(outputs.get('up'), 'up')) store.shelf.delete(object);
      const again = await go(world, of('other'));
      expect([again.error, again.outcome?.ended]).toEqual([undefined, 'done']);
      const fresh = lab(memoryStore());
      const { outputs: made } = await go(fresh, { [name]: built(fresh, 'other')[name] });
      const [now, then] = [again.outputs.get(name), made.get(name)].map((output) =>
        output?.is === 'table' ? output.columns.filter((c) => c.name !== 'draw').map((c) => [c.name, c.digest]) : [],
      );
      expect(now).toEqual(then);
    },
  );
});
