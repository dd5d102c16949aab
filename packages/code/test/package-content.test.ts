import { renameSync, rmSync, statSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { codeIn, digestsOf, type Files, load, projectOf, refusalIn, removeFolders, write } from './project.js';

afterAll(removeFolders);

const HEAD = "import { map, pipeline } from 'millrace';\n";
const other = 'other: map(1, { run: (row: any) => row.n })';

/** One stage that reaches what is imported, and one that doesn't. */
const using = (imports: string, value = 'f(row)') =>
  `${HEAD}${imports}\nexport default pipeline({ it: map(1, { run: (row: any) => ${value} }), ${other} });\n`;

const installed = (name: string, files: Files, more: object = {}): Files => ({
  [`node_modules/${name}/package.json`]: JSON.stringify({
    name: name.split('node_modules/').at(-1),
    version: '1.0.0',
    type: 'module',
    main: 'index.js',
    ...more,
  }),
  ...Object.fromEntries(Object.entries(files).map(([file, text]) => [`node_modules/${name}/${file}`, text])),
});

const kit = (value: string, more: object = {}) =>
  installed('kit', { 'index.js': `export const f = () => '${value}';\n` }, more);

type Change = Files | ((folder: string) => void);

const apply = (folder: string, change: Change) =>
  typeof change === 'function' ? change(folder) : write(folder, change);

/** What runs again after a change, and whether it is as before once the change is taken back. */
const after = async (files: Files, change: Change, back?: Change) => {
  const folder = projectOf(files);
  const before = await digestsOf(folder);
  expect(Object.values(before).filter((digest) => digest.startsWith('refused'))).toEqual([]);
  apply(folder, change);
  const now = await digestsOf(folder);
  apply(folder, back ?? files);
  expect(await digestsOf(folder)).toEqual(before);
  return Object.keys(before).filter((name) => before[name] !== now[name]);
};

const remove = (name: string) => (folder: string) => rmSync(join(folder, name), { recursive: true });
const swap = (a: string, b: string) => (folder: string) => {
  const at = (name: string) => join(folder, name);
  renameSync(at(a), at('between'));
  renameSync(at(b), at(a));
  renameSync(at('between'), at(b));
};

const below = (at: string, value: string, version: string) =>
  installed(`${at}/node_modules/below`, { 'index.js': `export const v = '${value}';\n` }, { version });
const above = (name: string) =>
  installed(
    name,
    { 'index.js': "import { v } from 'below';\nexport const f = () => v;\n" },
    { dependencies: { below: '*' } },
  );

const PLUGIN = installed('plugin', { 'index.js': "import { kit } from 'kit';\nkit.word = 'one';\n" });
const PLUGGED = installed('kit', { 'index.js': "export const kit = { word: '', f: () => kit.word };\n" });

/** What a file imports for its effect counts for all of its functions. */
const beside = (files: Files) => files['pipeline.ts']?.includes("import 'plugin'");
const BOTH = ['it', 'other'];

describe('runs again', () => {
  test.each<[string, Files, Change, Change?]>([
    [
      'a package that is edited in place',
      { 'pipeline.ts': using("import { f } from 'kit';"), ...kit('one') },
      kit('two'),
    ],
    [
      'a file below the first of a package',
      {
        'pipeline.ts': using("import { f } from 'kit';"),
        ...installed('kit', {
          'index.js': "export { f } from './lib/f.js';\n",
          'lib/f.js': 'export const f = () => 1;\n',
        }),
      },
      { 'node_modules/kit/lib/f.js': 'export const f = () => 2;\n' },
    ],
    [
      'a package below a package',
      { 'pipeline.ts': using("import { f } from 'kit';"), ...above('kit'), ...below('kit', 'one', '1.0.0') },
      below('kit', 'two', '1.0.0'),
    ],
    [
      'two versions that change places',
      {
        'pipeline.ts': using("import { f } from 'kit';\nimport { f as g } from 'cat';", 'f() + g()'),
        ...above('kit'),
        ...above('cat'),
        ...below('kit', 'one', '1.0.0'),
        ...below('cat', 'two', '2.0.0'),
      },
      swap('node_modules/kit/node_modules/below', 'node_modules/cat/node_modules/below'),
      swap('node_modules/kit/node_modules/below', 'node_modules/cat/node_modules/below'),
    ],
    [
      'two versions under one name that change places between folders',
      {
        'pipeline.ts': using("import { a } from './a/a.js';\nimport { b } from './b/b.js';", 'a() - b()'),
        'a/a.ts': "import { f } from 'kit';\nexport const a = () => f();\n",
        'b/b.ts': "import { f } from 'kit';\nexport const b = () => f();\n",
        ...Object.fromEntries(Object.entries(kit('one')).map(([file, text]) => [`a/${file}`, text])),
        ...Object.fromEntries(Object.entries(kit('two')).map(([file, text]) => [`b/${file}`, text])),
      },
      swap('a/node_modules', 'b/node_modules'),
      swap('a/node_modules', 'b/node_modules'),
    ],
    [
      'an optional package that appears',
      {
        'pipeline.ts': using("import { f } from 'kit';"),
        ...installed(
          'kit',
          { 'index.js': "let v = 0;\ntry { v = require('maybe').v; } catch {}\nexports.f = () => v;\n" },
          { type: 'commonjs' },
        ),
      },
      installed('maybe', { 'index.js': 'export const v = 1;\n' }),
      remove('node_modules/maybe'),
    ],
    [
      'a nearer package that appears',
      {
        'pipeline.ts': using("import { f } from 'kit';"),
        ...above('kit'),
        ...installed('below', { 'index.js': 'export const v = 1;\n' }),
      },
      below('kit', 'two', '1.0.0'),
      remove('node_modules/kit/node_modules'),
    ],
    [
      'a file that comes to stand before a folder of its name',
      {
        'pipeline.ts': using("import { f } from 'kit';"),
        ...installed(
          'kit',
          { 'index.js': "exports.f = require('./text').f;\n", 'text/index.js': 'exports.f = () => 1;\n' },
          { type: 'commonjs' },
        ),
      },
      { 'node_modules/kit/text.js': 'exports.f = () => 2;\n' },
      remove('node_modules/kit/text.js'),
    ],
    [
      'another file that its manifest names',
      {
        'pipeline.ts': using("import { f } from 'kit';"),
        ...kit('one'),
        'node_modules/kit/two.js': "export const f = () => 'two';\n",
      },
      kit('one', { main: 'two.js' }),
    ],
    [
      'a package that is imported for its effect',
      { 'pipeline.ts': using("import { kit } from 'kit';\nimport 'plugin';", 'kit.f()'), ...PLUGGED, ...PLUGIN },
      { 'node_modules/plugin/index.js': "import { kit } from 'kit';\nkit.word = 'two';\n" },
    ],
    [
      'such an import that is taken out',
      { 'pipeline.ts': using("import { kit } from 'kit';\nimport 'plugin';", 'kit.f()'), ...PLUGGED, ...PLUGIN },
      { 'pipeline.ts': using("import { kit } from 'kit';", 'kit.f()') },
    ],
    [
      'a package that loads another that is reached, whatever else it is imported for',
      {
        'pipeline.ts': `${HEAD}import { kit } from 'kit';\nimport { word } from 'plugin';\nexport default pipeline({ it: map(1, { run: () => kit.f() }), named: map(1, { run: () => word }), ${other} });\n`,
        ...PLUGGED,
        ...installed('plugin', { 'index.js': "import { kit } from 'kit';\nexport const word = (kit.word = 'one');\n" }),
      },
      { 'node_modules/plugin/index.js': "import { kit } from 'kit';\nexport const word = (kit.word = 'two');\n" },
    ],
    [
      'what a package loads by names that it makes while it runs',
      {
        'pipeline.ts': using("import { f } from 'kit';"),
        ...installed(
          'kit',
          {
            'index.js': 'const load = require;\nexports.f = (row) => load(`./words-${row.n}.js`);\n',
            'words-1.js': 'module.exports = 1;\n',
          },
          { type: 'commonjs' },
        ),
      },
      { 'node_modules/kit/words-1.js': 'module.exports = 2;\n' },
    ],
    [
      'a package that cannot be bundled',
      {
        'pipeline.ts': using("import { f } from 'kit';"),
        ...installed(
          'kit',
          {
            'index.js': "exports.f = require('./f.js').f;\nexports.g = () => require('./data.odd');\n",
            'f.js': 'exports.f = () => 1;\n',
            'data.odd': '',
          },
          { type: 'commonjs' },
        ),
      },
      { 'node_modules/kit/f.js': 'exports.f = () => 2;\n' },
    ],
  ])('%s', async (...[, files, change, back]) => {
    const now = await after(files, change, back);
    expect(now.filter((name) => name !== 'named')).toEqual('pipeline.ts' in change || beside(files) ? BOTH : ['it']);
  });

  test('a linked package below an installed one', async () => {
    const link = (to: string) => (folder: string) => {
      rmSync(join(folder, 'node_modules/below'), { force: true });
      symlinkSync(`../${to}`, join(folder, 'node_modules/below'));
    };
    const copy = (value: number) => ({
      'package.json': '{ "name": "below", "type": "module", "main": "index.js" }',
      'index.js': `export const v = ${value};\n`,
    });
    const at = (folder: string, files: Files) =>
      Object.fromEntries(Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text]));
    const folder = projectOf({
      'pipeline.ts': using("import { f } from 'kit';"),
      ...above('kit'),
      ...at('one', copy(1)),
      ...at('two', copy(2)),
    });
    link('one')(folder);
    const first = await digestsOf(folder);
    link('two')(folder);
    const second = await digestsOf(folder);
    write(folder, at('two', copy(3)));
    const third = await digestsOf(folder);
    expect(new Set([first.it, second.it, third.it]).size).toBe(3);
    expect(new Set([first.other, second.other, third.other]).size).toBe(1);
  });

  test('a package whose file is another one of the same size and time', async () => {
    const folder = projectOf({ 'pipeline.ts': using("import { f } from 'kit';"), ...kit('one') });
    const file = join(folder, 'node_modules/kit/index.js');
    const old = new Date(2020, 1, 1);
    utimesSync(file, old, old);
    const before = await digestsOf(folder);
    const { atime, mtime } = statSync(file);
    write(folder, kit('two'));
    utimesSync(file, atime, mtime);
    expect((await digestsOf(folder)).it).not.toBe(before.it);
  });

  describe('where Node is told of conditions', () => {
    const { NODE_OPTIONS } = process.env;
    afterEach(() => {
      if (NODE_OPTIONS === undefined) delete process.env.NODE_OPTIONS;
      else process.env.NODE_OPTIONS = NODE_OPTIONS;
    });

    test('a package that has another file for them', async () => {
      const exports = { '.': { development: './dev.js', default: './index.js' } };
      const now = await after(
        {
          'pipeline.ts': using("import { f } from 'kit';"),
          ...kit('one', { exports }),
          'node_modules/kit/dev.js': "export const f = () => 'dev';\n",
        },
        () => {
          process.env.NODE_OPTIONS = '--conditions=development';
        },
        () => {
          delete process.env.NODE_OPTIONS;
        },
      );
      expect(now).toEqual(['it']);
    });
  });
});

