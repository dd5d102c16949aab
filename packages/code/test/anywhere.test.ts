import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runInThisContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CodeDeclaration } from '@millrace/core';
import { transformSync } from 'esbuild';
import { codeReader } from '../src/index.js';
import { builtReader } from './built.js';
import { codeIn, digestsOf, projectOf, refusalIn, removeFolders, type Stage, said, write } from './project.js';

afterAll(removeFolders);

const STAGES = `import { map, pipeline } from 'millrace';
import near, { far as distant, Level } from './lib.js';
import * as all from './lib.js';
const LIMIT = 3;
const clean = (text) => text.replace(/\\s+/g, ' ');
function named(row) { return { out: clean(row.text) }; }
const table = {};
table.a = 1;
export default pipeline({
  inline: map(1, { run: (row) => row.n > LIMIT && clean(row.text) === undefined }),
  named: map(1, { run: named }),
  method: map(1, { run(row) { return distant(row.n) + near(row.n); } }),
  slow: map(1, { run: async (row) => { const { n = 1 } = row; return [n, all.far(n), \`\${n}\\n\`]; } }),
  level: map(1, { run: (row) => row.n === Level.High }),
  inner: map(1, { run: (row) => { const help = (x) => x + 1; class Box { v = help(row.n); } return new Box().v; } }),
  stateful: map(1, { run: (row) => table[row.k] }),
  pattern: map(1, { run: ({ a, b: [c, ...d] }, { limit } = {}) => [a, c, d, limit] }),
  later: map(1, { run: async function* (row) { for (const each of row.all) yield each; } }),
});
`;

const LIB_TS = `export enum Level { Low = 1, High = 2 }
const STEP: number = 10;
export const far = (n: number): number => n + STEP;
export default function near(n: number) { return n - 1; }
`;

/** What a compiler makes of the enum. */
const LIB_JS = `export var Level = ((Level) => {
  Level[Level["Low"] = 1] = "Low";
  Level[Level["High"] = 2] = "High";
  return Level;
})(Level || {});
const STEP = 10;
export const far = (n) => n + STEP;
export default function near(n) { return n - 1; }
`;

let folder: string;
let byCommand: Record<string, string>;

beforeAll(async () => {
  folder = projectOf({ 'pipeline.ts': STAGES, 'pipeline.mjs': STAGES, 'lib.ts': LIB_TS });
  byCommand = await digestsOf(folder);
});

const declared = ({ uses, reads }: Stage): CodeDeclaration => ({
  ...(uses ? { uses } : {}),
  ...(reads ? { reads } : {}),
});

const cache = () => join(dirname(folder), 'cache-of-scripts');

const readAll = async (stages: Record<string, Stage>, site: string) => {
  const reader = await codeReader({ sites: [site], cache: cache() });
  return Object.fromEntries(
    Object.entries(stages).map(([name, stage]) => [name, said(reader.read(stage.run, declared(stage), site))]),
  );
};

test('by the command, nothing is refused', () => {
  expect(Object.entries(byCommand).filter(([, digest]) => digest.startsWith('refused'))).toEqual([]);
  expect(new Set(Object.values(byCommand)).size).toBe(Object.keys(byCommand).length);
});

/** Each gives a file that a plain Node imports, as somebody else's loader would make it. */
const LOADERS: Readonly<Record<string, (text: string) => string>> = {
  'as it stands': (text) => text,
  'with names kept, as tsx does': (text) =>
    transformSync(text, { loader: 'ts', format: 'esm', keepNames: true, target: 'node20' }).code,
  'with comments and layout kept': (text) => text.replaceAll('(row) =>', '(row /* a row */) =>'),
  'printed anew': (text) => transformSync(text, { loader: 'ts', format: 'esm' }).code,
  'with types blanked out': (text) => text.replace('(text) => text.replace', '(text        ) => text.replace'),
};

