import { describe, expect, test } from '@jest/globals';
import { memoryStore } from '@millrace/core';
import {
  chunk,
  cluster,
  dedupe,
  embed,
  evaluate,
  explode,
  extract,
  filter,
  generate,
  group,
  join,
  judge,
  limit,
  map,
  model,
  nearest,
  remember,
  sample,
  sort,
  source,
  split,
  stack,
} from '../index.js';
import { runOn } from '../testing/run.js';

const rows = source.rows([{ id: 1, text: 'a' }]);
const run = ({ id }: { id: number }) => ({ n: id });

/** As plain JavaScript gives them. */
type Call = (config: object, options?: object) => unknown;
const of = (stage: unknown): ((...given: unknown[]) => unknown) => stage as never;

const takers: Readonly<Record<string, Call>> = {
  ...Object.fromEntries(
    Object.entries({
      chunk,
      cluster,
      dedupe,
      embed,
      evaluate,
      explode,
      extract,
      filter,
      generate,
      group,
      limit,
      map,
      sample,
      sort,
      split,
    }).map(([name, stage]): [string, Call] => [name, (...given) => of(stage)(rows, ...given)]),
  ),
  join: (...given) => of(join)(rows, rows, ...given),
  nearest: (...given) => of(nearest)(rows, rows, ...given),
  stack: (...given) => of(stack)([rows], ...given),
  'source.rows': (config) => of(source.rows)([], config),
  'source.url': (...given) => of(source.url)('https://example.org/a.csv', ...given),
  'source.generator': (...given) => of(source.generator)(...given),
  ...Object.fromEntries(
    (['jsonl', 'json', 'csv', 'tsv', 'parquet', 'arrow', 'text', 'files', 'hf', 'path'] as const).map(
      (format): [string, Call] => [`source.${format}`, (...given) => of(source[format])('a.csv', ...given)],
    ),
  ),
};

describe.each(Object.keys(takers))('%s', (name) => {
  const call = takers[name] as Call;

  test('says a name in its config that it does not know', () => {
    expect(() => call({ qqqq: 1 })).toThrow(`The stage ${name} is given qqqq, which nobody knows there.`);
  });

  if (name !== 'source.rows')
    test('… and in its options, with the one that was meant', () => {
      expect(() => call({}, { concurency: 1 })).toThrow(
        `The stage ${name} is given the option concurency, which nobody knows there. Did you mean concurrency?`,
      );
    });
});

