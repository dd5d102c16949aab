import { describe, expect, test } from '@jest/globals';
import { type AnyHandle, type CodeReader, createPipeline, type Handle, memoryStore } from '@millrace/core';
import { chunk } from '../chunk/stage.js';
import { cluster } from '../cluster/stage.js';
import { dedupe } from '../dedupe/stage.js';
import { explode } from '../explode/stage.js';
import { filter } from '../filter/stage.js';
import { group } from '../group/stage.js';
import { join } from '../join/join.js';
import { limit } from '../limit/stage.js';
import { nearest } from '../nearest/stage.js';
import { sample } from '../sample/stage.js';
import { sort } from '../sort/stage.js';
import { source } from '../source/source.js';
import { split } from '../split/stage.js';
import { stack } from '../stack/stage.js';
import { registry } from './registry.js';

const rows = source.rows([{ id: 'a', n: 1, text: 'x', tags: ['t'], v: Float32Array.of(1, 2) }]);
const other = source.rows([{ id: 'a', gold: 'y', w: Float32Array.of(1, 2) }]);
const keep = ({ n }: { n: number }): boolean => n > 0;
const code: CodeReader = { read: () => ({ code: { digest: 'code', units: [], packages: {} } }) };

/** Every fingerprint that an output needs. */
async function fingerprints(t: AnyHandle): Promise<string[]> {
  const plan = await createPipeline({ t }, () => ({ store: memoryStore(), code, base: '/' })).plan();
  return plan.steps.map((step) => step.fingerprint);
}

type Case = readonly [
  entry: string,
  config: object,
  inputs: Record<string, Handle | readonly Handle[]>,
  same: AnyHandle,
];

const cases: readonly Case[] = [
  ['filter', { run: keep, reads: ['n'] }, { rows }, filter(rows, { run: keep, reads: ['n'] })],
  [
    'explode',
    { from: 'tags', into: 'tag', at: 'place' },
    { rows },
    explode(rows, { from: 'tags', into: 'tag', at: 'place' }),
  ],
  ['chunk', { from: 'text', by: 'sentences' }, { rows }, chunk(rows, { from: 'text' })],
  ['limit', { rows: 3 }, { rows }, limit(rows, { rows: 3, from: 0 })],
  ['sort', { by: 'n', descending: true }, { rows }, sort(rows, { by: ['n'], descending: ['n'] })],
  ['sample', { count: 3, by: ['id'] }, { rows }, sample(rows, { count: 3, by: 'id', seed: 0 })],
  ['split', { parts: { train: 0.8, test: 0.2 } }, { rows }, split(rows, { parts: { train: 0.8, test: 0.2 } }).train],
  ['dedupe', { near: 'text' }, { rows }, dedupe(rows, { near: { column: 'text', threshold: 0.8 } })],
  [
    'join',
    { on: 'id', take: ['gold'] },
    { rows, right: other },
    join(rows, other, { on: { id: 'id' }, take: { gold: 'gold' } }),
  ],
  [
    'stack',
    { into: 'from', names: ['one', 'two'] },
    { tables: [rows, rows] },
    stack({ one: rows, two: rows }, { into: 'from' }),
  ],
  [
    'group',
    { by: 'id', aggregates: { n: 'count' } },
    { rows },
    group(rows, { by: ['id'], aggregates: { n: 'count' } }),
  ],
  ['cluster', { from: 'v', k: 1 }, { rows }, cluster(rows, { from: 'v', k: 1, distance: 'cosine', into: 'cluster' })],
  [
    'nearest',
    { from: 'v', in: 'w', take: ['gold'] },
    { rows, among: other },
    nearest(rows, other, { from: 'v', in: 'w', k: 10, take: ['gold'] }),
  ],
  ['rows', { rows: [{ a: 1 }], columns: { a: 'int' } }, {}, source.rows([{ a: 1n }], { columns: { a: 'int64' } })],
];

const entry = (name: string) => {
  const found = registry.find((one) => one.name === name);
  if (!found) throw new Error(`no stage ${name}`);
  return found;
};

describe('stages of pipeline files', () => {
  test.each(cases)(
    '%s is the same stage as in code, defaults written out or not',
    async (name, config, inputs, same) => {
      const built = entry(name).build({ inputs, config: config as Record<string, unknown>, options: {} });
      expect(await fingerprints(built as AnyHandle)).toEqual(await fingerprints(same));
    },
  );

  test('source takes the format from the name, or as it is said', () => {
    const build = (config: object) =>
      entry('source').build({ inputs: {}, config: config as Record<string, unknown>, options: {} });
    const label = (handle: Handle) => createPipeline({ t: handle as AnyHandle }, () => null as never).graph.stages[0];
    expect(label(build({ from: 'a.csv' }))?.config).toEqual(label(source.csv('a.csv'))?.config);
    expect(label(build({ from: 'a.txt', format: 'jsonl' }))?.config).toEqual(label(source.jsonl('a.txt'))?.config);
    expect(label(build({ from: 'docs/*.md', path: 'file' }))?.config).toEqual(
      label(source.files('docs/*.md', { path: 'file' }))?.config,
    );
    expect(label(build({ from: 'data', format: 'hf', split: 'train' }))?.config).toEqual(
      label(source.hf('data', { split: 'train' }))?.config,
    );
    expect(label(build({ from: 'https://x.org/a.csv' }))?.config).toEqual(
      label(source.url('https://x.org/a.csv'))?.config,
    );
  });
});
