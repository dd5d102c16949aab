import { afterAll, describe, expect, test } from '@jest/globals';
import { mistakes, removeFolders } from './kit.js';

afterAll(removeFolders);

const data = {
  'data.jsonl': '{"id":1}\n',
  'text.ts': 'export const clean = ({ id }) => ({ c: id });\nexport const limit = 3;\n',
};
const said = (yaml: string, set: readonly string[] = []) => mistakes({ 'pipeline.yaml': yaml, ...data }, { set });
const stages = (text: string) => `stages:\n  rows: { source: data.jsonl }\n${text}`;

describe('a mistake says where it stands, what is wrong and what now', () => {
  test.each([
    ['a field that a stage has not', stages('  a: { generate: rows, model: test/echo, prompt: hi, temprature: 0 }\n')],
    ['a kind that is not there', stages('  a: { genrate: rows }\n')],
    ['no kind at all', stages('  a: { into: x }\n')],
    ['a stage that is not there', stages('  a: { embed: rws, from: id, model: test/ngram }\n')],
    ['a part that is not there', stages('  a: { embed: rows.tset, from: id, model: test/ngram }\n')],
    ['a value of another type', stages('  a: { generate: rows, model: test/echo, prompt: hi, temperature: warm }\n')],
    ['a value out of its range', stages('  a: { generate: rows, model: test/echo, prompt: hi, topP: 3 }\n')],
    [
      'a value that is none of the known',
      stages('  a: { embed: rows, from: id, model: test/ngram, truncate: ends }\n'),
    ],
    ['a field that is missing', stages('  a: { embed: rows, from: id }\n')],
    [
      'an option that is not there',
      stages('  a: { embed: rows, from: id, model: test/ngram, options: { retrys: 1 } }\n'),
    ],
    ['a model that is not there', stages('  a: { embed: rows, from: id, model: test/ngramm }\n')],
    ['a model without an endpoint', stages('  a: { generate: rows, model: gpt, prompt: hi }\n')],
    [
      'a setting of a model that is not there',
      stages('  a: { generate: rows, model: { name: test/echo, tmp: 1 }, prompt: hi }\n'),
    ],
    [
      'a circle',
      stages('  a: { embed: b, from: id, model: test/ngram }\n  b: { embed: a, from: id, model: test/ngram }\n'),
    ],
    [
      'a parameter that is not there',
      `params: { limit: 1 }\n${stages('  a: { generate: rows, model: test/echo, prompt: "${params.limt}" }\n')}`,
    ],
    ['a secret in the key', stages('  a: { generate: rows, model: test/echo, prompt: "${env:KEY}" }\n')],
    [
      'a secret in plain',
      stages('  a: { generate: rows, model: { name: openai/x, options: { apiKey: sk-123 } }, prompt: hi }\n'),
    ],
    ['a function that is not there', stages('  a: { map: rows, with: ./text.ts#clear }\n')],
    ['what is no function', stages('  a: { map: rows, with: ./text.ts#limit }\n')],
    ['a module that is not there', stages('  a: { map: rows, with: ./texts.ts#clean }\n')],
    ['a name that holds a dot', stages('  a.b: { embed: rows, from: id, model: test/ngram }\n')],
    ['a word at the top', `stage:\n  rows: { source: data.jsonl }\n`],
    ['an output that is not there', `${stages('')}outputs: [rowz]\n`],
    ['an include that is not there', `include: ./nowhere.yaml\n${stages('')}`],
    ['an empty file', ''],
    ['what is no YAML', 'stages: { a: [1, 2 }\n'],
    ['a name that stands twice', 'stages:\n  a: { source: data.jsonl }\n  a: { source: data.jsonl }\n'],
    ['a matrix of nothing', stages('  a: { embed: rows, from: id, model: test/ngram, matrix: { truncate: [] } }\n')],
    ['a matrix with a bad value', stages('  a: { embed: rows, from: id, matrix: { model: [test/ngram, test/x] } }\n')],
  ])('%s', async (_, yaml) => {
    expect((await said(yaml)).replace(/(Begin it with one of).*/, '$1 KINDS.')).toMatchSnapshot();
  });

  test('all of them at once, in the order of the file', async () => {
    const text = await said(
      stages(
        '  a: { generate: rowz, model: test/echo, promt: hi }\n  b: { embed: rows, from: 3, model: test/ngram }\n',
      ),
    );
    expect(text.match(/pipeline\.yaml:\d+:\d+/g)).toEqual([
      'pipeline.yaml:3:18',
      'pipeline.yaml:3:42',
      'pipeline.yaml:4:27',
    ]);
  });

  test.each([
    ['no value', ['answers']],
    ['a parameter that is not there', ['limt=3']],
    ['a stage that is not there', ['row.format=csv']],
    ['a field that is not there', ['rows.formt=csv']],
    ['a value that does not fit', ['rows.header=perhaps']],
    ['a name of the language', ['rows.__proto__.x=1']],
  ])('--set with %s', async (_, set) => {
    expect(await said(`params: { limit: 1 }\n${stages('')}`, set)).toMatchSnapshot();
  });
});

