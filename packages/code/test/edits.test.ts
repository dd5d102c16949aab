import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { digestsOf, type Files, newFolder, projectOf, removeFolders, write } from './project.js';

afterAll(removeFolders);

const BASE: Files = {
  'pipeline.ts': `import { map, pipeline } from 'millrace';
import { pad } from 'left';
import { far } from './lib/near.js';
import { Level, Money, twice } from './lib/shapes.js';
import words from './words.json' with { type: 'json' };
import prompt from './prompt.txt';
import { shared } from 'shared';
import * as all from './lib/all.js';
import { relay } from './lib/relay.js';
import { wide } from 'right';

type Row = { readonly text: string; readonly n: number };
const LIMIT = 3;

export const own = map(1, { run: (row: Row) => ({ out: row.text.trim() }) });
export const helper = map(1, { run: (row: Row) => ({ out: clean(row.text) }) });
export const limit = map(1, { run: (row: Row) => row.n > LIMIT });
export const across = map(1, { run: (row: Row) => far(row.n) });
export const levels = map(1, { run: (row: Row) => row.n === Level.High });
export const money = map(1, { run: (row: Row) => new Money(row.n).cents() });
export const defaults = map(1, { run: (row: Row) => twice(row.n) });
export const json = map(1, { run: (row: Row) => words.stop.includes(row.text) });
export const text = map(1, { run: (row: Row) => prompt + row.text });
export const linked = map(1, { run: (row: Row) => shared(row.n) });
export const starred = map(1, { run: (row: Row) => all.one(row.n) });
export const relayed = map(1, { run: (row: Row) => relay(row.n) });
export const packaged = map(1, { run: (row: Row) => pad(row.text) });
export const packaged2 = map(1, { run: (row: Row) => wide(row.text) });
export const method = map(1, { run(row: Row) { return deep(row.n); } });
export const lazy = map(1, { run: async (row: Row) => (await import('./lib/lazy.js')).later(row.n) });

function clean(text: string) { return text.replace(/\\s+/g, ' '); }
const deep = (n: number): number => deeper(n) + 1;
function deeper(n: number) { return n * 2; }
export const unrelated = (n: number) => n - 1;

export default pipeline({ own, helper, limit, across, levels, money, defaults, json, text, linked, starred, relayed, packaged, packaged2, method, lazy });
`,
  'lib/near.ts':
    "import { farther } from './far.js';\nexport const far = (n: number) => farther(n) + 1;\nexport const notFar = 1;\n",
  'lib/far.ts': 'const STEP = 10;\nexport function farther(n: number) { return n + STEP; }\nexport const aside = 5;\n',
  'lib/shapes.ts': `export enum Level { Low = 1, High = 2 }
export class Money { readonly #n: number; constructor(n: number) { this.#n = n; } cents() { return this.#n * 100; } }
export const twice = (n: number, by = 2) => n * by;
`,
  'lib/all.ts': 'export const one = (n: number) => n + 1;\nexport const two = (n: number) => n + 2;\n',
  'lib/relay.ts': "export { target as relay } from './target.js';\nexport * from './all.js';\n",
  'lib/target.ts': 'export const target = (n: number) => n * 7;\nexport const other = (n: number) => n * 9;\n',
  'lib/lazy.ts': 'export const later = (n: number) => n * 11;\n',
  'words.json': '{ "stop": ["a", "the"] }\n',
  'prompt.txt': 'Answer: ',
  'node_modules/left/package.json':
    '{ "name": "left", "version": "1.0.0", "type": "module", "exports": "./index.js", "dependencies": { "under": "*" } }',
  'node_modules/left/index.js': "import { base } from 'under';\nexport const pad = (text) => base + text;\n",
  'node_modules/under/package.json':
    '{ "name": "under", "version": "1.0.0", "type": "module", "exports": "./index.js" }',
  'node_modules/under/index.js': "export const base = ' ';\n",
  'node_modules/right/package.json': '{ "name": "right", "version": "1.0.0", "main": "index.js" }',
  'node_modules/right/index.js': "exports.wide = (text) => text + ' ';\n",
};

const SHARED: Files = {
  'package.json': '{ "name": "shared", "version": "0.0.0", "type": "module", "exports": "./index.ts" }',
  'index.ts': "import { inner } from './inner.js';\nexport const shared = (n: number) => inner(n);\n",
  'inner.ts': 'export const inner = (n: number) => n + 100;\n',
};

