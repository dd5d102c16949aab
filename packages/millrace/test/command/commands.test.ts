import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openStore } from '@millrace/arrow-store';
import { lines, millrace, project, read, removeProjects, statuses, write } from './millrace.js';
import { jsonl, PIPELINE, QUESTIONS, questions } from './questions.js';

afterAll(removeProjects);

const json = (out: string): Record<string, unknown> => JSON.parse(out) as Record<string, unknown>;

/** What a person reads, less what differs from run to run. */
const steady = (text: string): string =>
  text
    .replace(/[0-9a-f]{8,}/g, 'FP')
    .replace(/\/\S*millrace-command-\w+/g, 'PROJECT')
    .replace(/\d+\.\d s/g, 'T s')
    .replace(/(, )?T s/g, '')
    .replace(/\d+(\.\d+)? k?B/g, 'SIZE')
    .replace(/ {2,}/g, '  ');

test('runs lists what a killed run had spent', async () => {
  const folder = project({ 'pipeline.yaml': 'stages: { rows: { rows: [{ n: 1 }] } }' });
  millrace(folder, ['run']);
  const store = openStore(join(folder, '.millrace'));
  store.beginRun({ stages: {} }).spend({ calls: 31, tokens: 3300 });
  await store.close();
  expect(millrace(folder, ['runs']).out).toMatch(/^2 +just now +killed +0 stages ran +31 calls, 3,300 tokens$/m);
});

test('of a stage with several tables each is counted by name, whichever the stage goes by', () => {
  const folder = project({
    'pipeline.yaml': [
      'stages:',
      '  rows: { rows: [{ n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }, { n: 5 }] }',
      '  parts: { split: rows, parts: { train: 0.6, test: 0.4 }, exact: true }',
      'outputs: { test: parts.test }',
    ].join('\n'),
  });
  expect(millrace(folder, ['run']).out).toMatch(/^ran +parts +new · train 3, test 2/m);
  expect(millrace(folder, ['ls']).out).toMatch(/parts +train 3, test 2/);
  expect(json(millrace(folder, ['ls', '--json']).out)['entries']).toContainEqual(
    expect.objectContaining({ stage: 'parts', parts: { train: 3, test: 2 } }),
  );
});

