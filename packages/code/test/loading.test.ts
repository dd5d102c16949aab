import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import { loadPipelineFile } from '../src/index.js';
import { builtReader } from './built.js';
import { digestsOf, load, newFolder, projectOf, removeFolders, said, write } from './project.js';

afterAll(removeFolders);

const HEAD = "import { map, pipeline } from 'millrace';\n";

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();

describe('a loaded file still has its own address', () => {
  const CODE = `${HEAD}import { readFileSync } from 'node:fs';
import { near } from './lib/near.js';
const name = './lib/late.js';
export const facts = {
  url: import.meta.url, dirname: import.meta.dirname, filename: import.meta.filename, old: __dirname,
  resolved: import.meta.resolve('./lib/near.js'),
  text: readFileSync(new URL('./data.txt', import.meta.url), 'utf8'),
  near, later: (await import('./lib/later.js')).later, computed: (await import('./lib/' + 'computed.mjs')).computed,
};
export default pipeline({});
`;

  const LIB = {
    'lib/near.ts': 'export const near = import.meta.url;\n',
    'lib/later.ts': "import { near } from './near.js';\nexport const later = [near, import.meta.url];\n",
    'lib/computed.mjs': 'export const computed = import.meta.url;\n',
    'data.txt': 'data',
  };

  test('import.meta, __dirname, relative files, imports made later', async () => {
    const folder = projectOf({ 'pipeline.ts': CODE, ...LIB });
    const { module } = await load(folder, 'pipeline.ts');
    const at = (name: string) => pathToFileURL(join(folder, name)).href;
    expect(module.facts).toEqual({
      url: at('pipeline.ts'),
      dirname: folder,
      filename: join(folder, 'pipeline.ts'),
      old: folder,
      resolved: at('lib/near.js'),
      text: 'data',
      near: at('lib/near.ts'),
      later: [at('lib/near.ts'), at('lib/later.ts')],
      computed: at('lib/computed.mjs'),
    });
  });

  test('a module that is imported later shares what it shares', async () => {
    const folder = projectOf({
      'pipeline.ts': `${HEAD}import { count } from './count.js';\ncount.n++;\nexport const seen = (await import('./later.js')).seen;\nexport default pipeline({});\n`,
      'count.ts': 'export const count = { n: 0 };\n',
      'later.ts': "import { count } from './count.js';\nexport const seen = ++count.n;\n",
    });
    expect((await load(folder, 'pipeline.ts')).module.seen).toBe(2);
  });

  test('CommonJS files of the user, and packages of both kinds', async () => {
    const folder = projectOf({
      'pipeline.ts': `${HEAD}import { old } from './old.cjs';\nimport { wide } from 'right';\nexport default pipeline({ a: map(1, { run: (row: any) => old(row.n) }), b: map(1, { run: old }), c: map(1, { run: (row: any) => wide(row.n) }) });\n`,
      'old.cjs':
        "const { wide } = require('right');\nconst path = require('node:path');\nconst k = 2;\nconst inner = (n) => n * k;\nexports.old = (n) => inner(n) + wide(1) + path.sep.length;\n",
      'node_modules/right/package.json': '{ "name": "right", "version": "1.0.0", "main": "index.js" }',
      'node_modules/right/index.js': 'exports.wide = (n) => n + 10;\n',
    });
    const { stages, read } = await load(folder, 'pipeline.ts');
    expect(stages.a!.run({ n: 1 })).toBe(14);
    const before = { a: said(read('a')), b: said(read('b')), c: said(read('c')) };
    expect(Object.values(before).some((digest) => digest.startsWith('refused'))).toBe(false);
    write(folder, { 'old.cjs': readFileSync(join(folder, 'old.cjs'), 'utf8').replace('k = 2', 'k = 3') });
    const after = await digestsOf(folder);
    expect([after.a === before.a, after.b === before.b, after.c === before.c]).toEqual([false, false, true]);
  });
});

