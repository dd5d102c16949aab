import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Files, lines, millrace, project, read, removeProjects, statuses, write } from './millrace.js';
import { asking, beside, type Provider, provider } from './provider.js';
import { jsonl, QUESTIONS, questions } from './questions.js';

afterAll(removeProjects);

const lastLine = (text: string): string => lines(text).at(-1) as string;

/** Two branches of one source, one of which does not work. */
const branches: Files = {
  'data/questions.jsonl': jsonl(QUESTIONS),
  'pipeline.yaml': `stages:
  questions: { source: data/questions.jsonl }
  broken: { map: questions, with: ./text.ts#broken, options: { onRowFailure: stop } }
  below: { map: broken, with: ./text.ts#fine }
  vectors: { embed: questions, from: question, model: test/ngram, into: vector }
  near: { embed: vectors, from: question, model: test/ngram, into: other }
`,
  'text.ts': `export const broken = () => { throw new Error('it does not work'); };
export const fine = ({ id }) => ({ fine: id });
`,
};

describe('a stage that fails', () => {
  test('ends the run with code 1; what stands below it is skipped', () => {
    const { code, out } = millrace(project(branches), ['run']);
    expect(code).toBe(1);
    expect(statuses(out)).toEqual(expect.arrayContaining(['ran questions', 'failed broken', 'skipped below']));
    expect(lastLine(out)).toBe('a stage failed: what was answered is kept; mend it and run the same command');
  });

  test('--keep-going goes on with all that does not need it, and still ends with code 1', () => {
    const folder = project(branches);
    const { code, out } = millrace(folder, ['run', '--keep-going', '--stages', '1']);
    expect(code).toBe(1);
    expect(statuses(out)).toEqual(
      expect.arrayContaining(['failed broken', 'skipped below', 'ran vectors', 'ran near']),
    );
    expect(out).toMatch(/^skipped +below +a stage above it failed$/m);
  });
});

describe('--from', () => {
  test('takes what stands above as it is, stale or not, and runs the rest', () => {
    const folder = project(questions);
    millrace(folder, ['run']);
    const run = (...words: string[]) => millrace(folder, ['run', '--set', 'say=word', ...words]);
    const { out } = run('--from', 'parsed', '--set', 'parsed.with.regex=(\\d)$');
    expect(statuses(out)).toEqual(expect.arrayContaining(['kept answers', 'ran parsed']));
    expect(out).toMatch(/^kept +answers +3 rows +as it was stored last/m);
    expect(statuses(run().out)).toContain('ran answers');
  });

  test('a stage that is not there is told by its nearest spelling', () => {
    const { code, err } = millrace(project(questions), ['run', '--from', 'anwsers']);
    expect([code, err]).toEqual([2, expect.stringMatching(/Did you mean answers\?/)]);
  });
});