describe('a pipeline that ran', () => {
  let folder = '';
  beforeAll(() => {
    folder = project(questions);
    millrace(folder, ['run', '--name', 'base']);
  });

  test('plan says what would run and why, writes nothing, and its exit code tells', () => {
    const nothing = millrace(folder, ['plan']);
    expect(nothing.code).toBe(0);
    expect(nothing.out).toMatch(/nothing would run/);
    // The digest of a file is noted as soon as the file is old enough for that: no matter by whom.
    const inStore = () =>
      (readdirSync(join(folder, '.millrace'), { recursive: true }) as string[])
        .filter((name) => !name.startsWith('facts'))
        .sort();
    const before = inStore();
    const some = millrace(folder, ['plan', '--set', 'say=word']);
    expect(some.code).toBe(4);
    expect(some.out).toMatch(/^will run +answers .*prompt .*number.* → .*word/m);
    expect(some.out).toMatch(/^later +parsed/m);
    expect(inStore()).toEqual(before);
    expect(json(millrace(folder, ['plan', '--json']).out)['stages']).toEqual(
      expect.arrayContaining([expect.objectContaining({ stage: 'answers', status: 'reused' })]),
    );
  });

  test('why names the value that changed and the stage where it began', () => {
    expect(steady(millrace(folder, ['why', 'answers']).out)).toMatchSnapshot();
    expect(steady(millrace(folder, ['why', 'parsed', '--set', 'say=word']).out)).toMatchSnapshot();
    const why = json(millrace(folder, ['why', 'answers', '--set', 'answers.temperature=1', '--json']).out);
    expect(why).toMatchObject({ status: 'run', reasons: [{ is: 'changed', path: 'config.temperature', after: 1 }] });
  });

  test('show gives columns, rows, facts and provenance', () => {
    expect(steady(millrace(folder, ['show', 'answers']).out)).toMatchSnapshot();
    expect(lines(millrace(folder, ['show', 'answers', '--rows', '1', '--columns', 'answer']).out).at(-1)).toMatch(
      /^0 +Two and three\? a number: 5$/,
    );
    expect(json(millrace(folder, ['show', 'scores.summary', '--json']).out)).toMatchObject({
      is: { rows: [{ metric: 'em', value: 1 }] },
    });
  });

  test('ls lists what is stored, runs lists what ran', () => {
    expect(millrace(folder, ['ls']).out).toMatch(/answers +3 rows/);
    expect(json(millrace(folder, ['ls', '--json']).out)['entries']).toEqual(
      expect.arrayContaining([expect.objectContaining({ stage: 'answers', rows: 3, current: true, swept: false })]),
    );
    expect(millrace(folder, ['runs']).out).toMatch(/^1 +base +just now +done/m);
  });

  test('graph draws the stages in three ways', () => {
    expect(millrace(folder, ['graph']).out).toMatchSnapshot();
    expect(millrace(folder, ['graph', '--as', 'dot', '--status']).out).toMatch(/s0 -> s1/);
    millrace(folder, ['graph', '--to', 'g.svg']);
    expect(read(folder, 'g.svg')).toMatch(/^<svg [\s\S]*answers[\s\S]*<\/svg>\s*$/);
  });

  test('export writes each format, and takes the place of nothing unasked', () => {
    for (const name of ['a.jsonl', 'a.csv', 'a.parquet', 'a.arrow', 'a.html']) {
      const said = millrace(folder, ['export', 'answers', '--to', name]);
      expect([name, said.code, said.err]).toEqual([name, 0, '']);
    }
    expect(lines(read(folder, 'a.jsonl')).map((line) => json(line)['answer'])).toEqual([
      'Two and three? a number: 5',
      'Seven less four? a number: 3',
      'Six times seven? a number: 42',
    ]);
    expect(lines(read(folder, 'a.csv'))[0]?.trim()).toBe('id,question,gold,answer');
    expect(read(folder, 'a.parquet').startsWith('PAR1')).toBe(true);
    expect(read(folder, 'a.arrow').startsWith('ARROW1')).toBe(true);
    expect(read(folder, 'a.html')).toMatch(/^<!doctype html>[\s\S]*Content-Security-Policy/);
    expect(read(folder, 'a.html')).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/);
    const again = millrace(folder, ['export', 'answers', '--to', 'a.csv']);
    expect([again.code, again.err]).toEqual([2, expect.stringMatching(/something is there already/)]);
    expect(millrace(folder, ['export', 'answers', '--to', 'a.csv', '--overwrite']).code).toBe(0);
    millrace(folder, ['export', 'answers', '--as', 'hf', '--to', 'set']);
    expect(existsSync(join(folder, 'set/data/train-00000-of-00001.parquet'))).toBe(true);
    expect(read(folder, 'set/README.md')).toMatch(/split: "train"/);
  });

  test('a report shows metrics with intervals, plots and the lowest rows, and runs nothing', () => {
    millrace(folder, ['export', 'scores', '--as', 'report', '--to', 'r.html']);
    const page = read(folder, 'r.html');
    expect(page).toMatch(/<h2>Metrics<\/h2>[\s\S]*em[\s\S]*1\.000 \[0\.439, 1\.000\]/);
    expect(page).toMatch(/<svg[\s\S]*<h2>Worst rows<\/h2>/);
  });

  test('verify looks at every file, and runs remembered rows of pure stages again', () => {
    expect(millrace(folder, ['verify', '--deep'])).toMatchObject({ code: 0, out: expect.stringMatching(/all good/) });
    const { out, code } = millrace(folder, ['verify', '--sample', '100%']);
    expect(code).toBe(0);
    expect(out).toMatch(/^parsed: 3 rows ran again, all the same$/m);
    expect(out).not.toMatch(/answers/);
  });

  test('check compares metrics with a least value and with a baseline', () => {
    expect(millrace(folder, ['check', '--min', 'em=0.9', '--max-drop', '0.01', '--baseline', 'base']).code).toBe(0);
    const low = millrace(folder, ['check', '--min', 'em=1.01', '--markdown', 'm.md']);
    expect([low.code, low.out]).toEqual([1, expect.stringMatching(/em \(scores\.summary\) is 1\.0000, below 1\.01/)]);
    expect(read(folder, 'm.md')).toMatch(/\| em \(scores\.summary\) \| 1\.000/);
  });
});

