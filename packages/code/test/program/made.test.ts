import { afterAll, expect, test } from '@jest/globals';
import { MOMENT, OTHER_MOMENT } from '../../src/world/index.js';
import { type Files, load, projectOf, removeFolders, type Stage, write } from '../project.js';

const { canParse } = URL;
afterAll(() => {
  URL.canParse = canParse;
  removeFolders();
});

/** What the stage `out` answers for some rows: as the file was imported, and as it is made from what its key holds. */
const both = async (files: Files, rows: readonly unknown[]) => {
  const { stages, reader } = await load(projectOf(files), 'pipeline.ts');
  const { run, ...said } = stages['out'] as Stage;
  const { functions, close } = await reader.make!({ run: { fn: run, ...said } }, { nature: 'pure' });
  const tell = async (fn: Stage['run']) => {
    const told: unknown[] = [];
    for (const row of rows)
      try {
        told.push(JSON.stringify(await fn(row)));
      } catch (error) {
        told.push((error as Error).message);
      }
    return told;
  };
  const own = await tell(functions['run'] as Stage['run']);
  close();
  return { own, plain: await tell(run), same: functions['run'] === run };
};

const PACKAGE = (name: string, text: string) => ({
  [`node_modules/${name}/package.json`]: `{ "name": "${name}", "version": "1.0.0", "main": "index.js" }`,
  [`node_modules/${name}/index.js`]: text,
});

const PIPELINE = (run: string, more = '') =>
  `import { map, pipeline } from 'millrace';\n${more}\nexport default pipeline({ out: map({}, { run: ${run} }) });\n`;