describe('a hostile file is refused with a sentence', () => {
  const bomb = [
    'a0: &a0 [x, x, x, x, x, x, x, x, x, x]',
    ...Array.from({ length: 8 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(10).fill(`*a${i}`).join(', ')}]`),
  ].join('\n');
  test.each([
    ['aliases that explode', bomb, /more than 100000 values/],
    ['an alias that holds itself', 'stages: &a { b: *a }\n', /levels deep|circle|Unresolved alias/],
    ['deep nesting', `stages: ${'['.repeat(20_000)}${']'.repeat(20_000)}`, /nested more than/],
    [
      'deep nesting in blocks',
      Array.from({ length: 80 }, (_, i) => `${' '.repeat(i)}a${i}:`).join('\n'),
      /nested more than/,
    ],
    ['a mistake on each line', 'a: }\n'.repeat(300_000), /far more than 100000 values/],
    ['a million levels', 'a: '.concat('['.repeat(1_000_000)), /nested more than/],
    [
      'names without end',
      Array.from({ length: 150_000 }, (_, i) => `k${i}: 1`).join('\n'),
      /far more than 100000 values/,
    ],
    [
      'a number that cannot be kept',
      stages('  a: { sample: rows, seed: 123456789012345678901234567890 }\n'),
      /too large to be kept exactly/,
    ],
    [
      'an endless number',
      stages('  a: { embed: rows, from: id, model: test/ngram, dimensions: 1e999 }\n'),
      /no number that can be kept/,
    ],
    ['a prototype', 'stages: { __proto__: { source: data.jsonl } }\n', /__proto__ is no name/],
    ['a constructor', 'stages: { constructor: { source: data.jsonl } }\n', /constructor is no name/],
    [
      'a source outside',
      'stages: { a: { source: ../../../../etc/passwd, format: text } }\n',
      /leads out of the project/,
    ],
    ['a function outside', stages('  a: { map: rows, with: ../../../x.ts#y }\n'), /leads out of the project/],
    ['an include outside', `include: ../../../../etc/hosts.yaml\n${stages('')}`, /leads out of the project/],
    ['an absolute include', `include: /etc/hosts.yaml\n${stages('')}`, /is absolute/],
  ])('%s', async (_, yaml, expected) => {
    expect(await said(yaml)).toMatch(expected);
  });

  test('one that is too long', async () => {
    expect(await said(`# ${'x'.repeat(4_000_001)}`)).toMatch(/4000003 characters/);
  });

  test('nothing of a file reaches the prototype of objects', async () => {
    await said('stages: { a: { "__proto__": { polluted: true } } }\n');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe('JSON and TOML say it too', () => {
  test('JSON', async () => {
    const json = '{\n\t"stages": {\n\t\t"rows": { "source": "data.jsonl", "formt": "jsonl" }\n\t}\n}\n';
    expect(await mistakes({ 'pipeline.json': json, ...data })).toMatchSnapshot();
  });

  test('TOML', async () => {
    const toml = '[stages.rows]\nsource = "data.jsonl"\nformt = "jsonl"\n';
    expect(await mistakes({ 'pipeline.toml': toml, ...data })).toMatchSnapshot();
  });

  test('broken TOML', async () => {
    expect(await mistakes({ 'pipeline.toml': '[stages\n', ...data })).toMatchSnapshot();
  });
});