test('diff shows metrics side by side and the rows that changed; check sees the drop', () => {
  const folder = project(questions);
  millrace(folder, ['run', '--name', 'before']);
  write(folder, {
    'data/questions.jsonl': jsonl(QUESTIONS.map((row) => (row.id === 2 ? { ...row, gold: 'x3' } : row))),
  });
  millrace(folder, ['run']);
  const { out } = millrace(folder, ['diff', 'before', 'last']);
  expect(out).toMatch(/^em \(scores\.summary\) +1\.000 \[0\.439, 1\.000\] +0\.667 \[.*\] +−0\.333 +3 +0 +0$/m);
  expect(out).toMatch(/answers: 1 row changed \(gold, answer\)/);
  expect(json(millrace(folder, ['diff', '--json']).out)['stages']).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ stage: 'questions', rows: expect.objectContaining({ changed: 1 }) }),
    ]),
  );
  expect(millrace(folder, ['check', '--max-drop', '0.1', '--baseline', 'before'])).toMatchObject({
    code: 1,
    out: expect.stringMatching(/em .*fell by 0\.3333/),
  });
});

test('accept keeps what is stored although the code changed, and takes it back', () => {
  const yaml = 'stages:\n  rows: { source: data/questions.jsonl }\n  clean: { map: rows, with: ./text.ts#clean }\n';
  const folder = project({
    ...questions,
    'pipeline.yaml': yaml,
    'text.ts': 'export const clean = ({ question }) => ({ clean: question.trim() });\n',
  });
  millrace(folder, ['run']);
  expect(millrace(folder, ['accept', 'clean']).err).toMatch(/nothing to accept: clean is reused/);
  write(folder, {
    'text.ts':
      'const cut = (text) => text.trim();\nexport const clean = ({ question }) => ({ clean: cut(question) });\n',
  });
  expect(millrace(folder, ['plan']).code).toBe(4);
  expect(millrace(folder, ['accept', 'clean']).out).toMatch(/kept although code: /);
  expect(statuses(millrace(folder, ['run']).out)).toEqual(['reused rows', 'reused clean']);
  expect(millrace(folder, ['show', 'clean']).out).toMatch(/accepted just now/);
  expect(millrace(folder, ['accept', 'clean', '--undo']).code).toBe(0);
  expect(statuses(millrace(folder, ['run']).out)).toEqual(['reused rows', 'ran clean']);
});

test('import puts a table in as the result of a stage, marked as such', () => {
  const folder = project(questions);
  millrace(folder, ['run', 'questions']);
  write(folder, { 'old.jsonl': jsonl(QUESTIONS.map((row) => ({ ...row, answer: `from elsewhere ${row.gold}` }))) });
  expect(millrace(folder, ['import', 'answers', 'old.jsonl']).out).toMatch(/3 rows of old\.jsonl are its result/);
  const { out } = millrace(folder, ['run']);
  expect(statuses(out)).toContain('reused answers');
  expect(millrace(folder, ['show', 'parsed']).out).toMatch(/from elsewhere 42/);
  expect(millrace(folder, ['show', 'answers']).out).toMatch(/imported just now/);
  write(folder, { 'short.jsonl': jsonl([{ ...QUESTIONS[0], answer: 'x' }]) });
  expect(millrace(folder, ['import', 'answers', 'short.jsonl']).err).toMatch(
    /it has 1 rows and the stage's input has 3/,
  );
  write(folder, { 'other.jsonl': jsonl(QUESTIONS.map(() => ({ answer: 'x' }))) });
  expect(millrace(folder, ['import', 'answers', 'other.jsonl']).err).toMatch(/lacks the column id/);
  expect(millrace(folder, ['import', 'answers', 'data/questions.jsonl']).err).toMatch(/lacks the column answer, which/);
  expect(statuses(millrace(folder, ['run']).out)).toContain('reused answers');
});

