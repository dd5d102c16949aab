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
import { checkSettings } from './check-settings.js';
import { registry } from './registry.js';

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
    expect(() => call({ qqqq: 1 })).toThrow(`${name} has no setting qqqq.`);
  });

  if (name !== 'source.rows')
    test('… and in its options, with the one that was meant', () => {
      expect(() => call({}, { concurency: 1 })).toThrow(`${name} has no option concurency. Did you mean concurrency?`);
    });
});

describe('settings', () => {
  test.each([
    [
      () => of(generate)(rows, { modle: 'test/echo', prompt: 'x' }),
      /generate has no setting modle\. Did you mean model\?/,
    ],
    [
      () => of(generate)(rows, { across: { modle: ['test/echo'] } }),
      /across of generate has no setting modle\. Did you mean model\?/,
    ],
    [
      () => of(generate)(rows, { model: 'test/echo', prompt: 'x' }, { batch: { polMs: 1 } }),
      /batch of generate has no option polMs\. Did you mean pollMs\?/,
    ],
    [() => of(map)(rows, { run, optoins: {} }), /map has no setting optoins\. There are: run, reads, with/],
    [() => of(map)(rows, { run }, { limit: { nmae: 'x' } }), /limit of map has no option nmae\. Did you mean name\?/],
    [() => of(map)(rows, { run }, { with: {} }), /with of map changes the answer, so that it is no option/],
    [
      () => of(dedupe)(rows, { near: { column: 'text', treshold: 1 } }),
      /near of dedupe has no setting treshold\. Did you mean threshold\?/,
    ],
    [() => of(judge)({ modle: 'test/echo', prompt: 'x' }), /judge has no setting modle\. Did you mean model\?/],
    [() => of(remember)('test/ngram', { stroe: 'off' }), /remember is given stroe, .* Did you mean store\?/],
    [
      () => of(evaluate)(rows, { bootstrap: { sede: 1 } }),
      /bootstrap of evaluate has no setting sede\. Did you mean seed\?/,
    ],
    [
      () => of(source.csv)('a.csv', { delimeter: ';' }),
      /source\.csv has no setting delimeter\. Did you mean delimiter\?/,
    ],
    [() => of(source.jsonl)('a.jsonl', { delimiter: ';' }), /source\.jsonl has no setting delimiter/],
  ])('misspelt: %#', (call, message) => {
    expect(call).toThrow(message);
  });

  test.each<[() => unknown, RegExp]>([
    [
      () => of(map)(rows, { run }, { limit: { name: 'x', atOnce: 0 } }),
      /atOnce of limit of map must be a whole number of at least 1, not 0/,
    ],
    [
      () => of(map)(rows, { run }, { limit: { atOnce: 0 } }),
      /atOnce of limit of map must be a whole number of at least 1, not 0/,
    ],
    [() => of(map)(rows, { run }, { limit: { name: 'x', atOnce: -1 } }), /atOnce of limit of map must be .*, not -1/],
    [
      () => of(map)(rows, { run }, { limit: { name: 'x', atOnce: 1.5 } }),
      /atOnce of limit of map must be .*, not 1\.5/,
    ],
    [
      () => of(map)(rows, { run }, { limit: { name: 'x', atOnce: Number.NaN } }),
      /atOnce of limit of map must be .*, not NaN/,
    ],
    [
      () => of(map)(rows, { run }, { limit: { name: 'x', callsPerMinute: 0 } }),
      /callsPerMinute of limit of map must be a number above 0, not 0/,
    ],
    [
      () => of(map)(rows, { run }, { limit: { name: 'x', tokensPerMinute: -3 } }),
      /tokensPerMinute of limit of map must be a number above 0, not -3/,
    ],
    [() => of(map)(rows, { run }, { limit: { name: '', atOnce: 1 } }), /name of limit of map must be a name, not ""/],
    [
      () => of(map)(rows, { run }, { limit: { atOnce: 1 } }),
      /limit of map needs name: Stages that name the same limit share it/,
    ],
    [() => of(map)(rows, { run }, { limit: 3 }), /limit of map must be a set of names and values, not 3/],
    [
      () => of(map)(rows, { run }, { concurrency: 0 }),
      /concurrency of map must be a whole number of at least 1, not 0/,
    ],
    [
      () => of(generate)(rows, { model: 'test/echo', prompt: 'x' }, { via: 'batch', batch: { pollMs: Number.NaN } }),
      /pollMs of batch of generate must be a whole number of at least 1, not NaN/,
    ],
    [
      () => of(generate)(rows, { model: 'test/echo', prompt: 'x' }, { batch: { retries: -1 } }),
      /retries of batch of generate must be .*, not -1/,
    ],
    [
      () => of(generate)(rows, { model: 'test/echo', prompt: 'x' }, { batch: { most: 0 } }),
      /most of batch of generate must be .*, not 0/,
    ],
    [
      () => of(generate)(rows, { model: 'test/echo', prompt: 'x' }, { via: 'bach' }),
      /via of generate must be one of calls, batch, not "bach"\. Did you mean batch\?/,
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

  test.each([null, 3, 'by', [], () => 1])('no set of settings at all: %p', (config) => {
    expect(() => of(sort)(rows, config)).toThrow(/^The config of sort must be a set of names and values, not /);
    expect(() => of(map)(rows, config)).toThrow(/^The config of map must be a set of names and values, not /);
    expect(() => of(sort)(rows, { by: 'id' }, config)).toThrow(/^The options of sort must be a set of names/);
  });

  test('what is left undefined was not given', () => {
    expect(() => of(map)(rows, { run, other: undefined })).not.toThrow();
  });

  test('what a run is asked', async () => {
    await expect(runOn(memoryStore(), { rows }, { maxCost: 1, conurrency: 2 } as object)).rejects.toThrow(
      /the run has no option conurrency\. Did you mean concurrency\?/,
    );
  });
});

/** What people write by mistake. */
const WRONG = [
  null,
  undefined,
  '',
  'x',
  '0',
  0,
  -1,
  1.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  1n,
  true,
  [],
  [[]],
  [null],
  {},
  { x: 1 },
  () => 1,
  Symbol('x'),
  new Date(0),
  new Map(),
];

describe('any value for any setting', () => {
  test.each(registry.map((entry) => [entry.name, entry] as const))(
    'of %s is taken or refused in a sentence',
    (name, entry) => {
      const problems = Object.keys({ ...entry.config, ...entry.options }).flatMap((setting) =>
        WRONG.flatMap((value) => {
          const [config, options] = Object.hasOwn(entry.config, setting)
            ? [{ [setting]: value }, {}]
            : [{}, { [setting]: value }];
          try {
            checkSettings(entry, config, options);
            return [];
          } catch (error) {
            const isSentence =
              error instanceof Error && error.constructor.name === 'Error' && error.message.includes(name);
            return isSentence ? [] : [[setting, String(value), String(error)]];
          }
        }),
      );
      expect(problems).toEqual([]);
    },
  );
});