const cases: Readonly<Record<string, Files>> = {
  'an arrow': { 'pipeline.ts': PIPELINE('({ x }) => ({ y: x + 1 })') },
  'a method': {
    'pipeline.ts': `import { map, pipeline } from 'millrace';\nexport default pipeline({ out: map({}, { run({ x }: { x: number }) { return { y: x * 2 }; } }) });\n`,
  },
  'an async function': { 'pipeline.ts': PIPELINE('async ({ x }) => ({ y: (await Promise.resolve(x)) + 1 })') },
  'helpers of other files': {
    'pipeline.ts': PIPELINE(
      '({ x }) => ({ y: twice(x), z: more.thrice(x), ...{ twice } && {} })',
      "import { twice } from './lib/twice.js';\nimport * as more from './lib/more.js';",
    ),
    'lib/twice.ts': 'export const twice = (x: number) => x * factor;\nconst factor = 2;\n',
    'lib/more.ts': "import { twice } from './twice.js';\nexport function thrice(x: number) { return twice(x) + x; }\n",
  },
  'state that is set by way of a namespace': {
    'pipeline.ts': PIPELINE(
      '({ x }) => ({ y: [x, state.x, other.x] })',
      "import { other, state } from './lib/state.js';\nimport './lib/setup.js';",
    ),
    'lib/state.ts':
      'export const state: { x?: number } = {};\nexport const other: { x?: number } = {};\nexport const set = (x: number) => { state.x = x; };\n',
    'lib/setup.ts':
      "import * as all from './state.js';\nconst name = 'set';\n(all as any)[name](5);\n({ of: all }).of.other.x = 6;\n",
  },
  ...Object.fromEntries(
    [
      "(await import('./state.js')).state.x = 5;",
      "(await import('./state.js').then((of) => of)).state.x = 5;",
      "await import('./state.js').then(({ state }) => { state.x = 5; });",
      "const late = await import('./state.js');\nlate.state.x = 5;",
      "const { state } = await import('./state.js');\nstate.x = 5;",
      "(await import('./state.js')).set(5);",
      "const five = ((await import('./state.js')).state.x = 5);",
      "const all: any = await import('./state.js');\nconst name = 'state';\nall[name].x = 5;",
      "import * as all from './state.js';\nconst name = 'state';\n(all as any)[name].x = 5;",
      "import * as all from './state.js';\nconst name = 'set';\n(all as any)[name](5);",
    ].map((change) => [
      `state that another file sets: ${change}`,
      {
        'pipeline.ts': PIPELINE(
          '({ x }) => ({ y: [x, state.x] })',
          "import { state } from './lib/state.js';\nimport './lib/setup.js';",
        ),
        'lib/state.ts':
          'export const state: { x?: number } = {};\nexport const set = (x: number) => { state.x = x; };\n',
        'lib/setup.ts': `${change}\nexport {};\n`,
      },
    ]),
  ),
  'a file that is asked for before its turn': {
    'pipeline.ts': PIPELINE(
      '({ x }) => ({ y: [x, first.join()] })',
      "import { first } from './lib/first.js';\nimport './lib/second.js';",
    ),
    'lib/log.ts': 'export const log: string[] = [];\n',
    'lib/first.ts':
      "import { log } from './log.js';\nconst later = await import('./second.js');\nlog.push('first');\nexport const first = [...log, later.second];\n",
    'lib/second.ts': "import { log } from './log.js';\nlog.push('second');\nexport const second = log.length;\n",
  },
  'state that statements set': {
    'pipeline.ts': PIPELINE(
      '({ x }) => ({ y: table.get(x) ?? null, n: seen.n })',
      "import { seen, table } from './lib/table.js';\nimport './lib/fill.js';",
    ),
    'lib/table.ts': 'export const table = new Map<number, string>();\nexport const seen: { n?: number } = {};\n',
    'lib/fill.ts':
      "import { seen, table } from './table.js';\nfor (const n of [1, 2, 3]) table.set(n, `n${n}`);\nseen.n = table.size;\n",
  },
  'a file that is loaded later': {
    'pipeline.ts': PIPELINE(
      "async ({ x }) => { const { later } = await import('./lib/later.js'); return { y: later(x) + base }; }",
      "import { base } from './lib/base.js';",
    ),
    'lib/later.ts':
      "import { base } from './base.js';\nexport const later = (x: number) => x + base;\nexport const other = 1;\n",
    'lib/base.ts': 'export const base = 10;\n',
  },
  'what waits at the top': {
    'pipeline.ts': PIPELINE('({ x }) => ({ y: x + late })', 'const late = await Promise.resolve(5);'),
  },
  'a class with statics': {
    'pipeline.ts': PIPELINE(
      '({ x }) => ({ y: new Box(x).value, n: Box.made })',
      'class Box { static made = 0; static { Box.made = 3; } #v: number; constructor(v: number) { this.#v = v; } get value() { return this.#v; } }',
    ),
  },
  'a CommonJS file': {
    'pipeline.ts': PIPELINE('({ x }) => ({ y: old.half(x) })', "import old from './lib/old.cjs';"),
    'lib/old.cjs': 'const by = 2;\nexports.half = (x) => x / by;\n',
  },
  'JSON and text': {
    'pipeline.ts': PIPELINE(
      '({ x }) => ({ y: words[x] ?? text.trim() })',
      "import words from './lib/words.json';\nimport text from './lib/a.txt';",
    ),
    'lib/words.json': '["zero", "one"]',
    'lib/a.txt': 'none\n',
  },
  'a package': {
    'pipeline.ts': PIPELINE(
      '({ x }) => ({ y: add(x, 1), d: kit.name, o: old(x) })',
      "import kit, { add } from 'kit';\nimport old from 'old';",
    ),
    'node_modules/kit/package.json': '{ "name": "kit", "version": "1.0.0", "type": "module", "exports": "./index.js" }',
    'node_modules/kit/index.js':
      "import { one } from './one.js';\nexport const add = (a, b) => a + b * one;\nexport default { name: 'kit' };\n",
    'node_modules/kit/one.js': 'export const one = 1;\n',
    'node_modules/old/package.json': '{ "name": "old", "version": "1.0.0" }',
    'node_modules/old/index.js': 'module.exports = (x) => `old ${x}`;\n',
  },
  'a built-in module': {
    'pipeline.ts': PIPELINE("({ x }) => ({ y: join('a', `${x}`) })", "import { join } from 'node:path';"),
  },
  'a package that another one changes': {
    ...PACKAGE('clock', 'exports.name = (x) => `clock ${x}`;\n'),
    ...PACKAGE('clock-zones', "const clock = require('clock');\nclock.zone = (x) => `zone ${clock.name(x)}`;\n"),
    'pipeline.ts': PIPELINE(
      '({ x }) => ({ y: (clock as any).zone(x) })',
      "import clock from 'clock';\nimport 'clock-zones';",
    ),
  },
  'what throws': {
    'pipeline.ts': PIPELINE('({ x }) => { if (x > 1) throw new TypeError(`no ${x}`); return { y: x }; }'),
  },
};

test.each(Object.keys(cases))('%s: the same as imported', async (name) => {
  const { own, plain, same } = await both(cases[name] as Files, [{ x: 0 }, { x: 1 }, { x: 2 }]);
  expect(own).toEqual(plain);
  expect(same).toBe(false);
});

test.each([
  [
    'a function of the platform that another file changes',
    { 'lib/patch.ts': 'Object.assign(URL, { canParse: () => 7 });\nexport {};\n' },
    "import './lib/patch.js';",
    '({ x }) => ({ y: URL.canParse(`${x}`) })',
  ],
] as const)('%s: refused, with both answers', async (_, files, more, run) => {
  const { own, plain } = await both({ ...(files as unknown as Files), 'pipeline.ts': PIPELINE(run, more) }, [
    { x: 0 },
    { x: 1 },
  ]);
  expect(plain).not.toContainEqual(expect.stringContaining('The function run'));
  for (const answer of own)
    expect(answer).toMatch(/^The function run gives .* from the code that its key holds, and .* as it was imported/);
});