test('clear removes what is stored of a stage; gc lets go by age and size; both say first what they would do', () => {
  const folder = project(questions);
  millrace(folder, ['run']);
  expect(millrace(folder, ['clear', 'answers', '--below', '--dry-run']).out).toMatch(/^would remove/);
  expect(statuses(millrace(folder, ['run']).out)).toContain('reused answers');
  expect(millrace(folder, ['clear', 'answers']).out).toMatch(
    /^nothing to remove: \d+ other entries of .*parsed.* hold some of the same rows/,
  );
  expect(millrace(folder, ['clear', 'answers', '--below']).out).toMatch(/^removed/);
  expect(millrace(folder, ['run', '--force', 'parsed']).code).toBe(0);
  expect(millrace(folder, ['gc', '--max-size', '0B', '--grace', '0s', '--dry-run']).out).toMatch(/^would remove/);
  expect(millrace(folder, ['gc', '--max-size', '0B', '--grace', '0s']).out).toMatch(/^removed/);
  expect(millrace(folder, ['gc']).out).toMatch(/nothing to remove/);
  expect(millrace(folder, ['show', 'answers', '--json']).code).not.toBe(0);
  expect(millrace(folder, ['run', '--force']).code).toBe(0);
});

describe('a reader meets data that is lost', () => {
  const lossy = () => {
    const folder = project(questions);
    millrace(folder, ['run']);
    rmSync(join(folder, '.millrace/objects'), { recursive: true });
    return folder;
  };

  test('of a pure stage it is made again at once; of others the calls are named, and run makes them', () => {
    const folder = lossy();
    expect(millrace(folder, ['show', 'questions', '--json'])).toMatchObject({ code: 0 });
    const refused = millrace(folder, ['export', 'answers', '--to', 'answers.jsonl']);
    expect(refused).toMatchObject({ code: 2, err: expect.stringMatching(/at most \d+ calls of answers/) });
    expect(refused.err).toMatch(/Run it: millrace run answers\. Or add --remake/);
    expect(existsSync(join(folder, 'answers.jsonl'))).toBe(false);
    expect(millrace(folder, ['plan']).code).toBe(4);
    expect(millrace(folder, ['run', 'answers']).out).toMatch(/^ran +answers .* its data is gone/m);
    expect(millrace(folder, ['export', 'answers', '--to', 'answers.jsonl']).code).toBe(0);
  });

  test('with --remake it shows the plan, and makes it again', () => {
    const folder = lossy();
    const { code, err, out } = millrace(folder, ['show', 'answers', '--json', '--remake']);
    expect([code, json(out)['current']]).toEqual([0, true]);
    expect(err).toMatch(/to make it again:\nwill run +questions .*\nlater +answers +≤ 3 rows +3 calls/);
    expect(millrace(folder, ['runs', '--json']).out).not.toMatch(/remakes/);
  });

  test('what was swept is reused until it is read; then the next run makes it again', () => {
    const folder = project(questions);
    millrace(folder, ['run']);
    millrace(folder, ['gc', '--max-size', '0B', '--grace', '0s']);
    expect(statuses(millrace(folder, ['run']).out)).toContain('reused answers');
    expect(millrace(folder, ['show', 'answers']).code).toBe(2);
    expect(statuses(millrace(folder, ['run']).out)).toContain('ran answers');
    expect(millrace(folder, ['show', 'answers']).code).toBe(0);
  });

  test('what was cleared is made again by the next run', () => {
    const folder = project(questions);
    millrace(folder, ['run']);
    millrace(folder, ['clear', 'answers', '--below']);
    expect(statuses(millrace(folder, ['run']).out)).toEqual(
      expect.arrayContaining(['reused questions', 'ran answers']),
    );
  });
});

