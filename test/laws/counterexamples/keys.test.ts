import { describe, expect, test } from '@jest/globals';
import { type AnyTable, type Kind, memoryStore, type Row, type Store, stage } from '@millrace/core';
import { embed, generate, map, model, rowsSource } from '@millrace/stages';
import { go } from '../kit.js';
import { lab, printOf } from '../lab.js';
import { ran, rows } from './world.js';

describe('W1 a row key has in it what a stage takes beside its rows', () => {
  test('a model that was trained anew is asked every question again', async () => {
    const world = lab();
    const { k } = world;
    const build = (rate: number) => {
      const trained = k.train(k.rows(rows(0, 3)), { by: 'text', with: rate });
      return { answers: k.tuned(k.rows(rows(10, 15)), { from: 'text', into: 'answer', model: trained }) };
    };
    await go(world, build(1));
    const other = await go(world, build(2));
    expect(other.did['answers']).toBe('ran 5/5');
    expect((await go(world, build(1))).calls).toEqual([]);
  });

  test('a model that lies outside and has other content now', async () => {
    const world = lab();
    const outside = { weights: 'first' };
    const kind: Kind = {
      name: 'local',
      version: 1,
      nature: 'pure',
      work: {
        is: 'rows',
        world: () => ({ content: outside.weights }),
        reads: () => ({ text: 'text' }),
        answers: () => ({ answer: 'text' }),
        request: ({ text }) => ({ ask: text }),
        run: (given) =>
          given.map(({ text }) => ({ answer: `${world.outside.answer(outside.weights, text)} ${outside.weights}` })),
      },
    };
    const outputs = { it: stage<AnyTable>({ kind, inputs: { rows: world.k.rows(rows(0, 4)) } }) };
    await go(world, outputs);
    outside.weights = 'second';
    expect((await go(world, outputs)).did['it']).toBe('ran 4/4');
    outside.weights = 'first';
    expect((await go(world, outputs)).calls).toEqual([]);
  });

  test('another threshold, another table to look things up in', async () => {
    const world = lab();
    const { k } = world;
    const build = (limit: number, side: number) => {
      const q = k.rows(rows(0, 4));
      return {
        judged: k.judged(q, {
          from: 'text',
          into: 'j',
          threshold: k.count(k.rows([{ x: 1 }]), { by: 'x', with: limit }),
        }),
        looked: k.looked(q, { from: 'text', into: 'l', side: k.rows([{ x: side }]) }),
      };
    };
    await go(world, build(1, 1));
    expect((await go(world, build(2, 1))).did).toMatchObject({ judged: 'ran 4/4', looked: 'reused' });
    expect((await go(world, build(2, 2))).did).toMatchObject({ judged: 'reused', looked: 'ran 4/4' });
  });
});

test('W5 an endpoint is config: two servers with one model name are two models', async () => {
  const q = rowsSource([{ text: 'a' }]);
  const at = (baseURL: string) =>
    printOf(generate(q, { model: model('llama3', { baseURL, temperature: 0 }), prompt: '{{text}}', into: 'answer' }));
  expect(await at('http://laptop:11434/v1')).not.toBe(await at('http://server:8000/v1'));
  expect(await at('http://laptop:11434/v1/')).toBe(await at('http://laptop:11434/v1'));
});

test('W6 a dtype does not follow the device: it is in the key whatever the device', async () => {
  const q = rowsSource([{ text: 'a' }]);
  const of = (config: object, options: object) =>
    printOf(
      embed(q, { from: 'text', model: model('local/acme/tiny', { revision: '0'.repeat(40), ...config }, options) }),
    );
  const plain = await of({}, {});
  for (const device of ['wasm', 'cpu', 'webgpu']) expect(await of({}, { device })).toBe(plain);
  expect(await of({ dtype: 'fp32' }, {})).toBe(plain);
  expect(await of({ dtype: 'q8' }, {})).not.toBe(plain);
});

describe('W7 a key is of the value that a function receives', () => {
  const seen: unknown[] = [];
  const build = (values: readonly unknown[], columns?: { x: 'int32' | 'int64' | 'float64' }) => ({
    it: map(
      rowsSource(
        values.map((x) => ({ x })),
        columns && { columns },
      ),
      {
        reads: ['x'],
        version: 1,
        columns: { out: 'text' },
        run: ({ x }: Row) => {
          seen.push(x);
          return { out: `${typeof x} ${typeof x === 'number' ? 1 / x : String(x)}` };
        },
      },
    ),
  });
  const run = async (store: Store, values: readonly unknown[], columns?: { x: 'int32' | 'int64' | 'float64' }) => {
    seen.length = 0;
    const { out } = await ran(store, build(values, columns));
    return [[...seen], await out.it.column('out')];
  };

  test('0 is not -0', async () => {
    const store = memoryStore();
    expect(await run(store, [0, 1.5])).toEqual([
      [0, 1.5],
      ['number Infinity', 'number 0.6666666666666666'],
    ]);
    expect(await run(store, [-0, 1.5])).toEqual([[-0], ['number -Infinity', 'number 0.6666666666666666']]);
  });

  test('5 is not 5n', async () => {
    const store = memoryStore();
    expect(await run(store, [5], { x: 'int32' })).toEqual([[5], ['number 0.2']]);
    const [called, out] = await run(store, [5n], { x: 'int64' });
    expect([called, out]).toEqual([[5n], ['bigint 5']]);
  });

  test('and 5 is 5, whatever the column is stored as: a 1.5 more asks one row', async () => {
    const store = memoryStore();
    await run(store, [5, 6, 7]);
    expect((await run(store, [5, 6, 7, 1.5]))[0]).toEqual([1.5]);
    expect((await run(store, [5, 6, 7], { x: 'int32' }))[0]).toEqual([]);
  });
});
