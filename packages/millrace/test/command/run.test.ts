import { afterAll, describe, expect, test } from '@jest/globals';
import { lines, millrace, project, read, removeProjects, statuses, write } from './millrace.js';
import { jsonl, PIPELINE, QUESTIONS, questions } from './questions.js';

afterAll(removeProjects);

const again = ['questions', 'answers', 'parsed', 'vectors', 'scores.em', 'scores.summary'];

describe('run', () => {
  test('runs what is invalid and reuses the rest', () => {
    const folder = project(questions);
    const first = millrace(folder, ['run']);
    expect(first.err).toBe('');
    expect(first.code).toBe(0);
    expect(statuses(first.out).every((line) => line.startsWith('ran '))).toBe(true);
    const second = millrace(folder, ['run']);
    expect(second.code).toBe(0);
    expect(statuses(second.out).sort()).toEqual(expect.arrayContaining(again.map((name) => `reused ${name}`)));
    expect(second.out).not.toContain('spent');
    expect(second.out).toMatch(/^saved /m);
    write(folder, { 'data/questions.jsonl': jsonl([...QUESTIONS, { id: 4, question: 'One and one?', gold: '2' }]) });
    const third = millrace(folder, ['run']);
    expect(third.out).toMatch(/^ran +answers +1 of 4 rows +questions changed/m);
  });

  test('renaming a stage, moving the project and another working directory keep every hit', () => {
    const folder = project(questions);
    millrace(folder, ['run']);
    write(folder, { 'pipeline.yaml': PIPELINE.replaceAll('answers', 'replies') });
    write(folder, { 'deep/er/x.txt': '' });
    const { out, code } = millrace(`${folder}/deep/er`, ['run']);
    expect(code).toBe(0);
    expect(statuses(out).every((line) => line.startsWith('reused '))).toBe(true);
  });

  test('only what is asked for', () => {
    const folder = project(questions);
    const { out } = millrace(folder, ['run', 'vectors']);
    expect(statuses(out).sort()).toEqual(['ran questions', 'ran vectors']);
  });

  test('--rows is a first try whose rows count when the rest follows', () => {
    const folder = project(questions);
    const first = millrace(folder, ['run', 'answers', '--rows', '2']);
    expect(first.out).toMatch(/^ran +answers +2 rows/m);
    expect(millrace(folder, ['run', 'answers']).out).toMatch(/^ran +answers +1 of 3 rows/m);
  });

  test('--force runs the named stage, and what is below it when its content is another', () => {
    const folder = project(questions);
    millrace(folder, ['run']);
    const { out } = millrace(folder, ['run', '--force', 'answers']);
    expect(statuses(out)).toContain('ran answers');
    expect(statuses(out)).toContain('reused parsed');
  });

  test('--set changes a parameter or a field, and nothing else', () => {
    const folder = project(questions);
    millrace(folder, ['run']);
    expect(statuses(millrace(folder, ['run', '--set', 'say=word']).out)).toContain('ran answers');
    expect(statuses(millrace(folder, ['run', '--set', 'answers.options.concurrency=3']).out)).toContain(
      'reused answers',
    );
    write(folder, { 'more.yaml': 'params: { say: word }\n' });
    expect(statuses(millrace(folder, ['run', '--overrides', 'more.yaml']).out)).toContain('reused answers');
  });

  test('--frozen runs nothing and fails where something would', () => {
    const folder = project(questions);
    const first = millrace(folder, ['run', '--frozen']);
    expect(first.code).toBe(2);
    expect(first.err).toMatch(/frozen run would compute questions/);
    millrace(folder, ['run']);
    expect(millrace(folder, ['run', '--frozen']).code).toBe(0);
  });

  test('--no-cache uses and leaves nothing', () => {
    const folder = project(questions);
    millrace(folder, ['run']);
    const runs = lines(millrace(folder, ['runs']).out).length;
    expect(statuses(millrace(folder, ['run', '--no-cache']).out)).toContain('ran answers');
    expect(lines(millrace(folder, ['runs']).out).length).toBe(runs);
    expect(statuses(millrace(folder, ['run'], { MILLRACE_CACHE: 'off' }).out)).toContain('ran answers');
  });

  test('--durability each syncs each answer, as the config can say; another word is refused', () => {
    const folder = project(questions);
    write(folder, {
      'count.cjs': `const fs = require('node:fs'); const real = fs.fdatasync; let n = 0;
        fs.fdatasync = (fd, done) => { n++; real(fd, done); }; require('node:module').syncBuiltinESMExports();
        process.on('exit', () => fs.appendFileSync(${JSON.stringify(`${folder}/synced`)}, n ? 'synced ' : 'not '));`,
    });
    const counted = { NODE_OPTIONS: `--require ${folder}/count.cjs` };
    expect(millrace(folder, ['run', 'answers', '--durability', 'each'], counted).code).toBe(0);
    write(folder, { 'millrace.config.json': '{ "store": { "durability": "each" } }' });
    expect(millrace(folder, ['run', 'answers', '--force'], counted).code).toBe(0);
    expect(read(folder, 'synced')).toBe('synced synced ');
    const wrong = millrace(folder, ['run', '--durability', 'always']);
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringMatching(/durability always.*second.*each/s)]);
  });

  test('a budget stops before more is spent, with code 3, and what was answered counts', () => {
    const folder = project(questions);
    const first = millrace(folder, ['run', 'answers', '--max-calls', '2']);
    expect(first.code).toBe(3);
    expect(first.out).toMatch(/stopped by the budget: what was answered is kept/);
    const second = millrace(folder, ['run', 'answers']);
    expect(second.code).toBe(0);
    expect(second.out).toMatch(/^ran +answers +[01] of 3 rows|^ran +answers +1 of 3 rows/m);
  });

  test('--json prints events as JSON lines of a stable shape, without large objects', () => {
    const folder = project(questions);
    const { out } = millrace(folder, ['run', 'answers', '--json']);
    const events = lines(out).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events.map(({ event }) => event)).toEqual(
      expect.arrayContaining(['run-started', 'planned', 'stage-started', 'stage-finished', 'run-finished']),
    );
    expect(Math.max(...lines(out).map((line) => line.length))).toBeLessThan(4000);
    const finished = events.find(({ event, stage }) => event === 'stage-finished' && stage === 'answers');
    expect(finished).toMatchObject({
      status: 'ran',
      rows: 3,
      ranRows: 3,
      fingerprint: expect.stringMatching(/^[0-9a-f]{32}$/),
      reasons: [{ is: 'new', text: 'new' }],
      cost: { calls: 3 },
      saved: { calls: 0 },
    });
    expect(events.at(-1)).toMatchObject({ event: 'run-finished', ended: 'done' });
  });

  test('--quiet says nothing when all is well', () => {
    const folder = project(questions);
    expect(millrace(folder, ['run', '--quiet'])).toEqual({ code: 0, out: '', err: '' });
  });

  test('the store is where it is asked for, else at the root of the project with its own .gitignore', () => {
    const folder = project(questions);
    millrace(folder, ['run', '--store', 'elsewhere']);
    expect(read(folder, 'elsewhere/.gitignore')).toBe('*\n');
    millrace(folder, ['run'], { MILLRACE_STORE: 'other' });
    expect(read(folder, 'other/format')).toBeTruthy();
    write(folder, { 'millrace.config.json': '{ "store": { "path": "third" } }' });
    millrace(folder, ['run']);
    expect(read(folder, 'third/.gitignore')).toBe('*\n');
  });

  test('store.maxSize in the config sweeps after a run, and the next run computes again', () => {
    const folder = project({ ...questions, 'millrace.config.json': '{ "store": { "maxSize": "0B" } }' });
    expect(millrace(folder, ['run']).code).toBe(0);
    expect(millrace(folder, ['run']).code).toBe(0);
  });
});

describe('rows and stages that fail', () => {
  const failing = (text: string) => ({
    ...questions,
    'pipeline.yaml': `stages:
  questions: { source: data/questions.jsonl }
  mapped: { map: questions, with: ./text.ts#run }
  other: { embed: questions, from: question, model: test/ngram, into: vector }
`,
    'text.ts': text,
  });

  test('a failed row is said, counted, shown and asked again', () => {
    const folder = project(
      failing("export const run = ({ id }) => { if (id === 2) throw new Error('bad ' + id); return { ok: id }; };\n"),
    );
    const { out, code } = millrace(folder, ['run']);
    expect(code).toBe(1);
    expect(out).toMatch(/1 row failed: millrace show mapped --failed/);
    const shown = millrace(folder, ['show', 'mapped', '--failed']);
    expect(shown.out).toMatch(/row 1: bad 2/);
    expect(millrace(folder, ['run']).out).toMatch(/^ran +mapped +1 of 3 rows +1 row failed before/m);
    write(folder, { 'text.ts': 'export const run = ({ id }) => ({ ok: id });\n' });
    expect(millrace(folder, ['run']).code).toBe(0);
  });
});