describe('settings', () => {
  test.each([
    [() => of(generate)(rows, { modle: 'test/echo', prompt: 'x' }), /generate is given modle, .* Did you mean model\?/],
    [
      () => of(generate)(rows, { across: { modle: ['test/echo'] } }),
      /generate is given modle, .* Did you mean model\?/,
    ],
    [
      () => of(generate)(rows, { model: 'test/echo', prompt: 'x' }, { batch: { polMs: 1 } }),
      /option batch with polMs, .* Did you mean pollMs\?/,
    ],
    [
      () => of(map)(rows, { run, optoins: {} }),
      /map is given optoins, which nobody knows there\. .*There are: run, reads, with/,
    ],
    [() => of(map)(rows, { run }, { limit: { nmae: 'x' } }), /option limit with nmae, .* Did you mean name\?/],
    [() => of(map)(rows, { run }, { with: {} }), /map is given with among its options, but it changes the answer/],
    [
      () => of(dedupe)(rows, { near: { column: 'text', treshold: 1 } }),
      /near with treshold, .* Did you mean threshold\?/,
    ],
    [() => of(judge)({ modle: 'test/echo', prompt: 'x' }), /judge is given modle, .* Did you mean model\?/],
    [() => of(remember)('test/ngram', { stroe: 'off' }), /remember is given stroe, .* Did you mean store\?/],
    [() => of(evaluate)(rows, { bootstrap: { sede: 1 } }), /bootstrap with sede, .* Did you mean seed\?/],
    [() => of(source.csv)('a.csv', { delimeter: ';' }), /source\.csv is given delimeter, .* Did you mean delimiter\?/],
    [() => of(source.jsonl)('a.jsonl', { delimiter: ';' }), /source\.jsonl is given delimiter/],
  ])('misspelt: %#', (call, message) => {
    expect(call).toThrow(message);
  });

  test.each<[() => unknown, RegExp]>([
    [() => of(map)(rows, { run }, { limit: { name: 'x', atOnce: 0 } }), /limit with atOnce: 0, .* of at least 1/],
    [() => of(map)(rows, { run }, { limit: { atOnce: 0 } }), /limit with atOnce: 0, .* of at least 1/],
    [() => of(map)(rows, { run }, { limit: { name: 'x', atOnce: -1 } }), /atOnce: -1/],
    [() => of(map)(rows, { run }, { limit: { name: 'x', atOnce: 1.5 } }), /atOnce: 1\.5/],
    [() => of(map)(rows, { run }, { limit: { name: 'x', atOnce: Number.NaN } }), /atOnce: NaN/],
    [() => of(map)(rows, { run }, { limit: { name: 'x', callsPerMinute: 0 } }), /callsPerMinute: 0, .* above 0/],
    [() => of(map)(rows, { run }, { limit: { name: 'x', tokensPerMinute: -3 } }), /tokensPerMinute: -3, .* above 0/],
    [() => of(map)(rows, { run }, { limit: { name: '', atOnce: 1 } }), /limit with name: , which is not a name/],
    [() => of(map)(rows, { run }, { limit: { atOnce: 1 } }), /limit without a name\. .* add name/],
    [() => of(map)(rows, { run }, { limit: 3 }), /limit: 3, which is no object/],
    [() => of(map)(rows, { run }, { concurrency: 0 }), /concurrency: 0/],
    [
      () => of(generate)(rows, { model: 'test/echo', prompt: 'x' }, { via: 'batch', batch: { pollMs: Number.NaN } }),
      /option batch with pollMs: NaN, .* of at least 1/,
    ],
    [() => of(generate)(rows, { model: 'test/echo', prompt: 'x' }, { batch: { retries: -1 } }), /retries: -1/],
    [() => of(generate)(rows, { model: 'test/echo', prompt: 'x' }, { batch: { most: 0 } }), /most: 0/],
    [
      () => of(generate)(rows, { model: 'test/echo', prompt: 'x' }, { via: 'bach' }),
      /via: bach, .* one of calls, batch/,
    ],
    [() => of(model)('test/echo', {}, { requestsPerMinute: 0 }), /refused: its option requestsPerMinute is 0\. Pass/],
    [() => of(model)('test/echo', {}, { tokensPerMinute: Number.NaN }), /tokensPerMinute is NaN/],
    [() => of(model)('test/echo', {}, { concurrency: 0 }), /concurrency is 0/],
    [() => of(model)('test/echo', {}, { retries: -1 }), /retries is -1/],
    [() => of(model)('test/echo', {}, { timeout: 0 }), /timeout is 0/],
    [() => of(model)('test/echo', {}, { price: { input: Number.NaN, output: 1 } }), /price has input: NaN/],
    [() => of(model)('test/echo', {}, { price: { input: 1 } }), /price has output: undefined/],
  ])('an amount that nothing could come of: %#', (call, message) => {
    expect(call).toThrow(message);
  });

  test('what is left undefined was not given', () => {
    expect(() => of(map)(rows, { run, other: undefined })).not.toThrow();
  });

  test('what a run is asked', async () => {
    await expect(runOn(memoryStore(), { rows }, { maxCost: 1, conurrency: 2 } as object)).rejects.toThrow(
      /The run is asked for conurrency, which nobody knows there\. Did you mean concurrency\?/,
    );
  });
});