test('the imported function is called for sixteen rows in all, and again once a file was edited', async () => {
  const count = globalThis as { calls?: number };
  const files = {
    'pipeline.ts': PIPELINE(
      '({ x }) => { (globalThis as any).calls = ((globalThis as any).calls ?? 0) + 1; return { y: x }; }',
    ),
  };
  const folder = projectOf(files);
  const calls = async (rows: number) => {
    count.calls = 0;
    const { stages, reader } = await load(folder, 'pipeline.ts');
    const { functions, close } = await reader.make!({ run: { fn: (stages['out'] as Stage).run } }, { nature: 'pure' });
    for (let x = 0; x < rows; x++) functions['run']!({ x });
    close();
    return count.calls;
  };
  try {
    expect([await calls(6), await calls(20), await calls(20)]).toEqual([6, 10, 0]);
    write(folder, { 'pipeline.ts': `${files['pipeline.ts']}\n// Edited.` });
    expect(await calls(20)).toBe(16);
  } finally {
    delete count.calls;
  }
});

const made = async (run: string, more = '') => {
  const { stages, reader } = await load(projectOf({ 'pipeline.ts': PIPELINE(run, more) }), 'pipeline.ts');
  const { functions } = await reader.make!({ run: { fn: (stages['out'] as Stage).run } }, { nature: 'pure' });
  return functions['run'] as Stage['run'];
};

test.each([
  ['a counter', 'let n = 0;', '({ x }) => ({ y: x + n++ })'],
  ['the lastIndex of a pattern', 'const WORD = /a/g;', '() => ({ y: WORD.test("banana") })'],
  ['the row before', 'const seen: number[] = [];', '({ x }) => { seen.push(x); return { y: seen.at(-2) ?? null }; }'],
])('what a row leaves behind for the next is refused, though the import does the same: %s', async (_, more, run) => {
  const fn = await made(run, more);
  const call = () => [0, 1, 2, 3].map((x) => fn({ x }));
  expect(call).toThrow(
    /^The function run gives .* for a row, and .* for the same row when the rows come in another order/,
  );
});

test('… also by what comes after the rows that the imported function is called for', async () => {
  const fn = await made('({ x }) => ({ y: x < 20 ? x : n++ })', 'let n = 0;');
  expect(() => Array.from({ length: 32 }, (_, x) => fn({ x }))).toThrow(/gives .* when the rows come in another order/);
});

test('what a package answers at another time is refused, though the import answers the same today', async () => {
  const files = (year: number): Files => ({
    ...PACKAGE('since', `module.exports = () => new Date().getFullYear() > ${year};\n`),
    'pipeline.ts': PIPELINE('({ x }) => ({ y: x, isPast: since() })', "import since from 'since';"),
  });
  const answers = async (year: number) => (await both(files(year), [{ x: 1 }, { x: 2 }])).own;
  const today = new Date().getFullYear();
  const clocks = [MOMENT, OTHER_MOMENT].map(({ clock }) => new Date(clock).getFullYear());
  expect(clocks).toEqual([2020, 2031]);
  expect(await answers(2010)).toEqual([1, 2].map((x) => JSON.stringify({ y: x, isPast: true })));
  if (today < 2031) expect(`${await answers(2030)}`).toMatch(/at another time and with other chance/);
});

test.each([
  [
    'a memo',
    'const memo = new Map<number, number>();',
    '({ x }) => { memo.set(x, memo.get(x) ?? x * 2); return { y: memo.get(x) }; }',
  ],
  ['a pattern with g that is replaced', 'const A = /a/g;', '({ x }) => ({ y: `a${x}a`.replace(A, "b") })'],
  [
    'a function that changes its row',
    '',
    '(row) => { row.x += 1; row.list.push(row.x); return { y: [...row.list] }; }',
  ],
])('what leaves nothing behind passes: %s', async (_, more, run) => {
  const fn = await made(run, more);
  const plain = Array.from({ length: 40 }, (_, x) => fn({ x, list: [x] }));
  expect(plain).toHaveLength(40);
});

test('a fold that changes what it has so far is called once for each row', async () => {
  const fold = await made('(sofar, { x }) => { sofar.list.push(x); sofar.sum += x; return sofar; }');
  const start = { list: [] as number[], sum: 0 };
  let sofar: unknown = start;
  for (let x = 0; x < 30; x++) sofar = fold(sofar, { x });
  expect(JSON.parse(JSON.stringify(sofar))).toEqual({ list: Array.from({ length: 30 }, (_, x) => x), sum: 435 });
  expect(start).toEqual({ list: [], sum: 0 });
});

test('what a world does not give is not asked of the imported function either, which might pay for it', async () => {
  const count = globalThis as { calls?: number };
  const { stages, reader } = await load(
    projectOf({
      'pipeline.ts': PIPELINE('async ({ x }) => ({ y: x + (await kit()) })', "import kit from 'kit';"),
      'node_modules/kit/package.json': '{ "name": "kit", "version": "1.0.0", "main": "index.js" }',
      'node_modules/kit/index.js':
        "const os = require('os');\nmodule.exports = async () => { const n = os.cpus().length; globalThis.calls = (globalThis.calls || 0) + 1; return n; };\n",
    }),
    'pipeline.ts',
  );
  const { functions } = await reader.make!({ run: { fn: (stages['out'] as Stage).run } }, { nature: 'pure' });
  const calls = [1, 2, 3].map((x) => functions['run']!({ x }));
  for (const call of calls)
    await expect(call).rejects.toThrow(/os\.cpus is not given .* declare the stage `nature: 'answered'`/);
  expect(count.calls).toBeUndefined();
});
