import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { openStore } from '@millrace/arrow-store';
import { type AnyTable, type Kind, memoryStore, type Row, stage } from '@millrace/core';
import { map, rowsSource, sort, source, stack } from '@millrace/stages';
import { folder } from '../files.js';
import { go } from '../kit.js';
import { lab } from '../lab.js';
import { asksAll, ran, rows } from './world.js';

describe('N1 what is no content, or not read, runs nothing', () => {
  test('a redraw that gives the same texts with other latency and cost', async () => {
    let times = 0;
    const kind: Kind = {
      name: 'noted',
      version: 1,
      nature: 'answered',
      work: {
        is: 'rows',
        reads: () => ({ text: 'text' }),
        answers: () => ({ answer: 'text' }),
        run: (given, { beside }) =>
          given.map(({ text }, i) => {
            beside(i, { latencyMs: ++times, money: times / 100, model: `m-${times}` });
            return { answer: `to ${text}` };
          }),
      },
    };
    const store = memoryStore();
    const answers = stage<AnyTable>({ kind, inputs: { rows: rowsSource(rows(0, 3)) } });
    const outputs = {
      answers,
      sorted: sort(answers, { by: ['answer'] }),
      upper: map(answers, { reads: ['answer'], version: 1, run: ({ answer }) => ({ up: answer }) }),
    };
    await ran(store, outputs);
    const forced = await ran(store, outputs, { force: ['answers'] });
    expect([times, forced.did]).toEqual([
      6,
      { rows: 'reused', answers: 'ran 3 of 3', sorted: 'reused', upper: 'reused' },
    ]);
  });

  test('a column more above: stages over whole tables that do not read it', async () => {
    const world = lab();
    const build = (more: boolean) => {
      const q = world.k.rows(rows(0, 5).map((row) => ({ ...row, ...(more && { extra: 1 }) })));
      return {
        sorted: world.k.sort(q, { by: 'text' }),
        count: world.k.count(q, { by: 'text' }),
        group: world.k.group(q, { by: 'text' }),
        model: world.k.train(q, { by: 'text' }),
      };
    };
    await go(world, build(false));
    const wider = await go(world, build(true));
    expect(wider.calls).toEqual([]);
    expect(await wider.rows('sorted')).toEqual(rows(0, 5).map((row) => ({ ...row, extra: 1 })));
  });
});

test('N2 the same values are the same content, however they are written', async () => {
  const data = Array.from({ length: 12 }, (_, i) => ({ text: `text ${i % 3}`, n: i, at: { b: i, a: `${i}` } }));
  const base = folder();
  const lines = (all: readonly object[]) => all.map((row) => JSON.stringify(row)).join('\n');
  writeFileSync(join(base, 'a.jsonl'), lines(data));
  writeFileSync(
    join(base, 'b.jsonl'),
    `${lines(data.map(({ text, n, at }) => ({ at: { a: at.a, b: at.b }, n, text }))).replaceAll(':', ' : ')}\n\n`,
  );
  writeFileSync(join(base, 'c.json'), JSON.stringify(data, null, 2));
  const store = memoryStore();
  const below = (table: AnyTable) => ({
    table,
    count: map(
      table as never,
      {
        reads: ['text', 'n', 'at'],
        version: 1,
        run: (row: Row) => ({ all: JSON.stringify([row['text'], row['n'], row['at'].a]) }),
      } as never,
    ),
  });
  await ran(store, below(source.jsonl('a.jsonl')), { base });
  for (const other of [source.jsonl('b.jsonl'), source.json('c.json'), rowsSource(data)])
    expect((await ran(store, below(other), { base })).did['count']).toMatch(/cut off|reused/);
});

test('N3 an inserted line runs nothing below it, and each row keeps to its own parent', async () => {
  const world = lab();
  const { k } = world;
  const build = (...texts: string[]) => {
    const q = k.rows(texts.map((text, i) => ({ text, line: i })));
    const kept = k.filter(q, { from: 'text', into: 'unused' });
    return { kept, below: k.asked(kept, { from: 'text', into: 'answer' }), count: k.count(kept, { by: 'text' }) };
  };
  await go(world, build('aa', 'bb', 'x', 'cc'));
  const inserted = await go(world, build('y', 'aa', 'bb', 'x', 'cc'));
  expect(inserted.calls).toEqual([expect.stringMatching(/^filter.*"y"$/)]);
  expect(inserted.did).toMatchObject({ kept: 'ran 1/3', below: expect.stringMatching(/cut off/), count: 'cut off' });
  expect((await inserted.rows('below')).map((row) => [row['text'], row['line']])).toEqual([
    ['aa', 1],
    ['bb', 2],
    ['cc', 4],
  ]);
});

test('N4 a named output that was swept is known until it is wanted', async () => {
  const store = openStore(folder());
  const world = lab(store);
  const outputs = asksAll(world, rows(0, 5));
  await go(world, outputs);
  await store.close();
  const next = openStore(store.where);
  expect(next.gc({ graceMs: 0, maxBytes: 0 }).objects.length).toBeGreaterThan(0);
  const known = await go({ ...world, store: next }, outputs);
  expect([known.calls, known.did['answers']]).toEqual([[], 'reused']);
  const wanted = await go({ ...world, store: next }, outputs, { need: ['answers'] });
  expect([wanted.calls.length, (await wanted.rows('answers')).length]).toEqual([5, 5]);
  await next.close();
});

test('a value that is not there is one value: as a null that is stored, and where a table has no such column', async () => {
  const { k, ...world } = lab();
  const data: readonly Row[] = [...rows(0, 2), { id: 2 }];
  const columns = { id: 'int32', text: 'text' } as const;
  const stacked = stack([
    rowsSource(data.slice(0, 2), { columns }),
    rowsSource([{ id: 2 }], { columns: { id: 'int32' } }),
  ]);
  const whole = rowsSource(data, { columns });
  const called = { from: 'text', into: 'out' };
  expect((await go(world, { it: k.pure(whole, called) })).calls).toHaveLength(3);
  expect((await go(world, { it: k.pure(stacked, called) })).calls).toEqual([]);
  expect((await go(world, { it: k.group(whole, { by: 'text' }) })).did['it']).toBe('ran');
  expect((await go(world, { it: k.group(stacked, { by: 'text' }) })).did['it']).toBe('cut off');
});