describe('in a process of its own', () => {
  const run = async (folder: string, code: string) => {
    const reader = await builtReader();
    const script = join(dirname(folder), 'run.mjs');
    const options = `{ cache: ${JSON.stringify(join(dirname(folder), 'cache'))}, framework: () => undefined }`;
    write(dirname(folder), {
      'run.mjs': `import { loadPipelineFile, codeReader } from ${JSON.stringify(reader)};\nconst options = ${options};\nconst folder = ${JSON.stringify(folder)};\n${code}\n`,
    });
    return spawnSync(process.execPath, [script], { encoding: 'utf8', cwd: dirname(folder) });
  };

  const LOAD = "const { module, reader } = await loadPipelineFile(folder + '/pipeline.ts', options);\n";

  test("an error thrown in a user's function shows the user's file and line", async () => {
    const folder = projectOf({
      'pipeline.ts': `${HEAD}import { fail } from './fail.js';\nexport default pipeline({ it: map(1, { run: () => fail() }) });\n`,
      'fail.ts': 'type A = { a: 1 };\n\nexport const fail = (): A => {\n  throw new Error("no luck");\n};\n',
    });
    const code = `${LOAD}try { module.default.it.run(); } catch (error) { console.log(error.stack); }`;
    for (const _ of ['fresh', 'kept']) {
      const { stdout } = await run(folder, code);
      expect(stdout).toContain(`${join(folder, 'fail.ts')}:4:9`);
      expect(stdout).toContain(`${join(folder, 'pipeline.ts')}:3`);
    }
  });

  test('nothing new lies beside the source, after a run and after a crash', async () => {
    const folder = projectOf({
      'pipeline.ts': `${HEAD}if (process.env.CRASH) process.kill(process.pid, 'SIGKILL');\nexport default pipeline({});\n`,
    });
    const before = filesIn(folder);
    expect((await run(folder, LOAD)).status).toBe(0);
    expect(filesIn(folder)).toEqual(before);
    expect((await run(folder, `process.env.CRASH = '1';\n${LOAD}`)).signal).toBe('SIGKILL');
    expect(filesIn(folder)).toEqual(before);
  });

  test('what is kept is used without the bundler and the parser', async () => {
    const folder = projectOf({
      'pipeline.ts': `${HEAD}export default pipeline({ it: map(1, { run: (row: any) => row.n }) });\n`,
    });
    const code = `import { createRequire } from 'node:module';\nconst require = createRequire(${JSON.stringify(import.meta.url)});\n${LOAD}const answer = reader.read(module.default.it.run, {});
console.log(JSON.stringify([answer.code.digest, Object.keys(require.cache).filter((name) => /acorn|esbuild/.test(name)).length > 0]));`;
    const [first, second] = [await run(folder, code), await run(folder, code)].map(({ stdout }) => JSON.parse(stdout));
    expect(first[0]).toBe(second[0]);
    expect([first[1], second[1]]).toEqual([true, false]);
  });
});

