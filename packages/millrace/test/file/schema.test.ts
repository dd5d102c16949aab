import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { registry } from '@millrace/stages';
import { Ajv } from 'ajv';
import { parseData } from '../../src/file/parse.js';
import { pipelineSchema } from '../../src/file/schema.js';
import { built } from '../command/millrace.js';
import { PIPELINE } from '../command/questions.js';
import { PAIRS } from './pairs.js';

const validate = new Ajv({ strict: false }).compile(pipelineSchema());

test('the schema that is published is the one that the stages give', () => {
  const published = JSON.parse(readFileSync(join(dirname(built()), '../../schema.json'), 'utf8')) as unknown;
  expect(published).toEqual(JSON.parse(JSON.stringify(pipelineSchema())));
});

test('every stage that a file can name has a description of itself and of its fields', () => {
  for (const { name, describe, config, options } of registry) {
    expect([name, describe]).toEqual([name, expect.stringMatching(/\.$/)]);
    for (const [field, said] of Object.entries({ ...config, ...options }))
      expect([name, field, said.describe]).toEqual([name, field, expect.stringMatching(/./)]);
  }
});

test.each([
  ['an ordinary pipeline', PIPELINE],
  ...Object.entries(PAIRS).map(([name, { yaml }]) => [name, yaml] as const),
])('%s is valid', async (_, yaml) => {
  const { value } = await parseData('p.yaml', yaml);
  validate(value);
  expect(validate.errors ?? []).toEqual([]);
});

test.each([
  ['a field that is not there', { stages: { a: { embed: 'rows', from: 'x', model: 'test/ngram', intoo: 'v' } } }],
  ['a value of another type', { stages: { a: { embed: 'rows', from: 'x', model: 'test/ngram', dimensions: 'many' } } }],
  ['a word at the top', { stage: {} }],
])('%s is not valid', (_, value) => {
  expect(validate(value)).toBe(false);
});
