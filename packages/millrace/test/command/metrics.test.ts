import { afterAll, describe, expect, test } from '@jest/globals';
import { millrace, project, read, removeProjects, write } from './millrace.js';
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
      expect.stringMatching(/^em \(scores\.summary\): 9 rows without a prediction and 0 failed, more than 0/m),
    ]);
    expect(out).toMatch(/^own \(scores\.summary\): .*--max-missing 9$/m);
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

describe('metrics of which some rows failed', () => {
  const failing = 'export const f = ({ p }) => { if (p === "b") throw new Error("no"); return { q: p }; };\n';
  const stages = (metric: string, above = 'made') => `  made: { map: rows, with: ./f.ts#f }
  sorted: { sort: made, by: q }
  s: { evaluate: ${above}, prediction: q, reference: g, metrics: { em: ${metric} } }
outputs: [s.summary]
`;
  const folder = scored(
    ['a', 'b', 'c', 'd'].map((p) => ({ p, g: p })),
    stages('exactMatch'),
  );
  const file = (text: string) =>
    write(folder, { 'pipeline.yaml': `stages:\n  rows: { source: d.jsonl }\n${text}`, 'f.ts': failing });
  const check = (...words: string[]) => millrace(folder, ['check', ...words]);

  test('are judged, and check obeys the bound of --max-missing', () => {
    file(stages('exactMatch'));
    expect(millrace(folder, ['run', '-q']).code).toBe(1);
    const strict = check();
    expect([strict.code, strict.err]).toEqual([1, '']);
    expect(strict.out).toMatch(/^em \(s\.summary\) +1\.000 .* 3 +0 +1$/m);
    expect(strict.out).toMatch(/^em \(s\.summary\): 0 rows without .* 1 failed, more than 0\. .*--max-missing 1$/m);
    expect(strict.out).toMatch(/^rows of made failed: millrace show made --failed says why$/m);
    expect(check('--max-missing', '1')).toMatchObject({ code: 0, out: expect.stringMatching(/all good/) });
    expect(check('--max-missing', '1', '--min', 'em=1.1')).toMatchObject({
      code: 1,
      out: expect.not.stringMatching(/rows of made failed/),
    });
  });

  test('are not known where a stage has not run since, or takes no failed rows', () => {
    file(stages('tokenF1'));
    const says = (text: RegExp) => ({ code: 2, err: expect.stringMatching(text) });
    const hint = /rows of made failed\. .*show made --failed.*--retry-failed.*accept made --failed/;
    expect(check('--max-missing', '1')).toMatchObject(says(/s\.em has not run as it is now, and rows of made failed/));
    file(stages('exactMatch', 'sorted'));
    expect(millrace(folder, ['run', '-q']).code).toBe(1);
    expect(check('--max-missing', '1')).toMatchObject(says(hint));
    file(stages('exactMatch').replace('./f.ts#f', './g.ts#f'));
    write(folder, { 'g.ts': failing.replace('q: p', 'q: p + p') });
    expect(check()).toMatchObject(says(/made has not run as it is now\. millrace run computes it\./));
  });
});

test('where less is better, a rise is the loss: check --max-drop, --max, and the worst rows of the report', () => {
  const folder = scored(
    [{ p: 'abXX', g: 'abcd' }],
    '  s: { evaluate: rows, prediction: p, reference: g, metrics: { ed: editDistance } }\n',
  );
  const run = (...texts: string[]) => {
    write(folder, { 'd.jsonl': jsonl(texts.map((p) => ({ p, g: 'abcd' }))) });
    expect(millrace(folder, ['run', '-q']).code).toBe(0);
  };
  const check = (...words: string[]) => {
    const { code, out } = millrace(folder, ['check', ...words]);
    return [code, out.trim().split('\n').at(-2)?.replace(' (s.summary)', '')];
  };
  millrace(folder, ['run', '--name', 'main']);
  run('WXYZ');
  expect(check('--max-drop', '0.1', '--baseline', 'main')).toEqual([1, 'ed rose by 2.0000, more than 0.1']);
  expect(check('--max', 'ed=3')).toEqual([1, 'ed is 4.0000, above 3']);
  expect(check('--max', 'ed=4', '--min', 'ed=4')[0]).toBe(0);
  run('abcd');
  expect(check('--max-drop', '0.1', '--baseline', 'main')[0]).toBe(0);
  run('abcd', 'WXYZ', 'abXX');
  millrace(folder, ['export', 's', '--as', 'report', '--to', 'r.html']);
  const worst = read(folder, 'r.html').split('Worst rows')[1] ?? '';
  expect([...worst.matchAll(/<tr><td>(\d)<\/td>/g)].map(([, row]) => row)).toEqual(['1', '2', '0']);
});

describe('metrics of earlier runs', () => {
  const stages = `  vectors: { embed: rows, from: p, model: test/ngram, into: vector }
  s: { evaluate: rows, prediction: p, reference: g, metrics: { em: exactMatch, f1: tokenF1 } }
`;
  const texts = (last: string) => jsonl(['a', 'b', 'c', last].map((p) => ({ p, g: p === 'x' ? 'y' : p })));
  const runs = () => {
    const folder = project({
      'd.jsonl': texts('x'),
      'pipeline.yaml': `stages:\n  rows: { source: d.jsonl }\n${stages}`,
    });
    millrace(folder, ['run', '--name', 'one']);
    write(folder, { 'd.jsonl': texts('d') });
    expect(millrace(folder, ['run', '--name', 'two']).code).toBe(0);
    return folder;
  };

  test('stay with their runs after gc, for diff and check', () => {
    const folder = runs();
    expect(millrace(folder, ['gc', '--max-age', '0s', '--grace', '0s']).code).toBe(0);
    const { code, out, err } = millrace(folder, ['diff', 'one', 'two']);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^em \(s\.summary\) +0\.750 .* 1\.000 .*\+0\.250/m);
    expect(out).toMatch(/^s\.f1: not stored$/m);
    expect(millrace(folder, ['check', '--max-drop', '0.1', '--baseline', 'one']).out).toMatch(/^em .*all good$/ms);
  });

  test('diff prints a vector as a list, and tells what a run did not run', () => {
    const folder = runs();
    const { out } = millrace(folder, ['diff', 'one', 'two']);
    expect(out).toMatch(/^ +3 [−+] \{"p":"[dx]".*"vector":\[/m);
    expect(out).not.toMatch(/"0":/);
    millrace(folder, ['run', 'rows', '-q']);
    expect(millrace(folder, ['diff', 'two', 'last']).out).toMatch(/^s\.f1: not run after$/m);
    expect(millrace(folder, ['diff', 'last', 'two']).out).toMatch(/^s\.f1: not run before$/m);
  });

  test('the report has those of its stage, whatever the last run ran, and one bar where all scores are equal', () => {
    const folder = runs();
    millrace(folder, ['run', 'rows', '-q']);
    millrace(folder, ['export', 's', '--as', 'report', '--to', 'r.html', '--baseline', 'one']);
    const page = read(folder, 'r.html');
    expect(page).toMatch(/<title>s<\/title>/);
    expect(page).toMatch(/<td>em \(s\.summary\)<\/td><td>1\.000 .*<td>0\.750 .*<td>\+0\.250<\/td>/);
    expect(page.match(/<rect/g)).toHaveLength(2);
    expect(page).toMatch(/<title>1: 4<\/title>/);
  });
});
