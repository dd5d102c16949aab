import { afterAll, describe, expect, test } from '@jest/globals';
import { type Files, lines, millrace, project, removeProjects, write } from './millrace.js';
import { jsonl } from './questions.js';

afterAll(removeProjects);

type Row = Readonly<Record<string, unknown>>;

const ROWS: readonly Row[] = ['a', 'b', 'c'].map((q, id) => ({ id, q }));
const MORE: readonly Row[] = [...ROWS, { id: 3, q: 'd' }];

const asks = (more = '', prompt = "'{{q}}'"): Files => ({
  'pipeline.yaml': `stages:
  rows: { source: d.jsonl }
  answers: { generate: rows, model: test/echo, prompt: ${prompt}, into: answer${more} }
`,
});

/** A project in which these rows were imported as the answers. */
function imported(files: Files, old: readonly Row[], rows = ROWS): { folder: string; said: string } {
  const folder = project({ ...files, 'd.jsonl': jsonl(rows), 'old.jsonl': jsonl(old) });
  millrace(folder, ['run', 'rows']);
  const { code, out, err } = millrace(folder, ['import', 'answers', 'old.jsonl']);
  expect([code, err]).toEqual([0, '']);
  return { folder, said: out };
}

/** Calls of a run with these rows, and the answers then. */
function runWith(folder: string, rows: readonly Row[]): { calls: unknown; answers: unknown[] } {
  write(folder, { 'd.jsonl': jsonl(rows) });
  const { cost } = JSON.parse(lines(millrace(folder, ['run', '--json']).out).at(-1) ?? '');
  const { out } = millrace(folder, ['export', 'answers', '--as', 'jsonl', '--to', '-']);
  const answers = lines(out).map((line) => JSON.parse(line).answer);
  return { calls: cost.calls, answers };
}

const bought = (rows: readonly Row[]): Row[] => rows.map((row) => ({ ...row, answer: `bought ${row['q']}` }));
const BOUGHT = ['bought a', 'bought b', 'bought c'];

describe('imported answers are not asked again where a row comes after them', () => {
  test('of a prompt', () => {
    const { folder, said } = imported(asks(), bought(ROWS));
    expect(said).not.toContain('again');
    expect(runWith(folder, MORE)).toEqual({ calls: 1, answers: [...BOUGHT, 'd'] });
    const again = JSON.parse(lines(millrace(folder, ['run', '--json']).out).at(-1) ?? '');
    expect(again).toMatchObject({ cost: { calls: 0 }, saved: { calls: 1 } });
  });

  test('of a prompt that is a function', () => {
    const prompt = "export const ask = ({ q }: { q: string }) => 'about ' + q;\n";
    const { folder } = imported({ ...asks('', './ask.ts#ask'), 'ask.ts': prompt }, bought(ROWS));
    expect(runWith(folder, MORE)).toEqual({ calls: 1, answers: [...BOUGHT, 'about d'] });
  });

  test('of objects of a schema', () => {
    const schema =
      ', schema: { type: object, properties: { text: { type: string }, note: { type: string }, n: { type: integer } }, required: [text, n] }';
    const answers = ['x', 'y', 'z'].map((text, n) => ({ text, n, ...(n === 1 && { note: 'seen' }) }));
    const { folder, said } = imported(
      asks(schema),
      ROWS.map((row, i) => ({ ...row, answer: answers[i] })),
    );
    expect(said).not.toContain('again');
    const { calls, answers: now } = runWith(folder, MORE);
    expect(calls).toBe(1);
    expect(now.slice(0, 3)).toEqual(answers.map((answer) => ({ note: null, ...answer })));
  });

  test('of several draws a row', () => {
    const old = ROWS.flatMap((row) => ['one', 'two'].map((answer) => ({ ...row, answer: `${answer} ${row['q']}` })));
    const { folder } = imported(asks(', samples: 2, temperature: 0.5'), old);
    const { calls, answers } = runWith(folder, [...ROWS, { id: 3, q: 'd' }]);
    expect(calls).toBe(2);
    expect(answers.slice(0, 6)).toEqual(['one a', 'two a', 'one b', 'two b', 'one c', 'two c']);
  });

  test('of equal rows, each of which is a draw', () => {
    const twice = [...ROWS, { id: 3, q: 'a' }];
    const old = twice.map((row) => ({ ...row, answer: `bought ${row.id}` }));
    const { folder } = imported(asks(', temperature: 0.5'), old, twice);
    const { calls, answers } = runWith(folder, [...twice, { id: 4, q: 'd' }]);
    expect([calls, answers.slice(0, 4)]).toEqual([1, ['bought 0', 'bought 1', 'bought 2', 'bought 3']]);
  });
});

