import { afterAll, describe, expect, test } from '@jest/globals';
import { millrace, project, removeProjects, statuses, write } from './millrace.js';

afterAll(removeProjects);

const SOUND = `stages:
  rows: { source: d.jsonl }
  answers: { generate: rows, model: test/echo, prompt: '{{x}}', into: answer }
`;

const WRONG = {
  'an unknown setting': '  other: { generate: rows, model: test/echo, prompt: hi, temprature: 0 }\n',
  'a missing setting': '  other: { generate: rows, model: test/echo }\n',
  'a missing function file': '  other: { map: rows, with: ./nowhere.ts#f }\n',
  'a function that is not exported': '  other: { map: rows, with: ./text.ts#g }\n',
  'a module that cannot be loaded': '  other: { map: rows, with: ./broken.ts#g }\n',
  'no kind': '  other: { into: x }\n',
  'an input that is not there': '  other: { map: nothing, with: ./text.ts#f }\n',
  'a circle': '  other: { map: third, with: ./text.ts#f }\n  third: { map: other, with: ./text.ts#f }\n',
  'a file that is not there': '  other: { source: nowhere.jsonl }\n',
};

const folder = project({
  'd.jsonl': '{"x":"a"}\n{"x":"b"}\n',
  'text.ts': 'export const f = ({ x }) => ({ y: x });\n',
  'broken.ts': 'throw new Error("broken");\nexport const g = 1;\n',
  'pipeline.yaml': SOUND,
});
millrace(folder, ['run', '-q']);

const below = '  below: { map: other, with: ./text.ts#f }\n';

describe('a stage that is declared wrong elsewhere blocks nothing', () => {
  test.each(Object.entries(WRONG))('%s', (_, other) => {
    write(folder, { 'pipeline.yaml': SOUND + other + below });
    expect(millrace(folder, ['show', 'answers'])).toMatchObject({ code: 0, err: '' });
    for (const words of [['run'], ['show', 'below']])
      expect(millrace(folder, words)).toMatchObject({ code: 2, err: expect.stringMatching(/other/) });
  });

  test.each([
    ['show of a part', ['show', 'answers.main'], /answers · /],
    ['export', ['export', 'answers', '--to', 'out.jsonl', '--overwrite'], /2 rows/],
    ['why', ['why', 'answers'], /answers/],
    ['plan', ['plan', 'answers'], /nothing would run/],
    ['run', ['run', 'answers'], /reused +answers/],
  ])('%s', (_, words, says) => {
    for (const other of [WRONG['no kind'], WRONG['a file that is not there']]) {
      write(folder, { 'pipeline.yaml': `${SOUND}${other}${below}outputs: [answers, other, below]\n` });
      const { code, out, err } = millrace(folder, words);
      expect([code, err, out]).toEqual([0, '', expect.stringMatching(says)]);
    }
  });

  test('where all is forced, or all above is taken as it was, all is looked at', () => {
    write(folder, { 'pipeline.yaml': SOUND + WRONG['no kind'] });
    for (const words of [
      ['run', 'answers', '--force'],
      ['plan', 'answers', '--from', 'answers'],
      ['export', 'answers', '--as', 'report'],
    ])
      expect(millrace(folder, words)).toMatchObject({ code: 2, err: expect.stringMatching(/other/) });
  });
});

test('what is wrong in the stage or above it is said, and nothing else', () => {
  write(folder, {
    'pipeline.yaml': `${SOUND.replace('into', 'inot')}  out: { map: answers, with: ./text.ts#f }\n${WRONG['no kind']}`,
  });
  for (const name of ['answers', 'out']) {
    const { code, err } = millrace(folder, ['show', name]);
    expect([code, err]).toEqual([
      2,
      expect.stringMatching(/^millrace: [^\n]*pipeline\.yaml:3:\d+: .* no setting inot/),
    ]);
    expect(err).not.toMatch(/other/);
  }
  expect(millrace(folder, ['run']).err).toMatch(/inot.*other/s);
});

test('an output is what it is made of, also of a matrix', () => {
  write(folder, {
    'pipeline.yaml': `${SOUND}  two: { generate: rows, model: test/echo, into: a, matrix: { prompt: { m: '{{x}}', n: '{{x}}!' } } }
${WRONG['no kind']}outputs: { best: two, other: other }
`,
  });
  const { code, out, err } = millrace(folder, ['run', 'best[n]']);
  expect([code, err, statuses(out)]).toEqual([0, '', ['reused rows', 'ran two[n]']]);
  expect(millrace(folder, ['show', 'best[n]']).code).toBe(0);
});
