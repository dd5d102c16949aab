import { afterAll, describe, expect, test } from '@jest/globals';
import { millrace, project, read, removeProjects } from './millrace.js';
import { jsonl } from './questions.js';

const json = (out: string) => JSON.parse(out) as { readonly is: { readonly rows: readonly object[] } };

afterAll(removeProjects);

const scored = (rows: readonly object[], stages: string) =>
  project({ 'd.jsonl': jsonl(rows), 'pipeline.yaml': `stages:\n  rows: { source: d.jsonl }\n${stages}` });

describe('ten answers, one right, nine without a value', () => {
  const answers = Array.from({ length: 10 }, (_, i) => ({
    answer: i === 0 ? 'It is J06.9' : 'Not sure.',
    gold: 'J06.9',
  }));
  const folder = scored(
    answers,
    `  codes: { extract: rows, from: answer, with: { regex: '([A-Z]\\d{2}\\.\\d)' }, into: code }
  scores:
    { evaluate: codes, prediction: code, reference: gold, metrics: { em: exactMatch, own: { exactMatch: { missing: skip } } } }
`,
  );
  const run = millrace(folder, ['run', '--name', 'one']);

  test('nine are missing, and count as wrong unless the metric skips them', () => {
    expect(run.code).toBe(0);
    const { is } = json(millrace(folder, ['show', 'scores.summary', '--json']).out);
    expect(is.rows).toEqual([
      expect.objectContaining({ metric: 'em', value: 0.1, n: 10, missing: 9, failed: 0 }),
      expect.objectContaining({ metric: 'own', value: 1, n: 1, missing: 9, failed: 0 }),
    ]);
  });

  test('check fails unless so many may be missing', () => {
    const { code, out } = millrace(folder, ['check', '--min', 'em=0.1', '--markdown', 'm.md']);
    expect([code, out]).toEqual([
      1,
      expect.stringMatching(/^em: 9 rows without a prediction and 0 failed, more than 0/m),
    ]);
    expect(out).toMatch(/^own: .*--max-missing 9$/m);
    expect(read(folder, 'm.md')).toMatch(/\| em \(scores\.summary\) \| 0\.100 .* \| 10 \| 9 \| 0 \|/);
    expect(millrace(folder, ['check', '--max-missing', '8']).code).toBe(1);
    expect(millrace(folder, ['check', '--max-missing', '9']).code).toBe(0);
  });

  test('diff and report have them beside the value', () => {
    expect(millrace(folder, ['diff', 'one', 'one']).out).toMatch(/^em .* 10 +9 +0$/m);
    millrace(folder, ['export', 'scores', '--as', 'report', '--to', 'r.html']);
    expect(read(folder, 'r.html')).toMatch(/<td>em [^<]*<\/td><td>0\.100[^<]*<\/td><td>10<\/td><td>9<\/td><td>0<\/td>/);
  });
});