describe('what is kept is used only while every fact still holds', () => {
  const FILES = {
    'pipeline.ts': `${HEAD}import { n } from './n.js';\nexport default pipeline({ it: map(1, { run: () => n }) });\n`,
    'n.ts': 'export const n = 1;\n',
  };
  const value = async (folder: string) => ((await load(folder, 'pipeline.ts')).stages.it!.run as () => unknown)();

  test('an edit of the same size within the same tick of the clock', async () => {
    const folder = projectOf(FILES);
    const file = join(folder, 'n.ts');
    const { atime, mtime } = statSync(file);
    expect(await value(folder)).toBe(1);
    write(folder, { 'n.ts': 'export const n = 2;\n' });
    utimesSync(file, atime, mtime);
    expect(await value(folder)).toBe(2);
  });

  test('a file that is found first now', async () => {
    const folder = projectOf({ ...FILES, 'pipeline.ts': FILES['pipeline.ts'].replace('./n.js', './n') });
    expect(await value(folder)).toBe(1);
    write(folder, { 'n.tsx': 'export const n = 3;\n' });
    expect(await value(folder)).toBe(3);
  });

  test('settings of the compiler', async () => {
    const folder = projectOf({ ...FILES, 'tsconfig.json': '{ "extends": "./base.json" }', 'base.json': '{}' });
    expect(await value(folder)).toBe(1);
    write(folder, {
      'other.ts': 'export const n = 4;\n',
      'base.json': '{ "compilerOptions": { "paths": { "./n.js": ["./other.ts"] } } }',
    });
    write(folder, { 'pipeline.ts': FILES['pipeline.ts'].replace('./n.js', '#n') });
    write(folder, { 'base.json': '{ "compilerOptions": { "paths": { "#n": ["./other.ts"] } } }' });
    expect(await value(folder)).toBe(4);
    write(folder, { 'base.json': '{ "compilerOptions": { "paths": { "#n": ["./n.ts"] } } }' });
    expect(await value(folder)).toBe(1);
  });

  test('a file in the first of the folders that a name may stand for', async () => {
    const folder = projectOf({
      'pipeline.ts': FILES['pipeline.ts'].replace('./n.js', '@lib/n'),
      'tsconfig.json': '{ "compilerOptions": { "paths": { "@lib/*": ["./first/*", "./second/*"], /* */ } } }',
      'second/n.ts': FILES['n.ts'],
    });
    expect(await value(folder)).toBe(1);
    write(folder, { 'first/n.ts': 'export const n = 5;\n' });
    expect(await value(folder)).toBe(5);
  });

  test('a file beside the folder of that name', async () => {
    const folder = projectOf({
      'in/pipeline.ts': FILES['pipeline.ts'].replace('./n.js', '../out/n'),
      'out/n/index.ts': FILES['n.ts'],
    });
    const read = async () => ((await load(folder, 'in/pipeline.ts')).stages.it!.run as () => unknown)();
    expect(await read()).toBe(1);
    write(folder, { 'out/n.ts': 'export const n = 6;\n' });
    expect(await read()).toBe(6);
  });

  test('a file that was tried and not there', async () => {
    const folder = projectOf({
      'pipeline.ts': FILES['pipeline.ts'].replace('./n.js', './n.cjs'),
      'n.cjs': "let n = 1; try { n = require('./more/n.cjs'); } catch {} exports.n = n;\n",
    });
    const before = await digestsOf(folder);
    write(folder, { 'more/n.cjs': 'module.exports = 7;\n' });
    expect(await value(folder)).toBe(7);
    expect(await digestsOf(folder)).not.toEqual(before);
  });

  test('a link on the way, and one to the file itself', async () => {
    const folder = projectOf({
      'pipeline.ts': FILES['pipeline.ts'].replace('./n.js', './current/n'),
      'one/n.ts': FILES['n.ts'],
      'two/n.ts': 'export const n = 8;\n',
      'two/three.ts': 'export const n = 9;\n',
    });
    const link = (to: string, from: string) => {
      rmSync(join(folder, from), { force: true });
      symlinkSync(to, join(folder, from));
    };
    link('one', 'current');
    expect(await value(folder)).toBe(1);
    link('two', 'current');
    expect(await value(folder)).toBe(8);
    link('three.ts', 'two/n.ts');
    expect(await value(folder)).toBe(9);
  });

  test('a linked package: another copy, the installed one', async () => {
    const kit = (at: string, n: number) => ({
      [`${at}/package.json`]: '{ "name": "kit", "type": "module", "main": "index.js" }',
      [`${at}/index.js`]: `export const n = ${n};\n`,
    });
    const folder = projectOf({
      'pipeline.ts': FILES['pipeline.ts'].replace('./n.js', 'kit'),
      ...kit('one', 1),
      ...kit('two', 2),
    });
    const at = join(folder, 'node_modules/kit');
    symlinkSync('../one', at);
    expect(await value(folder)).toBe(1);
    rmSync(at);
    symlinkSync('../two', at);
    expect(await value(folder)).toBe(2);
    rmSync(at);
    write(folder, kit('node_modules/kit', 3));
    expect(await value(folder)).toBe(3);
  });

  test('settings of a project in JavaScript', async () => {
    const paths = (to: string) => `{ "compilerOptions": { "paths": { "@lib/*": ["./${to}/*"] } } }`;
    const folder = projectOf({
      'pipeline.ts': `${HEAD}import './p.js';\nexport { default } from './p.js';\n`,
      'p.js': FILES['pipeline.ts'].replace('./n.js', '@lib/n'),
      'jsconfig.json': paths('one'),
      'one/n.js': 'export const n = 1;\n',
      'two/n.js': 'export const n = 2;\n',
    });
    expect(await value(folder)).toBe(1);
    write(folder, { 'jsconfig.json': paths('two') });
    expect(await value(folder)).toBe(2);
  });

  test('back and forth', async () => {
    const folder = projectOf(FILES);
    const first = await digestsOf(folder);
    write(folder, { 'n.ts': 'export const n = 2;\n' });
    expect(await digestsOf(folder)).not.toEqual(first);
    write(folder, { 'n.ts': FILES['n.ts'] });
    expect(await digestsOf(folder)).toEqual(first);
  });

  test('damage to what is kept', async () => {
    const folder = projectOf(FILES);
    const first = await digestsOf(folder);
    const cache = join(dirname(folder), 'cache');
    for (const file of filesIn(cache).filter((name) => /\.json$|answers$/.test(name)))
      write(dirname(file), { [file.slice(dirname(file).length + 1)]: '{ "torn' });
    expect(await digestsOf(folder)).toEqual(first);
  });
});

test('a file that is not there', async () => {
  await expect(loadPipelineFile(join(newFolder(), 'none.ts'))).rejects.toThrow(/Cannot load .*none\.ts/);
});

test('a file that does not compile says where', async () => {
  const folder = projectOf({ 'pipeline.ts': 'export const a = ;\n' });
  await expect(load(folder, 'pipeline.ts')).rejects.toThrow(/pipeline\.ts:1:17/);
});