test('an output that is a part of a stage is that part by its name, whatever the stage is named after', () => {
  const folder = project({
    'pipeline.ts': [
      "import { pipeline, source, split } from 'millrace';",
      'const rows = source.rows([{ n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }]);',
      'const parts = split(rows, { parts: { train: 0.5, test: 0.5 }, exact: true, seed: 1 });',
      'export default pipeline({ test: parts.test, train: parts.train });',
    ].join('\n'),
  });
  millrace(folder, ['run']);
  const shown = (name: string) => json(millrace(folder, ['show', name, '--json']).out);
  expect([shown('test')['part'], shown('train')['part']]).toEqual(['test', 'train']);
});

test('verify --sample finds a pure stage that is not, sets it aside with what came of it, and names the suspects', () => {
  const yaml =
    'stages:\n  rows: { source: data/questions.jsonl }\n  timed: { map: rows, with: ./text.ts#timed, impure: [clock] }\n  vectors: { embed: timed, from: at, model: test/ngram }\n';
  const folder = project({
    ...questions,
    'pipeline.yaml': yaml,
    'text.ts': 'export const timed = ({ id }) => ({ at: String(id) + process.hrtime.bigint() });\n',
  });
  const first = millrace(folder, ['run']);
  expect(first.err).toBe('');
  const { out, code } = millrace(folder, ['verify', '--sample', '100%']);
  expect(code).toBe(1);
  expect(out).toMatch(/timed: 3 of 3 rows are different/);
  expect(out).toMatch(/suspects: timed in text\.ts:1/);
  expect(out).toMatch(/set aside, with all that came of it: timed, vectors/);
  expect(statuses(millrace(folder, ['run']).out)).toEqual(
    expect.arrayContaining(['reused rows', 'ran timed', 'ran vectors']),
  );
});

test('init begins with a pipeline that runs, and writes over nothing', () => {
  const folder = project({});
  expect(millrace(folder, ['init', 'new']).out).toMatch(/pipeline\.yaml, data\/questions\.jsonl, \.gitignore in /);
  expect(millrace(join(folder, 'new'), ['run']).code).toBe(0);
  expect(millrace(join(folder, 'new'), ['show', 'scores.summary']).out).toMatch(/em +1 /);
  expect(millrace(folder, ['init', 'new'])).toMatchObject({
    code: 2,
    err: expect.stringMatching(/pipeline\.yaml is there already/),
  });
  expect(millrace(folder, ['init', 'new', '--force', '--model', 'openai/gpt-4o-mini']).code).toBe(0);
  expect(read(folder, 'new/pipeline.yaml')).toMatch(/model: openai\/gpt-4o-mini/);
});

test('completion is a script that each shell can read', () => {
  const folder = project({});
  for (const shell of ['bash', 'zsh', 'fish'])
    expect(millrace(folder, ['completion', shell]).out).toMatch(/millrace[\s\S]*--max-cost|max-cost/);
});

test('a pipeline in TypeScript has the same commands and parameters', () => {
  const folder = project({
    'data/questions.jsonl': jsonl(QUESTIONS),
    'pipeline.ts': `import { generate, params, pipeline, source } from 'millrace';
const { say } = params({ say: 'number' });
const questions = source.jsonl('data/questions.jsonl');
const answers = generate(questions, { model: 'test/echo', prompt: '{{question}} a ' + say + ': {{gold}}', into: 'answer' });
export default pipeline({ questions, answers });
`,
  });
  write(folder, { 'pipeline.yaml': PIPELINE });
  millrace(folder, ['run', '--file', 'pipeline.yaml']);
  expect(statuses(millrace(folder, ['run', '--file', 'pipeline.ts']).out)).toEqual([
    'reused questions',
    'reused answers',
  ]);
  expect(statuses(millrace(folder, ['run', '--file', 'pipeline.ts', '--set', 'say=word']).out)).toEqual([
    'reused questions',
    'ran answers',
  ]);
  expect(millrace(folder, ['run', '--file', 'pipeline.ts', '--set', 'sya=word']).err).toMatch(/Did you mean say\?/);
});
