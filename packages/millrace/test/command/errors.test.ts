import { afterAll, describe, expect, test } from '@jest/globals';
import { millrace, project, removeProjects } from './millrace.js';
import { PIPELINE, questions } from './questions.js';

afterAll(removeProjects);

const steady = (text: string): string =>
  text.replace(/\/\S*millrace-command-\w+/g, 'PROJECT').replace(/[0-9a-f]{32}/g, 'FP');
const folder = () => project(questions);

describe('each mistake says what, where, why and what now, with code 2', () => {
  test.each<[string, readonly string[]]>([
    ['a command that is not there', ['rnu']],
    ['a flag that is not there', ['run', '--forse']],
    ['a flag without its value', ['run', '--rows']],
    ['a number that is none', ['run', '--rows', 'many']],
    ['a sum that is none', ['run', '--max-cost', 'much']],
    ['a value where none is', ['run', '--force=yes']],
    ['a stage that is not named', ['why']],
    ['a word too many', ['why', 'answers', 'scores']],
    ['a stage that is not there', ['why', 'anwsers']],
    ['a part that is not there', ['show', 'answers.tset']],
    ['an output that is not there', ['run', 'socres']],
    ['a file that is not there', ['run', '--file', 'nowhere.yaml']],
    ['a pipeline that is not there', ['run', '--pipeline', 'evla']],
    ['overrides that are not there', ['run', '--overrides', 'nowhere.yaml']],
    ['what was never run', ['show', 'answers']],
    ['a run that is not there', ['diff', 'base', 'last']],
    ['a format that is not there', ['export', 'answers', '--as', 'xlsx']],
    ['an export of what never ran', ['export', 'answers', '--to', 'x.csv']],
    ['a drawing that is not there', ['graph', '--as', 'png']],
    ['an age that is none', ['gc', '--max-age', 'old']],
    ['a size that is none', ['gc', '--max-size', '20 apples']],
    ['a share that is none', ['verify', '--sample', '200%']],
    ['a drop without a baseline', ['check', '--max-drop', '0.1']],
    ['metrics that are not known', ['check', '--min', 'em=1']],
    ['a table that is not there', ['import', 'answers', 'nowhere.jsonl']],
    ['inputs that are not known', ['accept', 'answers']],
    ['what was not accepted', ['accept', 'answers', '--undo']],
    ['a shell that is not known', ['completion', 'csh']],
  ])('%s', (_, words) => {
    const { code, out, err } = millrace(folder(), words);
    expect([code, out]).toEqual([2, '']);
    expect(steady(err)).toMatchSnapshot();
  });

  test.each(['answers', 'scores.summary'])('%s, of which a matrix makes several', (name) => {
    const matrix = PIPELINE.replace('model: test/echo', 'matrix: { model: { a: test/echo, b: test/echo } }');
    const { code, err } = millrace(project({ ...questions, 'pipeline.yaml': matrix }), ['why', name]);
    expect([code, steady(err)]).toMatchSnapshot();
  });

  test.each([
    ['cannot be read', 'const a = 1;\nsyntax error here\n'],
    ['imports what is not there', "import nothing from 'nothing';\nexport default nothing;\n"],
    ['throws', "\nthrow new Error('boom.');\n"],
    ['throws nothing in particular', 'throw undefined;\n'],
    ['waits for ever', 'await new Promise(() => {});\n'],
  ])('code that %s', (_, text) => {
    const { code, out, err } = millrace(project({ 'pipeline.ts': text }), ['run']);
    expect([code, out, steady(err)]).toMatchSnapshot();
  });

  test('the stack of what a file threw is there for who asks', () => {
    const { err } = millrace(project({ 'pipeline.ts': "\nthrow new Error('boom.');\n" }), ['run', '--verbose']);
    expect(err).toMatch(/Error: boom\.\n +at .*pipeline\.ts:2/);
  });

  test('a second document in one file', () => {
    const { code, err } = millrace(project({ ...questions, 'pipeline.yaml': `${PIPELINE}---\nstages: {}\n` }), ['run']);
    expect([code, steady(err)]).toMatchSnapshot();
  });

  test('no pipeline anywhere', () => {
    const { code, err } = millrace(project({}), ['run']);
    expect([code, steady(err)]).toMatchSnapshot();
  });

  test.each([
    ['a config that is no JSON', '{ "store": '],
    ['a config that says something else', '{ "stroe": "x" }'],
    ['a config whose store says something else', '{ "store": { "pth": "x" } }'],
    ['a config that is no object', '[]'],
  ])('%s', (_, text) => {
    const { code, err } = millrace(project({ ...questions, 'millrace.config.json': text }), ['run']);
    expect([code, steady(err).replace(/: [^:]*JSON[^.]*\./, ': REASON.')]).toMatchSnapshot();
  });

  test('a pipeline in code that exports none', () => {
    const { code, err } = millrace(project({ 'pipeline.ts': 'export const x = 1;\n' }), ['run']);
    expect([code, steady(err)]).toMatchSnapshot();
  });

  test('several pipelines in code, none of them the default', () => {
    const text =
      "import { pipeline, source } from 'millrace';\nconst rows = source.rows([{ a: 1 }]);\nexport const one = pipeline({ rows });\nexport const two = pipeline({ rows });\n";
    const { code, err } = millrace(project({ 'pipeline.ts': text }), ['run']);
    expect([code, steady(err)]).toMatchSnapshot();
  });

  test('a key that is not set, before anything is spent', () => {
    const { code, err } = millrace(
      project({ ...questions, 'pipeline.yaml': PIPELINE.replace('test/echo', 'openai/gpt-4o-mini') }),
      ['run'],
    );
    expect(code).toBe(2);
    expect(err).toMatch(/answers: .*OPENAI_API_KEY/);
  });

  test.each([
    [
      'an output of a command that tells no folder from a value',
      'plot: { command: [node, plot.mjs], outputs: { out: out.txt } }',
      /pipeline\.yaml:2:\d+: The output out of this command is "out\.txt".* Write out: folder/,
    ],
    [
      'a model that nobody named',
      'rows: { source: data/questions.jsonl }\n  a: { generate: rows, prompt: x }',
      /pipeline\.yaml:3:\d+: generate needs a model: .* Write model: …, here or in across\./,
    ],
    [
      'a prompt that nobody wrote',
      'rows: { source: data/questions.jsonl }\n  a: { generate: rows, model: test/echo }',
      /pipeline\.yaml:3:\d+: generate needs a prompt/,
    ],
  ])('%s', (_, stages, message) => {
    const { code, err } = millrace(project({ ...questions, 'pipeline.yaml': `stages:\n  ${stages}\n` }), ['run']);
    expect([code, err]).toEqual([2, expect.stringMatching(message)]);
  });

  test('a difference to the run before, where there is one run only', () => {
    const one = folder();
    millrace(one, ['run', 'questions']);
    expect(millrace(one, ['diff'])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/There is one run only in the store .* Run again after an edit/),
    });
  });

  test('the store of something else', () => {
    const { code, err } = millrace(project({ ...questions, 'elsewhere/x.txt': '' }), ['run', '--store', 'elsewhere']);
    expect(code).not.toBe(0);
    expect(err).toMatch(/elsewhere/);
  });
});

test('--verbose shows where in the code', () => {
  expect(millrace(folder(), ['why', 'nothing']).err).not.toMatch(/\n {4}at /);
  expect(millrace(folder(), ['why', 'nothing', '--verbose']).err).toMatch(/\n {4}at /);
});
