import { afterAll, expect, test } from '@jest/globals';
import { millrace, project, removeProjects } from './millrace.js';

afterAll(removeProjects);

test('of two labels that mean the same model each stands in the metrics', () => {
  const folder = project({
    'd.jsonl': '{"x":"a"}\n{"x":"b"}\n',
    'pipeline.yaml': `stages:
  rows: { source: d.jsonl }
  a: { generate: rows, prompt: '{{x}}', into: a, matrix: { model: { m1: test/echo, m2: test/echo } } }
  s: { evaluate: a, prediction: a, reference: x, metrics: { em: exactMatch } }
`,
  });
  expect(millrace(folder, ['run']).code).toBe(0);
  const { out } = millrace(folder, ['check', '--min', 'em=0.5']);
  expect([out.includes('m1'), out.includes('m2')]).toEqual([true, true]);
});