describe('the same key', () => {
  const same = async (a: Files, b: Files) => {
    const [one, two] = [await digestsOf(projectOf(a)), await digestsOf(projectOf(b))];
    expect(one.it).not.toMatch(/^refused/);
    return one.it === two.it;
  };

  test('however the packages are laid out, and whatever version they say', async () => {
    const flat = { 'pipeline.ts': using("import { f } from 'kit';"), ...above('kit') };
    const value = { 'index.js': "export const v = 'one';\n" };
    const nested = { ...flat, ...installed('kit/node_modules/below', value, { version: '1.0.1' }) };
    expect(await same({ ...flat, ...installed('below', value) }, nested)).toBe(true);
  });

  const ADDON = {
    'pipeline.ts': using("import { f } from 'kit';"),
    ...installed('kit', { 'index.js': "exports.f = () => require('./build/kit.node').v;\n" }, { type: 'commonjs' }),
  };

  test('whatever an addon was built to', async () => {
    const built = (bytes: string) => ({ ...ADDON, 'node_modules/kit/build/kit.node': bytes });
    expect(await same(built('for one system'), built('for another'))).toBe(true);
    const renamed = { ...built('for one'), ...installed('kit', {}, { type: 'commonjs', version: '1.0.1' }) };
    expect(await same(built('for one'), renamed)).toBe(false);
  });

  const lock = (integrity: string) => ({
    'package-lock.json': JSON.stringify({
      packages: {
        'node_modules/kit-linux': { version: '1.0.0', integrity: 'sha512-AAAAAAAAAAAAAAAAAAAAAAAA', os: ['linux'] },
        'node_modules/kit-mac': { version: '1.0.0', integrity, os: ['darwin'] },
      },
    }),
  });
  const BY_SYSTEM: Files = {
    'pipeline.ts': using("import { f } from 'kit';"),
    ...lock('sha512-BBBBBBBBBBBBBBBBBBBBBBBB'),
    ...installed(
      'kit',
      {
        'index.js':
          "let v;\ntry { v = require('kit-linux'); } catch {}\ntry { v = require('kit-mac'); } catch {}\nexports.f = () => v;\n",
      },
      { type: 'commonjs', optionalDependencies: { 'kit-linux': '1.0.0', 'kit-mac': '1.0.0' } },
    ),
  };
  const only = (name: string, os: string): Files => ({
    ...BY_SYSTEM,
    ...installed(name, { 'index.js': `module.exports = '${os}';\n` }, { type: 'commonjs', os: [os] }),
  });

  test('whichever of the packages for each system is there', async () => {
    expect(await same(only('kit-linux', 'linux'), only('kit-mac', 'darwin'))).toBe(true);
  });

  test('but for another one by the lock file', async () => {
    const changed = { ...only('kit-linux', 'linux'), ...lock('sha512-CCCCCCCCCCCCCCCCCCCCCCCC') };
    expect(await same(only('kit-linux', 'linux'), changed)).toBe(false);
  });
});