const make = async () => {
  const { symlinkSync } = await import('node:fs');
  const folder = projectOf(BASE);
  write(join(folder, '../shared'), SHARED);
  symlinkSync('../../shared', join(folder, 'node_modules/shared'));
  return folder;
};

type Edit = readonly [name: string, file: string, from: string | RegExp, to: string];

const replace = (files: Files, [, file, from, to]: Edit): Files => {
  const before = files[file]!;
  const after = before.replace(from, to);
  if (after === before) throw new Error(`the edit changes nothing in ${file}`);
  return { [file]: after };
};

const textOf = (file: string): Files =>
  file.startsWith('../shared/') ? { [file]: SHARED[file.slice('../shared/'.length)]! } : BASE;

const changedBy = async (edit: Edit) => {
  const folder = await make();
  const before = await digestsOf(folder);
  write(folder, replace(textOf(edit[1]), edit));
  const after = await digestsOf(folder);
  expect(Object.keys(before).filter((name) => before[name]!.startsWith('refused'))).toEqual([]);
  return Object.keys(before).filter((name) => before[name] !== after[name]);
};

const NOTHING: readonly Edit[] = [
  ['a comment', 'pipeline.ts', 'const LIMIT', '// the limit\nconst LIMIT'],
  ['a comment inside a function', 'pipeline.ts', 'return text.replace', '/* tidy */ return text.replace'],
  ['whitespace', 'pipeline.ts', '{ return n * 2; }', '{\n\n  return n *   2;\n}'],
  [
    'quotes and semicolons',
    'pipeline.ts',
    "return text.replace(/\\s+/g, ' '); }",
    'return text.replace(/\\s+/g, " ") }',
  ],
  ['a type', 'pipeline.ts', 'type Row = {', 'type Extra = 1;\ntype Row = { readonly more?: Extra;'],
  ['a type of a parameter', 'lib/far.ts', 'farther(n: number)', 'farther(n: number | 1): number'],
  ['a cast', 'pipeline.ts', 'return n * 2;', 'return (n as number)! * 2;'],
  ['an unrelated function', 'pipeline.ts', 'n - 1', 'n - 2'],
  ['an unrelated export', 'lib/far.ts', 'aside = 5', 'aside = 6'],
  ['a new export', 'lib/far.ts', 'const STEP', 'export const fresh = new Map([[1, 2]]);\nconst STEP'],
  [
    'an unrelated export that calls a shared helper',
    'pipeline.ts',
    'const LIMIT',
    "export const tidy = clean(' a ');\nconst LIMIT",
  ],
  [
    'a new stage',
    'pipeline.ts',
    'const LIMIT',
    'export const more = map(1, { run: (row: Row) => clean(row.text) + LIMIT });\nconst LIMIT',
  ],
  ['the version of a package', 'node_modules/left/package.json', '1.0.0', '1.0.1'],
  ['a new import', 'pipeline.ts', 'import words', "import { basename } from 'node:path';\nimport words"],
  [
    'an unused import of a package',
    'pipeline.ts',
    "import { pad } from 'left'",
    "import { pad, pad as again } from 'left'",
  ],
  ['the order of imports', 'pipeline.ts', /(import \{ far \}.*\n)(import \{ Level.*\n)/, '$2$1'],
  ['the order of declarations', 'pipeline.ts', /(const deep.*\n)(function deeper.*\n)/, '$2$1'],
  ['the order of stages', 'pipeline.ts', /(export const own.*\n)(export const helper.*\n)/, '$2$1'],
  ['the name of a helper', 'pipeline.ts', /\bdeeper\b/g, 'twofold'],
  [
    'the name of a local variable',
    'lib/far.ts',
    'farther(n: number) { return n + STEP',
    'farther(m: number) { return m + STEP',
  ],
  ['a helper that becomes exported', 'pipeline.ts', 'function clean', 'export function clean'],
  ['a log line', 'pipeline.ts', 'const LIMIT', "console.assert(true, 'loading');\nconst LIMIT"],
  ['layout of JSON', 'words.json', '{ "stop": ["a", "the"] }', '{\n  "stop": [\n "a", "the" ] }'],
];

const CHANGES: readonly (readonly [Edit, readonly string[]])[] = [
  [['its own body', 'pipeline.ts', 'row.text.trim()', 'row.text.trimStart()'], ['own']],
  [['a helper', 'pipeline.ts', "/g, ' ')", "/g, '_')"], ['helper']],
  [["a helper's helper", 'pipeline.ts', 'return n * 2', 'return n * 3'], ['method']],
  [['a helper in another file', 'lib/near.ts', 'farther(n) + 1', 'farther(n) + 2'], ['across']],
  [["a helper's helper in a third file", 'lib/far.ts', 'n + STEP', 'n - STEP'], ['across']],
  [['a constant', 'pipeline.ts', 'LIMIT = 3', 'LIMIT = 4'], ['limit']],
  [['a constant two files away', 'lib/far.ts', 'STEP = 10', 'STEP = 11'], ['across']],
  [['an enum', 'lib/shapes.ts', 'High = 2', 'High = 3'], ['levels']],
  [['a class', 'lib/shapes.ts', '* 100', '* 1000'], ['money']],
  [['a default parameter', 'lib/shapes.ts', 'by = 2', 'by = 3'], ['defaults']],
  [['an imported JSON file', 'words.json', '"the"', '"an"'], ['json']],
  [['an imported text file', 'prompt.txt', 'Answer', 'Reply'], ['text']],
  [['a workspace package', '../shared/index.ts', 'inner(n)', 'inner(n) + 1'], ['linked']],
  [['a second file of a workspace package', '../shared/inner.ts', '100', '101'], ['linked']],
  [['a member of a namespace', 'lib/all.ts', 'n + 1', 'n + 3'], ['starred']],
  [['another member of a namespace', 'lib/all.ts', 'n + 2', 'n + 3'], []],
  [['what a re-export leads to', 'lib/relay.ts', 'target as relay', 'other as relay'], ['relayed']],
  [['the target of a re-export', 'lib/target.ts', 'n * 7', 'n * 8'], ['relayed']],
  [['a module that is imported later', 'lib/lazy.ts', 'n * 11', 'n * 12'], ['lazy']],
  [['a file of a package', 'node_modules/left/index.js', 'base + text', 'text + base'], ['packaged']],
  [['a file of a package below a package', 'node_modules/under/index.js', "' '", "'_'"], ['packaged']],
  [['a file of a CommonJS package', 'node_modules/right/index.js', "' '", "'_'"], ['packaged2']],
];

describe('nothing runs again after an edit of', () => {
  test.each(NOTHING.map((edit) => [edit[0], edit] as const))('%s', async (_, edit) => {
    expect(await changedBy(edit)).toEqual([]);
  });
});

describe('exactly the stages that reach it run again after an edit of', () => {
  test.each(CHANGES.map(([edit, stages]) => [edit[0], edit, stages] as const))('%s', async (_, edit, stages) => {
    expect(await changedBy(edit)).toEqual(stages);
  });
});

describe('the same fingerprints', () => {
  test('after moving the project', async () => {
    const folder = await make();
    const before = await digestsOf(folder);
    const moved = newFolder();
    renameSync(folder, join(moved, 'elsewhere'));
    renameSync(join(folder, '../shared'), join(moved, 'shared'));
    expect(await digestsOf(join(moved, 'elsewhere'))).toEqual(before);
  });

  test('after renaming files', async () => {
    const folder = await make();
    const before = await digestsOf(folder);
    renameSync(join(folder, 'lib/far.ts'), join(folder, 'lib/distance.ts'));
    renameSync(join(folder, 'words.json'), join(folder, 'stop.json'));
    write(folder, {
      'lib/near.ts': BASE['lib/near.ts']!.replace('./far.js', './distance.js'),
      'start.ts': BASE['pipeline.ts']!.replace('./words.json', './stop.json'),
    });
    rmSync(join(folder, 'pipeline.ts'));
    expect(await digestsOf(folder, 'start.ts')).toEqual(before);
  });

  test('as .ts, .mts and .js', async () => {
    const folder = await make();
    const before = await digestsOf(folder);
    const { transformSync } = await import('esbuild');
    const script = transformSync(BASE['pipeline.ts']!, { loader: 'ts', format: 'esm' }).code;
    write(folder, { 'same.mts': BASE['pipeline.ts']!, 'same.js': script, 'same.mjs': script });
    for (const file of ['same.mts', 'same.js', 'same.mjs']) expect(await digestsOf(folder, file)).toEqual(before);
  });
});