describe('what the columns do not say is asked again, and import says so', () => {
  test('an answer to another question', () => {
    const { folder, said } = imported(asks(), bought([ROWS[1], ROWS[0], ROWS[2]] as Row[]));
    expect(said).toContain('2 of them count as long as the input stays as it is');
    expect(said).toContain('these 2 are asked again');
    expect(runWith(folder, MORE)).toEqual({ calls: 3, answers: ['a', 'b', 'bought c', 'd'] });
  });

  test('no answer, an empty one, and a number', () => {
    const { folder } = imported(asks(), [
      { ...ROWS[0], answer: null },
      { ...ROWS[1], answer: '' },
      { ...ROWS[2], answer: 'bought c' },
    ]);
    expect(runWith(folder, MORE)).toEqual({ calls: 3, answers: ['a', 'b', 'bought c', 'd'] });
    const numbers = imported(
      asks(),
      ROWS.map((row) => ({ ...row, answer: 7 })),
    );
    expect(numbers.said).toContain('these 3 are asked again');
    expect(runWith(numbers.folder, MORE)).toEqual({ calls: 4, answers: ['a', 'b', 'c', 'd'] });
  });

  test('an object that its schema does not allow', () => {
    const schema = ', schema: { type: object, properties: { n: { type: integer } }, required: [n] }';
    const old = ROWS.map((row, i) => ({ ...row, answer: { n: i ? 1 : 0.5 } }));
    const { folder, said } = imported(asks(schema), old);
    expect(said).toContain('1 of them counts');
    expect(runWith(folder, MORE).calls).toBe(2);
  });

  test('a table whose rows are not those of the stage is refused', () => {
    const folder = project({ ...asks(', samples: 2'), 'd.jsonl': jsonl(ROWS), 'old.jsonl': jsonl(bought(ROWS)) });
    millrace(folder, ['run', 'rows']);
    expect(millrace(folder, ['import', 'answers', 'old.jsonl']).err).toContain('Give 2 rows, one after the other,');
  });

  test('a stage that gives any number of rows', () => {
    const filter = '  few: { filter: answers, with: ./few.js#few }\n';
    const few = { 'few.js': "export const few = ({ q }) => q !== 'a';\n", 'few.jsonl': jsonl(bought(ROWS).slice(2)) };
    const files = { ...few, 'pipeline.yaml': `${asks()['pipeline.yaml']}${filter}` };
    const { folder } = imported(files, bought(ROWS));
    const { out } = millrace(folder, ['import', 'few', 'few.jsonl']);
    expect(out).toContain('1 row of few.jsonl is its result');
    expect(out).toContain(
      'where a row is added, it is computed again. A row of its input may give any number of rows.',
    );
  });

  test('a stage that remembers no rows', () => {
    const { said } = imported(asks(', options: { remember: false }'), bought(ROWS));
    expect(said).toContain('they count as long as the input stays as it is');
    expect(said).toContain('(remember: false)');
  });
});

describe('clear takes an import back', () => {
  test('at once', () => {
    const { folder } = imported(asks(), bought(ROWS));
    const dry = millrace(folder, ['clear', 'answers', '--dry-run']).out;
    expect(dry).toContain('what was imported for answers would count no more');
    expect(millrace(folder, ['clear', 'answers']).out).toContain('what was imported for answers counts no more');
    expect(runWith(folder, ROWS)).toEqual({ calls: 3, answers: ['a', 'b', 'c'] });
  });

  test('after its rows became part of another result, which is made again', () => {
    const { folder } = imported(asks(), bought(ROWS));
    runWith(folder, MORE);
    runWith(folder, ROWS);
    millrace(folder, ['clear', 'answers']);
    expect(runWith(folder, ROWS)).toEqual({ calls: 3, answers: ['a', 'b', 'c'] });
    expect(runWith(folder, MORE)).toEqual({ calls: 0, answers: ['a', 'b', 'c', 'd'] });
  });

  test('where its rows are part of what is cleared', () => {
    const { folder } = imported(asks(), bought(ROWS));
    runWith(folder, MORE);
    expect(millrace(folder, ['clear', 'answers']).out).toContain('what was imported for answers counts no more');
    expect(runWith(folder, MORE)).toEqual({ calls: 4, answers: ['a', 'b', 'c', 'd'] });
    expect(runWith(folder, ROWS)).toEqual({ calls: 0, answers: ['a', 'b', 'c'] });
  });

  test('another import of the same rows takes the place of the first', () => {
    const { folder } = imported(asks(), bought(ROWS));
    write(folder, { 'old.jsonl': jsonl(ROWS.map((row) => ({ ...row, answer: 'better' }))) });
    millrace(folder, ['import', 'answers', 'old.jsonl']);
    expect(runWith(folder, MORE)).toEqual({ calls: 1, answers: ['better', 'better', 'better', 'd'] });
    runWith(folder, ROWS);
    millrace(folder, ['clear', 'answers']);
    expect(runWith(folder, ROWS)).toEqual({ calls: 3, answers: ['a', 'b', 'c'] });
  });
});

test('an import counts more than what was asked before it, and less than a draw after it', () => {
  const folder = project({ ...asks(), 'd.jsonl': jsonl(ROWS), 'old.jsonl': jsonl(bought(ROWS)) });
  millrace(folder, ['run']);
  millrace(folder, ['import', 'answers', 'old.jsonl']);
  expect(runWith(folder, MORE)).toEqual({ calls: 1, answers: [...BOUGHT, 'd'] });
  millrace(folder, ['run', '--force', 'answers']);
  expect(runWith(folder, ROWS).answers).toEqual(BOUGHT);
  expect(runWith(folder, [...MORE, { id: 4, q: 'e' }])).toEqual({ calls: 1, answers: ['a', 'b', 'c', 'd', 'e'] });
});