describe('a function of a package that has the text of one of ours', () => {
  const norm = (value: string) => `const norm = (t) => t + '${value}';\n`;
  const TEXT = '(row) => ({ u: norm(row.t) })';
  const pick = (text: string) => installed('kit', { 'index.js': `${norm('kit')}export const pick = ${text};\n` });
  const pipeline = (text: string, run: string) =>
    `${HEAD}import { pick } from 'kit';\n${norm('ours')}export const mine = ${text};\nexport default pipeline({ it: map(1, { run: ${run} }) });\n`;

  test('is refused, with the way out', async () => {
    const folder = projectOf({ 'pipeline.ts': pipeline(TEXT, 'pick'), ...pick(TEXT) });
    const { why, detail } = refusalIn((await load(folder, 'pipeline.ts')).read('it')) as {
      why: string;
      detail: string;
    };
    expect([why, detail]).toEqual([
      'not found',
      expect.stringMatching(/pipeline\.ts:4.*kit\/index\.js.*\(row\) => f\(row\)/),
    ]);
  });

  test('but not where the text says all of it, or the package is only called', async () => {
    const closed = '(row) => ({ u: row.t })';
    const passed = projectOf({ 'pipeline.ts': pipeline(closed, 'pick'), ...pick(closed) });
    const called = projectOf({ 'pipeline.ts': pipeline(TEXT, '(row) => pick(row)'), ...pick(TEXT) });
    for (const folder of [passed, called]) expect((await digestsOf(folder)).it).not.toMatch(/^refused/);
  });
});

describe('the data by which Node formats', () => {
  const formats = async (value: string, files: Files = {}, imports = '') => {
    const { read } = await load(projectOf({ 'pipeline.ts': using(imports, value), ...files }), 'pipeline.ts');
    return codeIn(read('it')).former !== undefined;
  };

  test.each([
    "row.n.toLocaleString('de')",
    "new Intl.NumberFormat('de').format(row.n)",
    "row.a.localeCompare(row.b, 'sv')",
    "row.d.toLocaleDateString('fr', { timeZone: 'UTC' })",
    "new globalThis.Intl.NumberFormat('de').format(row.n)",
  ])('is in the key of a function that says %s', async (value) => {
    expect(await formats(value)).toBe(true);
  });

  test('and in no other', async () => {
    expect(await formats('row.text.toUpperCase() /* toLocaleString, Intl */')).toBe(false);
  });
});
