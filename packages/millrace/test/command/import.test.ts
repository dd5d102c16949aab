import { afterAll, expect, test } from '@jest/globals';
import { millrace, project, read, removeProjects, write } from './millrace.js';

afterAll(removeProjects);

test('imported answers are not asked again where a row comes after them', () => {
  const rows = ['{"id":0,"q":"a"}', '{"id":1,"q":"b"}', '{"id":2,"q":"c"}'];
  const folder = project({
    'd.jsonl': `${rows.join('\n')}\n`,
    'old.jsonl': `${rows.map((row) => row.replace('}', ',"answer":"bought"}')).join('\n')}\n`,
    'pipeline.yaml': `stages:
  rows: { source: d.jsonl }
  answers: { generate: rows, model: test/echo, prompt: '{{q}}', into: answer }
`,
  });
  millrace(folder, ['run', 'rows']);
  expect(millrace(folder, ['import', 'answers', 'old.jsonl']).code).toBe(0);
  write(folder, { 'd.jsonl': `${[...rows, '{"id":3,"q":"d"}'].join('\n')}\n` });
  expect(millrace(folder, ['run']).out).toMatch(/ran +answers +1 of 4 rows/);
  millrace(folder, ['export', 'answers', '--to', 'o.jsonl']);
  const answers = read(folder, 'o.jsonl')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).answer);
  expect(answers).toEqual(['bought', 'bought', 'bought', 'd']);
});

test('clear takes an import back', () => {
  const row = '{"id":0,"q":"a"}';
  const folder = project({
    'd.jsonl': `${row}\n`,
    'old.jsonl': `${row.replace('}', ',"answer":"bought"}')}\n`,
    'pipeline.yaml': `stages:
  rows: { source: d.jsonl }
  answers: { generate: rows, model: test/echo, prompt: '{{q}}', into: answer }
`,
  });
  millrace(folder, ['run', 'rows']);
  millrace(folder, ['import', 'answers', 'old.jsonl']);
  expect(millrace(folder, ['clear', 'answers']).out).toContain('what was imported for answers counts no more');
  expect(millrace(folder, ['run']).out).toMatch(/ran +answers +1 row/);
  expect(millrace(folder, ['export', 'answers', '--as', 'jsonl', '--to', '-']).out).toContain('"answer":"a"');
});
