import { describe, expect, test } from '@jest/globals';
import { openStore } from '@millrace/arrow-store';
import { type AnyTable, createPipeline, type Kind, memoryStore, stage, type Table } from '@millrace/core';
import { embed, extract, generate, map, model, number, regex, rowsSource } from '@millrace/stages';
import { accept } from '../../../packages/millrace/src/command/accept.js';
import type { Opened } from '../../../packages/millrace/src/command/opened.js';
import { folder } from '../files.js';
import { codeReader } from '../kit.js';
import { echo, ran, rows } from './world.js';

describe('L1 what changes no request buys nothing again', () => {
  const q = rowsSource(rows(0, 4));
  const asking = (more: object = {}, of: AnyTable = q) =>
    generate(of, { model: echo, prompt: 'Q: {{text}}', into: 'answer', ...more } as {
      model: typeof echo;
      prompt: string;
    });

  test.each([
    ['another name for the answers', () => asking({ into: 'reply' })],
    [
      'another name for the column and the variable',
      () => asking({ prompt: 'Q: {{ask}}' }, rowsSource(rows(0, 4).map(({ text }) => ({ ask: text })))),
    ],
    ['accepting refusals', () => asking({ accept: ['refusal', 'length'] })],
    ['another spelling of the template', () => asking({ prompt: 'Q: {{ text }}' })],
    ['a column more beside it', () => asking({}, rowsSource(rows(0, 4).map((row) => ({ ...row, more: 1 }))))],
    ['another order of the rows', () => asking({}, rowsSource(rows(0, 4).reverse()))],
  ])('%s', async (_, changed) => {
    const store = memoryStore();
    expect((await ran(store, { a: asking() })).calls).toBe(4);
    expect((await ran(store, { a: changed() })).calls).toBe(0);
  });

  test('more samples: only those', async () => {
    const store = memoryStore();
    const drawn = (samples: number) => asking({ model: model('test/echo', { temperature: 1 }), samples });
    await ran(store, { a: drawn(3) });
    expect((await ran(store, { a: drawn(5) })).calls).toBe(8);
    expect((await ran(store, { a: drawn(2) })).calls).toBe(0);
  });

  test('the same texts from another column of another table', async () => {
    const store = memoryStore();
    const ngram = model('test/ngram', { dimensions: 8 });
    await ran(store, { v: embed(q, { from: 'text', model: ngram }) });
    const titles = rowsSource(rows(2, 6).map(({ text }) => ({ title: text })));
    expect((await ran(store, { v: embed(titles, { from: 'title', model: ngram, into: 'at' }) })).did['v']).toBe(
      'ran 2 of 4',
    );
  });

  test('another way to take the value out of an answer', async () => {
    const store = memoryStore();
    const parsed = (how: ReturnType<typeof regex> | ReturnType<typeof number>) => {
      const a = asking();
      return { a, parsed: extract(a as Table<{ answer: string }>, { from: 'answer', with: how, into: 'value' }) };
    };
    await ran(store, parsed(regex(/(\d+)$/)));
    expect((await ran(store, parsed(number()))).did).toMatchObject({ a: 'reused', parsed: 'ran 4 of 4' });
  });

  test('a newer version of a kind whose call is the same', async () => {
    const called: string[] = [];
    const kind = (version: number): Kind => ({
      name: 'versioned',
      version,
      nature: 'answered',
      work: {
        is: 'rows',
        reads: () => ({ text: 'text' }),
        answers: () => ({ answer: 'text' }),
        call: () => ({ version: 1, config: null }),
        derive: {
          reads: ['answer'],
          columns: () => ({ cost: 'int32' }),
          run: ({ answer }) => ({ cost: version * String(answer).length }),
        },
        run: (given) => {
          called.push(...given.map(({ text }) => text));
          return given.map(({ text }) => ({ answer: text }));
        },
      },
    });
    const store = memoryStore();
    const at = async (version: number) =>
      (await ran(store, { it: stage<AnyTable>({ kind: kind(version), inputs: { rows: q } }) })).out.it.column('cost');
    const [one] = await at(1);
    const [two] = await at(2);
    expect([called.length, two]).toEqual([4, 2 * one]);
  });

  test('a row added after an edit of the code was accepted: that row', async () => {
    const store = openStore(folder());
    const called: string[] = [];
    const outputs = (n: number, version: number) => ({
      it: map(rowsSource(rows(0, n)), {
        reads: ['text'],
        version,
        nature: 'answered',
        run: ({ text }) => {
          called.push(text);
          return { answer: `to ${text}` };
        },
      }),
    });
    await ran(store, outputs(5, 1));
    const { graph } = createPipeline(outputs(5, 2), () => ({ store, code: codeReader, base: '/' }));
    await accept('it', { graph, store, ports: { store, code: codeReader, base: '/' } } as unknown as Opened);
    called.length = 0;
    expect((await ran(store, outputs(5, 2))).did['it']).toBe('reused');
    await ran(store, outputs(6, 2));
    expect(called).toEqual([rows(5, 6)[0]?.['text']]);
    await store.close();
  });
});
