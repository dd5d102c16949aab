import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type AnyTable, memoryStore } from '@millrace/core';
import { chunk } from '../chunk/stage.js';
import { cluster } from '../cluster/stage.js';
import { dedupe } from '../dedupe/stage.js';
import { embed } from '../embed/stage.js';
import { exactMatch } from '../evaluate/matches.js';
import { evaluate } from '../evaluate/stage.js';
import { explode } from '../explode/stage.js';
import { regex } from '../extract/regex.js';
import { extract } from '../extract/stage.js';
import { filter } from '../filter/stage.js';
import { generate } from '../generate/generate.js';
import { group } from '../group/stage.js';
import { join } from '../join/join.js';
import { map } from '../map/stage.js';
import { nearest } from '../nearest/stage.js';
import { sample } from '../sample/stage.js';
import { sort } from '../sort/stage.js';
import { source } from '../source/source.js';
import { split } from '../split/stage.js';
import { stack } from '../stack/stage.js';
import { runOn } from '../testing/run.js';

const one = source.rows([{ id: 1, name: 'a' }], { columns: { id: 'float', name: 'text' } });
/** Nothing came from outside, or nothing came through. */
const inputs = {
  'an empty source': source.rows([] as { id: number; name: string }[]),
  'a filter that lets nothing pass': filter(one, { version: 1, run: () => false }),
};

/** Columns whose types only rows could tell. */
const inferred = (rows: (typeof inputs)['an empty source' | 'a filter that lets nothing pass']) =>
  map(rows, {
    version: 1,
    run: ({ id, name }) => ({ n: id, text: `${name}!`, words: [name], vector: Float32Array.of(id, 1) }),
  });

type Rows = ReturnType<typeof inferred>;
const echo = { model: 'test/echo', into: 'answer' } as const;

const stages: Readonly<Record<string, (rows: Rows) => AnyTable>> = {
  sort: (rows) => sort(rows, { by: 'n', descending: true }),
  sample: (rows) => sample(rows, { count: 2, by: 'n' }),
  split: (rows) => split(rows, { parts: { train: 1, test: 1 }, by: 'n' }).test,
  filter: (rows) => filter(rows, { version: 1, run: ({ n }) => n > 0 }),
  map: (rows) => map(rows, { version: 1, run: ({ n }) => ({ twice: n * 2 }) }),
  group: (rows) => group(rows, { by: 'text', aggregates: { n: 'count', sum: { sum: 'n' }, most: { max: 'n' } } }),
  join: (rows) => join(rows, rows, { on: 'n', take: { text: 'other' } }),
  explode: (rows) => explode(rows, { from: 'words', into: 'word' }),
  chunk: (rows) => chunk(rows, { from: 'text' }),
  dedupe: (rows) => dedupe(rows, { by: 'n' }),
  'dedupe by near texts': (rows) => dedupe(rows, { near: 'text' }),
  cluster: (rows) => cluster(rows, { from: 'vector', k: 2, text: 'text' }),
  'the summary of a cluster': (rows) => cluster(rows, { from: 'vector', k: 2, text: 'text' }).summary,
  nearest: (rows) => nearest(rows, rows, { from: 'vector', take: { n: 'other' } }),
  embed: (rows) => embed(rows, { from: 'text', model: 'test/ngram', into: 'made' }),
  generate: (rows) => generate(rows, { ...echo, prompt: 'Say {{text}}' }),
  extract: (rows) => extract(rows, { from: 'text', with: regex(/(a)/), into: 'letter' }),
  evaluate: (rows) => evaluate(rows, { prediction: 'text', reference: 'name', metrics: { em: exactMatch() } }),
  stack: (rows) => stack([rows, rows]),
};

describe.each(Object.keys(inputs) as (keyof typeof inputs)[])('below a map with %s', (which) => {
  test.each(Object.keys(stages))('%s ends well', async (name) => {
    const { out } = await runOn(memoryStore(), {
      out: (stages[name] as (typeof stages)[string])(inferred(inputs[which])),
    });
    expect([out.out.count, out.outcome.ended]).toEqual([0, 'done']);
  });

  test('a whole pipeline ends well, and runs when there are rows', async () => {
    const whole = (rows: Parameters<typeof inferred>[0]) => {
      const sorted = sort(inferred(rows), { by: ['text', 'n'] });
      const counted = group(sorted, { by: 'text', aggregates: { least: { min: 'n' } } });
      const joined = join(sorted, counted, { on: 'text', take: ['least'] });
      return {
        summary: evaluate(joined, { prediction: 'least', reference: 'n', metrics: { em: exactMatch() } }).summary,
      };
    };
    const store = memoryStore();
    const { out } = await runOn(store, whole(inputs[which]));
    expect(await out.summary.all()).toMatchObject([{ metric: 'em', value: null, n: 0 }]);
    const full = await runOn(store, whole(one));
    expect(await full.out.summary.all()).toMatchObject([{ metric: 'em', value: 1, n: 1 }]);
  });
});

test.each([
  ['empty.jsonl', ''],
  ['empty.json', '[]'],
  ['header.csv', 'id,name\n'],
])('a file without rows ends well: %s', async (file, text) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'millrace-no-rows-'));
  writeFileSync(path.join(folder, file), text);
  const rows = file.endsWith('csv')
    ? source.csv(path.join(folder, file))
    : source[file.endsWith('l') ? 'jsonl' : 'json'](path.join(folder, file));
  const made = map(rows, { reads: ['id'], version: 1, run: ({ id }) => ({ n: Number(id) }) });
  const { out } = await runOn(memoryStore(), {
    out: sort(join(made, one, { on: { id: 'id' }, take: { name: 'other' } }), { by: ['n', 'other'] }),
  });
  expect([out.out.count, out.outcome.ended]).toEqual([0, 'done']);
  rmSync(folder, { recursive: true });
});

test('an inferred column is not guessed where there are rows: a name misspelt is said', async () => {
  const rows = map(one, { version: 1, run: ({ id }) => ({ score: id }) });
  const sorted = sort(rows, { by: 'scroe' as 'score' });
  await expect(runOn(memoryStore(), { rows, sorted })).rejects.toThrow(
    /sorted reads the column scroe, which rows does not have. Did you mean score\? Its columns: id, name, score\./,
  );
});
