import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { type Files, millrace, project, read, removeProjects, statuses, write } from './millrace.js';

afterAll(removeProjects);

const FILES: Files = {
  'd.jsonl': '{"t":"a","v":1}\n',
  'f.ts': 'export const keys = (row: any, w: any) => ({ u: JSON.stringify([row, w]) });\n',
  'c.mjs': `import { readFileSync, writeFileSync } from 'node:fs';
const [params, one, rows, out] = process.argv.slice(2);
const env = Object.keys(process.env).filter((name) => name.startsWith('X_'));
const seen = [readFileSync(params, 'utf8'), one, env, readFileSync(rows, 'utf8')];
writeFileSync(out, JSON.stringify({ seen: JSON.stringify(seen), ...(one === '2' && { n: 1, any: { a: [1] } }) }) + '\\n');
`,
};

const yaml = (out: string, columns = '{ t: text, v: float }'): string =>
  `stages:\n  rows: { source: d.jsonl, columns: ${columns} }\n  out: ${out}\n`;

const command = (params: string, env: string, columns = '{ seen: text }'): string =>
  `{ command: [node, c.mjs, { params: json }, { param: p }, { input: rows }, { output: made }], inputs: { rows: rows }, params: ${params}, env: ${env}, nature: pure, outputs: { made: { jsonl: true, columns: ${columns} } } }`;

const exported = (folder: string, ...words: string[]): string => {
  rmSync(join(folder, 'out.jsonl'), { force: true });
  expect(millrace(folder, ['export', 'out', '--to', 'out.jsonl', ...words])).toMatchObject({ code: 0, err: '' });
  return read(folder, 'out.jsonl');
};

const run = (folder: string, ...words: string[]): string | undefined => {
  const { code, out, err } = millrace(folder, ['run', ...words]);
  expect([code, err]).toEqual([0, '']);
  return statuses(out).find((line) => line.endsWith(' out'));
};

describe('an object of a class of the user', () => {
  const limit = `export class Limit { constructor(public n: number) {} [Symbol.for('millrace.canonical')]() { return { n: this.n }; } times(x: number) { return x * this.n; } }\n`;
  const pipeline = (settings: string) => `import { map, pipeline, source } from 'millrace';
import { Limit } from './limit.js';
const rows = source.jsonl('d.jsonl', { columns: { t: 'text', v: 'float' } });
export default pipeline({ out: map(rows, { ${settings} }) });
`;
  const files = (settings: string) => ({ ...FILES, 'limit.ts': limit, 'pipeline.ts': pipeline(settings) });

  test.each([
    ['with', 'with: { limit: new Limit(2) }, run: ({ v }, { limit }) => ({ u: limit.times(v) })'],
    ['uses', 'uses: { two: new Limit(2) }, run: ({ v }) => ({ u: two.times(v) })'],
  ])('is refused as %s of a function, since a key tells only its data', (where, settings) => {
    const { code, err } = millrace(project(files(settings)), ['run']);
    expect([code, err]).toEqual([
      2,
      expect.stringMatching(
        new RegExp(
          `out: ${where}.* is an instance of Limit .* whose methods can be in no key\\. .*make it inside of the function`,
        ),
      ),
    ]);
  });

  test('that the function makes of its data has its methods in the key', () => {
    const folder = project(
      files('with: { limit: { n: 2 } }, run: ({ v }, { limit }) => ({ u: new Limit(limit.n).times(v) })'),
    );
    expect([run(folder), run(folder)]).toEqual(['ran out', 'reused out']);
    write(folder, { 'limit.ts': limit.replace('x * this.n', 'x * this.n + 100') });
    expect([run(folder), exported(folder)]).toEqual(['ran out', expect.stringContaining('"u":102')]);
  });
});

describe('where the order of keys is in no key, nobody sees it', () => {
  const map = (given: string) => `{ map: rows, run: ./f.ts#keys, with: ${given} }`;
  const pairs: Readonly<Record<string, readonly [string, string]>> = {
    'with of a function': [yaml(map('{ a: 1, b: { c: 1, d: 2 } }')), yaml(map('{ b: { d: 2, c: 1 }, a: 1 }'))],
    'params of a command, as a file and as a word': [
      yaml(command('{ p: { a: 1, b: 2 }, q: 1 }', '{}')),
      yaml(command('{ q: 1, p: { b: 2, a: 1 } }', '{}')),
    ],
    'its environment': [
      yaml(command('{ p: 1 }', '{ X_A: "1", X_B: "2" }')),
      yaml(command('{ p: 1 }', '{ X_B: "2", X_A: "1" }')),
    ],
    'columns of a source, in the rows that a command reads': [
      yaml(command('{ p: 1 }', '{}')),
      yaml(command('{ p: 1 }', '{}'), '{ v: float, t: text }'),
    ],
  };

  test.each(Object.entries(pairs))('%s', (_, [before, after]) => {
    const folder = project({ ...FILES, 'pipeline.yaml': before });
    expect(run(folder)).toBe('ran out');
    write(folder, { 'pipeline.yaml': after });
    expect(run(folder)).toMatch(/^(reused|cut off) out$/);
    expect(run(folder, '--store', 'fresh')).toBe('ran out');
    expect(exported(folder)).toBe(exported(folder, '--store', 'fresh'));
  });
});

test('a command may say the types of its columns as a source does', () => {
  const columns = '{ seen: text, n: float, any: json }';
  const folder = project({ ...FILES, 'pipeline.yaml': yaml(command('{ p: 2 }', '{}', columns)) });
  expect(run(folder)).toBe('ran out');
  expect(JSON.parse(exported(folder))).toMatchObject({ n: 1, any: '{"a":[1]}' });
  write(folder, { 'pipeline.yaml': yaml(command('{ p: 2 }', '{}', '{ seen: text, n: flaot }')) });
  expect(millrace(folder, ['plan']).err).toMatch(/Column n is declared as "flaot", which is no type/);
});

test('a file that runs its pipeline while it is loaded is told to leave that to the command', () => {
  const text = `import { pipeline, source } from 'millrace';
const rows = source.rows([{ a: 1 }]);
await pipeline({ rows }).run();
export default pipeline({ rows });
`;
  const folder = project({ 'pipeline.mjs': text });
  const { code, err } = millrace(folder, ['run']);
  expect([code, err]).toEqual([
    2,
    expect.stringMatching(/^millrace: Cannot load pipeline\.mjs: it runs a pipeline itself, by run\(\)/),
  ]);
  write(folder, { 'pipeline.mjs': text.replace('await pipeline({ rows }).run();\n', '') });
  expect(millrace(folder, ['run']).code).toBe(0);
});
