import { afterAll, describe, expect, test } from '@jest/globals';
import { millrace, project, removeProjects } from './millrace.js';

afterAll(removeProjects);

const folder = project({
  't.jsonl': '{"input":"1"}\n{"input":"2"}\n',
  'pipeline.yaml': `stages:
  test: { source: t.jsonl }
  predictions: { generate: test, across: { model: { a: test/echo, b: { name: test/echo, template: 'x{{answer}}' } } }, prompt: '{{input}}', into: prediction }
  scores: { evaluate: predictions, prediction: prediction, reference: input, metrics: { em: exactMatch, f1: tokenF1 } }
`,
});

/** Rows that the stages whose names begin so have computed. */
const computed = (words: readonly string[], family: string): number =>
  millrace(folder, [...words, '--json'])
    .out.split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { event: string; stage?: string; status?: string; ranRows?: number })
    .filter(
      ({ event, stage, status }) => event === 'stage-finished' && status === 'ran' && stage?.startsWith(`${family}.`),
    )
    .reduce((sum, { ranRows = 0 }) => sum + ranRows, 0);

describe('a stage as declared stands for all that it fans out to', () => {
  test('in --force, and in clear', () => {
    expect(computed(['run'], 'predictions')).toBe(4);
    expect(computed(['run', '--force', 'predictions'], 'predictions')).toBe(4);
    expect(computed(['run', '--force', 'predictions.a'], 'predictions')).toBe(2);
    expect(computed(['run', '--force', 'scores'], 'scores')).toBe(8);
    expect(millrace(folder, ['clear', 'predictions', '--below']).code).toBe(0);
    expect(computed(['run'], 'predictions')).toBe(4);
  });
});