describe('a budget', () => {
  let server: Provider;
  beforeEach(async () => {
    server = await provider();
  });
  afterEach(() => server.close());

  const PRICE = ', options: { price: { input: 100000, output: 100000 } }';

  test('of money stops before more is spent, with code 3; a larger one goes on from there', async () => {
    const folder = project(asking(server, PRICE));
    const first = await beside(folder, 'run', 'answers', '--max-cost', '1');
    expect(first.code).toBe(3);
    expect(first.out).toMatch(/stopped by the budget: what was answered is kept; resume with the same command/);
    const asked = server.seen.length;
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThan(4);
    expect(await beside(folder, 'run', 'answers', '--max-cost', '100')).toMatchObject({ code: 0 });
    expect(server.seen.length).toBe(4);
  });

  test('of money refuses a price that nobody knows, before anything is asked', async () => {
    const folder = project(asking(server));
    const refused = await beside(folder, 'run', '--max-cost', '1');
    expect(refused.code).toBe(2);
    expect(refused.err).toMatch(
      /the price of the model gpt-x is not known, so nobody can keep the run below a cost of 1\. Say it .*price: \{ input/,
    );
    expect(server.seen.length).toBe(0);
    expect(await beside(folder, 'run')).toMatchObject({ code: 0 });
    expect(await beside(folder, 'run', '--max-cost', '1')).toMatchObject({ code: 0 });
  });

  test('of calls stops before more are made', async () => {
    const folder = project(asking(server));
    expect(await beside(folder, 'run', '--max-calls', '3')).toMatchObject({ code: 3 });
    expect(server.seen.length).toBe(3);
    expect(await beside(folder, 'run', '--max-calls', '100')).toMatchObject({ code: 0 });
    expect(server.seen.length).toBe(4);
  });
});

describe("the user's store", () => {
  const stored = (folder: string) => existsSync(join(folder, 'cache/millrace/store/records'));

  test('--store user is one for all projects: what one ran, another reuses', () => {
    const cache = project({});
    const env = { XDG_CACHE_HOME: join(cache, 'cache') };
    const one = project(questions);
    const other = project(questions);
    expect(millrace(one, ['run', '--store', 'user'], env).code).toBe(0);
    expect([stored(cache), existsSync(join(one, '.millrace'))]).toEqual([true, false]);
    const { out } = millrace(other, ['run', '--store', 'user'], env);
    expect(statuses(out).every((line) => line.startsWith('reused '))).toBe(true);
  });

  test.each(['{ "store": "user" }', '{ "store": { "path": "user" } }'])('%s in the config says the same', (config) => {
    const cache = project({});
    const folder = project({ ...questions, 'millrace.config.json': config });
    expect(millrace(folder, ['run'], { XDG_CACHE_HOME: join(cache, 'cache') }).code).toBe(0);
    expect([stored(cache), existsSync(join(folder, '.millrace'))]).toEqual([true, false]);
    expect(readdirSync(join(cache, 'cache/millrace/store'))).toContain('by-name');
  });
});

describe('--set', () => {
  test('sets a field of a stage in YAML, and names the nearest one where there is none', () => {
    const folder = project(questions);
    millrace(folder, ['run']);
    const { out } = millrace(folder, ['run', '--set', 'answers.temperature=0.5', '--set', 'answers.seed=7']);
    expect(out).toMatch(/^ran +answers .*temperature/m);
    const wrong = millrace(folder, ['run', '--set', 'answers.temprature=1']);
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringMatching(/temprature.*did you mean `?temperature/is)]);
  });

  test('of a stage in TypeScript says that its parameters are what can be set', () => {
    const folder = project({
      'data/questions.jsonl': jsonl(QUESTIONS),
      'pipeline.ts': `import { generate, params, pipeline, source } from 'millrace';
const { say } = params({ say: 'number' });
const questions = source.jsonl('data/questions.jsonl');
const answers = generate(questions, { model: 'test/echo', prompt: '{{question}} a ' + say, into: 'answer' });
export default pipeline({ questions, answers });
`,
    });
    const { code, err } = millrace(folder, ['run', '--set', 'answers.temperature=1']);
    expect(code).toBe(2);
    expect(err).toMatch(/answers/);
    expect(err).toMatch(/params/);
  });
});

describe('what a run says of what changed', () => {
  test('rows of a source as counts', () => {
    const folder = project(questions);
    millrace(folder, ['run']);
    write(folder, {
      'data/questions.jsonl': jsonl([
        { ...QUESTIONS[0], gold: 'five' },
        ...QUESTIONS.slice(1),
        { id: 4, question: 'One and one?', gold: '2' },
      ]),
    });
    expect(millrace(folder, ['plan']).out).toMatch(/^will run +questions .*data\/questions\.jsonl changed/m);
    expect(millrace(folder, ['run']).out).toMatch(/^ran +questions +4 rows +data\/questions\.jsonl: \+1 ~1 /m);
    write(folder, { 'data/questions.jsonl': jsonl(QUESTIONS.slice(1)) });
    expect(millrace(folder, ['run']).out).toMatch(/^ran +questions +2 rows +data\/questions\.jsonl: −2 /m);
  });

  test('a file that is a word of a command or that it uses, by its name', () => {
    const folder = project({
      'pipeline.yaml':
        'stages:\n  plot: { command: [node, plot.mjs, { output: out }], uses: [lib/*.mjs], outputs: { out: { json: true } } }\n',
      'plot.mjs':
        "import { writeFileSync } from 'node:fs';\nimport './lib/a.mjs';\nwriteFileSync(process.argv[2], '1');\n",
      'lib/a.mjs': '// a\n',
    });
    expect(millrace(folder, ['run'])).toMatchObject({ code: 0 });
    write(folder, { 'lib/a.mjs': '// b\n' });
    expect(millrace(folder, ['plan']).out).toMatch(/^will run +plot .* lib\/a\.mjs changed$/m);
    write(folder, { 'lib/b.mjs': '// b\n' });
    expect(millrace(folder, ['plan']).out).toMatch(/lib\/a\.mjs changed, lib\/b\.mjs is new$/m);
    write(folder, { 'plot.mjs': `${read(folder, 'plot.mjs')}// more\n` });
    expect(millrace(folder, ['why', 'plot']).out).toMatch(/^ {2}plot\.mjs changed$/m);
  });
});

test('clear says which other entries hold the same rows', () => {
  const folder = project(questions);
  millrace(folder, ['run']);
  write(folder, { 'data/questions.jsonl': jsonl([...QUESTIONS, { id: 4, question: 'One and one?', gold: '2' }]) });
  millrace(folder, ['run']);
  const { out } = millrace(folder, ['clear', 'answers', '--below']);
  expect(lines(out)).toEqual([
    expect.stringMatching(/^removed /),
    expect.stringMatching(/^kept: \d+ other entries of .*answers.* hold some of the same rows.* --all-versions/),
  ]);
  expect(millrace(folder, ['clear', 'answers', '--below', '--all-versions']).out).not.toMatch(/other entr/);
});

test('across with models as objects gives one table, one memo a model', () => {
  const folder = project({
    'data/questions.jsonl': jsonl(QUESTIONS),
    'pipeline.yaml': `stages:
  questions: { source: data/questions.jsonl }
  answers:
    generate: questions
    prompt: "{{question}} a number: {{gold}}"
    into: answer
    across: { model: { small: { name: test/echo }, loud: { name: test/echo, template: "{{answer}}!" } } }
`,
  });
  const { code, out, err } = millrace(folder, ['run']);
  expect([code, err]).toEqual([0, '']);
  expect(out).toMatch(/^ran +answers +6 rows/m);
  const rows = JSON.parse(millrace(folder, ['show', 'answers', '--json']).out) as {
    is: { rows: { model: string; answer: string }[] };
  };
  expect(rows.is.rows.map(({ model }) => model)).toEqual(['loud', 'loud', 'loud', 'small', 'small', 'small']);
  expect(rows.is.rows.filter(({ answer }) => answer.endsWith('!')).map(({ model }) => model)).toEqual(
    Array.from({ length: 3 }, () => 'loud'),
  );
  write(folder, { 'pipeline.yaml': read(folder, 'pipeline.yaml').replace('{{answer}}!', '{{answer}}?') });
  const again = statuses(millrace(folder, ['run']).out);
  expect(again.filter((line) => line.startsWith('ran ') && line.includes('small'))).toEqual([]);
  expect(again.some((line) => line.startsWith('ran '))).toBe(true);
  write(folder, { 'pipeline.yaml': read(folder, 'pipeline.yaml').replace('template', 'tempalte') });
  expect(millrace(folder, ['run'])).toMatchObject({ code: 2, err: expect.stringMatching(/did you mean `?template/i) });
});
