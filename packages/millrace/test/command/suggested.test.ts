import { spawnSync } from 'node:child_process';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { parseLine } from '../../src/command/parse.js';
import { COMMANDS } from '../../src/command/said.js';
import { suggested, suggestFor } from '../../src/render/suggested.js';
import { BIN, environment, millrace, project, removeProjects, write } from './millrace.js';

afterAll(removeProjects);
afterEach(() => suggestFor({ has: () => false, texts: () => [] }));

const given = (name: string, ...words: string[]) => {
  const said = COMMANDS.find((each) => each.name === name);
  if (said) suggestFor(parseLine(said, words));
};

test('a suggested command has the flags that say which pipeline, store and settings are meant, as far as it knows them', () => {
  given('run', '-f', 'a b.yaml', '-p', 'main', '--set', 'x=1', '--set', "y=it's", '--store', 's', '--rows', '3', '-q');
  expect(suggested('show', 's[m]', '--failed')).toBe(
    `millrace show --file 'a b.yaml' --pipeline main --set x=1 --set 'y=it'\\''s' --store s 's[m]' --failed`,
  );
  expect(suggested('runs')).toBe('millrace runs --store s');
  given('run', '--env-file', 'keys', '--overrides', 'o.yaml', '--config', 'c.json', '--max-calls', '3');
  expect(suggested('run')).toBe('millrace run --overrides o.yaml --config c.json --env-file keys');
  given('run');
  expect(suggested('run', 'a')).toBe('millrace run a');
});

const folder = project({
  'data/d.jsonl': '{"x":"good"}\n{"x":"bad"}\n',
  'text.ts': `export const f = ({ x }) => { if (x === 'bad') throw new Error('no'); return { y: x }; };\n`,
  'other.yaml': `params: { data: nothing }
stages:
  rows: { source: 'data/\${params.data}.jsonl' }
  odd: { map: rows, matrix: { run: { one / two: ./text.ts#f } } }
  answers: { generate: rows, model: test/echo, prompt: '{{x}}', into: a }
  scores: { evaluate: odd, prediction: y, reference: x, metrics: { em: exactMatch } }
pipelines:
  first: [answers]
  second: [odd, answers, scores.summary]
`,
});
const FLAGS = ['-f', 'other.yaml', '-p', 'second', '--store', 'kept', '--set', 'data=d'];

const HINT =
  /millrace \w+(?: --(?:file|pipeline|store|set) (?:'[^']*'|[^\s;,]+))+(?: (?:rows|odd|answers|scores|'[^']+'))*(?: --[a-z-]+)*/g;
const hintsIn = (text: string): string[] => [...text.matchAll(HINT)].map(([hint]) => hint);

const paste = (hint: string) =>
  spawnSync('sh', ['-c', `millrace() { "${process.execPath}" "${BIN}" "$@"; }; ${hint}`], {
    cwd: folder,
    env: environment(),
    encoding: 'utf8',
  });

test.each([
  ['run', ['run'], 1],
  ['check', ['check'], 1],
  ['show', ['show', 'answers', '--set', 'answers.seed=1'], 1],
  ['accept', ['accept', 'answers'], 1],
  ['accept --failed', ['accept', 'answers', '--failed'], 1],
  ['import', ['import', 'answers', 'a.jsonl'], 1],
])('the commands that %s says to type can be pasted', (_, [name = '', ...words], least) => {
  const { out, err } = millrace(folder, [name, ...FLAGS, ...words]);
  const hints = [...new Set(hintsIn(out + err))];
  expect(hints.length).toBeGreaterThanOrEqual(least);
  for (const hint of hints) {
    const { status, stderr } = paste(hint);
    expect([hint, stderr, status === 2]).toEqual([hint, '', false]);
  }
  millrace(folder, ['export', ...FLAGS, 'answers', '--to', 'a.jsonl']);
});

test('what must run before requests are known is said as a command', () => {
  write(folder, {
    'other.yaml': `stages:
  rows: { source: data/d.jsonl }
  answers: { generate: rows, model: test/echo, prompt: 'Hi {{x}}', into: a }
  sorted: { sort: answers, by: a }
  more: { generate: sorted, model: test/echo, prompt: '{{a}}', into: b }
`,
  });
  const { code, err } = millrace(folder, ['plan', '-f', 'other.yaml', '--store', 'empty', 'more', '--requests', '1']);
  expect([code, err]).toEqual([
    2,
    expect.stringMatching(
      /have run: sorted\. Run them first: millrace run --file other\.yaml --store empty sorted\.$/m,
    ),
  ]);
});