describe('a script that runs without the command has the same fingerprints', () => {
  test.each(Object.entries(LOADERS))('%s', async (_, transform) => {
    const reader = await builtReader();
    const elsewhere = projectOf({
      'lib.mjs': LIB_JS,
      'pipeline.mjs': transform(STAGES).replaceAll('./lib.js', './lib.mjs'),
    });
    write(elsewhere, {
      'main.mjs': `import stages from './pipeline.mjs';
import { codeReader } from ${JSON.stringify(reader)};
const site = ${JSON.stringify(join(folder, 'pipeline.ts'))};
const reader = await codeReader({ sites: [site], cache: ${JSON.stringify(cache())} });
const said = Object.entries(stages).map(([name, { run }]) => [name, reader.read(run, {}, site)]);
console.log(JSON.stringify(Object.fromEntries(said.map(([name, answer]) => [name, answer.code?.digest ?? answer.refused]))));`,
    });
    const out = execFileSync(process.execPath, ['--no-warnings', join(elsewhere, 'main.mjs')], { encoding: 'utf8' });
    expect(JSON.parse(out)).toEqual(byCommand);
  });

  test('a .mjs file that names itself', async () => {
    const reader = await builtReader();
    const own = projectOf({ 'lib.js': LIB_JS });
    write(own, {
      'package.json': '{ "name": "own", "type": "module" }',
      'pipeline.mjs': `${STAGES.replace('export default', 'const stages =')}
import { codeReader } from ${JSON.stringify(reader)};
import { fileURLToPath } from 'node:url';
const site = fileURLToPath(import.meta.url);
const reader = await codeReader({ sites: [site], cache: ${JSON.stringify(cache())} });
console.log(JSON.stringify(Object.fromEntries(Object.entries(stages).map(([name, { run }]) => [name, reader.read(run, {}, site).code?.digest]))));`,
    });
    const { level, ...rest } = JSON.parse(
      execFileSync(process.execPath, [join(own, 'pipeline.mjs')], { encoding: 'utf8' }),
    );
    const { level: inlined, ...expected } = byCommand;
    expect(rest).toEqual(expected);
    // An enum and what a compiler makes of it are two ways to write one thing: told apart, never mixed up.
    expect(level).toBeDefined();
    expect(inlined).toBeDefined();
  });

  test('as CommonJS', async () => {
    const cjs = transformSync(STAGES, { loader: 'ts', format: 'cjs' }).code.replaceAll('./lib.js', './lib.cjs');
    const lib = transformSync(LIB_JS, { loader: 'js', format: 'cjs' }).code;
    const map = 'exports.map = (input, config) => ({ input, ...config });\nexports.pipeline = (stages) => stages;\n';
    const elsewhere = projectOf({
      'pipeline.cjs': cjs.replaceAll('"millrace"', '"./framework.cjs"'),
      'lib.cjs': lib,
      'framework.cjs': map,
    });
    const reader = await builtReader();
    write(elsewhere, {
      'main.mjs': `import stages from './pipeline.cjs';
import { codeReader } from ${JSON.stringify(reader)};
const site = ${JSON.stringify(join(folder, 'pipeline.ts'))};
const reader = await codeReader({ sites: [site], cache: ${JSON.stringify(cache())} });
console.log(JSON.stringify(Object.fromEntries(Object.entries(stages.default).map(([name, { run }]) => { const a = reader.read(run, {}, site); return [name, a.code?.digest ?? a.refused]; }))));`,
    });
    expect(JSON.parse(execFileSync(process.execPath, [join(elsewhere, 'main.mjs')], { encoding: 'utf8' }))).toEqual(
      byCommand,
    );
  });

  test('inside a test runner', async () => {
    const { default: stages } = (await import(pathToFileURL(join(folder, 'pipeline.mjs')).href.replace(/$/, ''))) as {
      default: Record<string, Stage>;
    };
    expect(await readAll(stages, join(folder, 'pipeline.ts'))).toEqual(byCommand);
  });
});

describe('where no file holds the function', () => {
  const lone = async (text: string, declaration: CodeDeclaration = {}) =>
    (await codeReader()).read(runInThisContext(text) as () => void, declaration);

  test('it needs only itself, and then has the fingerprint it has in a file', async () => {
    const inFile = await digestsOf(
      projectOf({
        'pipeline.ts':
          "import { map, pipeline } from 'millrace';\nexport default pipeline({ it: map(1, { run: (row: any) => ({ out: Math.max(row.n, 2) }) }) });\n",
      }),
    );
    expect(said(await lone('(r) => ({ out: Math.max(r.n, 2) })'))).toBe(inFile.it);
  });

  test('a variable that it takes from elsewhere is refused, and the way out is named', async () => {
    const refusal = refusalIn(await lone('const outside = 3; (row) => row.n + outside'));
    expect(refusal).toMatchObject({
      why: 'not found',
      detail: expect.stringMatching(/outside.*uses: \{ outside \}.*version/),
    });
  });

  test('uses and version are the ways out', async () => {
    expect(said(await lone('(row) => row.n + outside2', { uses: { outside2: 3 } }))).not.toMatch(/^refused/);
    expect(said(await lone('(row) => row.n + outside2', { version: 1 }))).not.toMatch(/^refused/);
  });

  test('the same refusals hold', async () => {
    expect(refusalIn(await lone('(row) => Date.now()'))).toMatchObject({ why: 'undeclared read', names: ['Date.now'] });
    expect(refusalIn(await lone('(function (row) { return this.n; })'))).toMatchObject({ why: 'this' });
    expect(codeIn(await lone('({ run(row) { return row; } }).run')).packages).toEqual({});
  });
});

test('a function that has gone from its file since it was loaded is not taken for another', async () => {
  const moved = projectOf({ 'a.mjs': 'const k = 1;\nexport const f = (row) => row.n + k;\n' });
  const { f } = (await import(pathToFileURL(join(moved, 'a.mjs')).href)) as { f: () => void };
  write(moved, { 'a.mjs': 'const k = 1;\nexport const f = (row) => row.n - k;\n' });
  const reader = await codeReader({ sites: [join(moved, 'a.mjs')], cache: cache() });
  expect(refusalIn(reader.read(f, {}, join(moved, 'a.mjs')))).toMatchObject({ why: 'not found' });
  rmSync(moved, { recursive: true });
});
