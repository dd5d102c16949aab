import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { millrace, project, removeProjects, write } from './millrace.js';

afterAll(removeProjects);

const stages = (more = '') => `stages:\n  rows: { source: d.jsonl }\n${more}`;

describe('a command that only reads', () => {
  test.each([['plan'], ['ls'], ['runs'], ['show', 'rows'], ['why', 'rows'], ['run', '--dry-run']])(
    'makes no store: %s %s',
    (...words) => {
      const folder = project({ 'd.jsonl': '{"p":"a"}\n', 'pipeline.yaml': stages() });
      millrace(folder, words.filter(Boolean));
      expect(existsSync(join(folder, '.millrace'))).toBe(false);
    },
  );

  test('tells earlier versions from nothing', () => {
    const folder = project({ 'd.jsonl': '{"p":"a"}\n', 'pipeline.yaml': stages() });
    expect(millrace(folder, ['ls']).out).toContain('nothing is stored in');
    millrace(folder, ['run']);
    write(folder, { 'd.jsonl': '{"p":"b"}\n' });
    expect(millrace(folder, ['ls']).out).toMatch(
      /no stage of this pipeline is stored as it is now.*1 entry.*ls --all/s,
    );
  });
});

describe('a command that the run says to type can be pasted', () => {
  test('also where the name of a stage has spaces', () => {
    const folder = project({
      'p.ts': `import { generate, model, pipeline, source } from 'millrace';
const q = source.rows([{ q: 'a' }]);
const m = model('x', { baseURL: 'http://127.0.0.1:1/v1' }, { retries: 0 });
export default pipeline({ a: generate(q, { across: { prompt: { 'it is': '{{q}}' }, temperature: [0, 1] }, model: m, into: 'a' }) });
`,
    });
    expect(millrace(folder, ['run', '-f', 'p.ts']).out).toContain("millrace show --file p.ts 'a.it is / 0' --failed");
  });
});

test('an option of a model that stands in its config is told its place', () => {
  const model = "model: { name: m, baseURL: 'http://127.0.0.1:9/v1', apiKey: '${env:KEY}' }";
  const folder = project({
    'd.jsonl': '{"p":"a"}\n',
    'pipeline.yaml': stages(`  a: { generate: rows, ${model}, prompt: x, into: a }\n`),
  });
  expect(millrace(folder, ['plan']).err).toContain(
    'apiKey of model is an option: it changes no answer. Write it under options',
  );
});
