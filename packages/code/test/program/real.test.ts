import { afterAll, expect, test } from '@jest/globals';
import { type Files, load, projectOf, removeFolders, type Stage } from '../project.js';

afterAll(removeFolders);

const PIPELINE = (config: string, more = '') =>
  `import { map, pipeline } from 'millrace';\n${more}\nexport default pipeline({ out: map({}, { ${config} }) });\n`;

interface Asking extends Stage {
  readonly open?: () => unknown;
  readonly close?: (handle: unknown) => unknown;
  readonly impure?: readonly string[];
}

/** The functions of the stage `out`, as the engine asks for them. */
const made = async (files: Files, nature: 'pure' | 'answered' = 'answered') => {
  const { stages, reader } = await load(projectOf(files), 'pipeline.ts');
  const { run, open, close, impure, ...said } = stages['out'] as Asking;
  const use = { fn: run, ...said, ...(impure && { reads: impure }) };
  const handles = { ...(open && { open }), ...(close && { close }) };
  const { functions } = await reader.make!({ run: use }, { nature, handles });
  const call = functions as unknown as { readonly [name in 'run' | 'open' | 'close']: Stage['run'] };
  return { ...call, plain: { run, open, close } };
};

const KIT: Files = {
  'node_modules/kit/package.json': '{ "name": "kit", "version": "1.0.0", "type": "module", "exports": "./index.js" }',
  'node_modules/kit/index.js':
    'export class Client {}\nexport const seen = [];\nexport default { fetch: typeof fetch };\n',
};

test('a function that asks runs from its text, with Node and the packages that the program has', async () => {
  const { run, plain } = await made({
    ...KIT,
    'pipeline.ts': PIPELINE(
      'run: async ({ x }) => ({ n: ++state.n, pid: process.pid, f: kit.fetch, s: seen.push(x), j: join("a", "b") })',
      "import { join } from 'node:path';\nimport kit, { seen } from 'kit';\nimport { state } from './state.js';",
    ),
    'state.ts': 'export const state = { n: 0 };\n',
  });
  expect(run).not.toBe(plain.run);
  const answer = { pid: process.pid, f: 'function', j: 'a/b' };
  // Its state is its own; that of packages is the program's.
  expect([await run({ x: 1 }), await plain.run({ x: 2 }), await run({ x: 3 })]).toEqual([
    { n: 1, s: 1, ...answer },
    { n: 1, s: 2, ...answer },
    { n: 2, s: 3, ...answer },
  ]);
});

test('all functions of a stage share one instance, and what open returns reaches the others unchanged', async () => {
  const { open, run, close } = await made({
    ...KIT,
    'pipeline.ts': PIPELINE(
      'open: () => { opened += 1; return new Own(); }, run: (_row, _given, own) => ({ opened, own: own instanceof Own, kit: own.client instanceof Client }), close: (own) => [opened, own instanceof Own]',
      "import { Client } from 'kit';\nclass Own { client = new Client(); }\nlet opened = 0;",
    ),
  });
  const handle = open();
  expect([run({}, {}, handle), close(handle)]).toEqual([{ opened: 1, own: true, kit: true }, [1, true]]);
});

test('an open that needs what stands around it is called as it was imported', async () => {
  const { open, run, plain } = await made({
    'pipeline.ts': `import { map, pipeline } from 'millrace';
const asking = (model: string) => map({}, { open: () => ({ model }), run: (_row: any, _given: any, { model: name }: any) => ({ name }) });
export default pipeline({ out: asking('m') });\n`,
  });
  expect(open).toBe(plain.open);
  expect(run({}, {}, open())).toEqual({ name: 'm' });
});

test('each stage has an instance of its own', async () => {
  const { stages, reader } = await load(
    projectOf({ 'pipeline.ts': PIPELINE('run: () => ++n', 'let n = 0;') }),
    'pipeline.ts',
  );
  const make = async () =>
    (await reader.make!({ run: { fn: (stages['out'] as Stage).run } }, { nature: 'answered' })).functions[
      'run'
    ] as () => number;
  const [one, other] = [await make(), await make()];
  expect([one(), one(), other()]).toEqual([1, 2, 1]);
});

test('a declared read is given, by the place of the file too', async () => {
  const { run } = await made(
    {
      'pipeline.ts': "export { default } from './lib/stage.js';\n",
      'lib/stage.ts': PIPELINE(
        "impure: ['file:words.txt'], run: () => ({ words: readFileSync(new URL('./words.txt', import.meta.url), 'utf8') })",
        "import { readFileSync } from 'node:fs';",
      ),
      'lib/words.txt': 'one two',
    },
    'pure',
  );
  expect(run({})).toEqual({ words: 'one two' });
});

test('a package that is loaded later is loaded when it is asked for, and one that is missing is missing', async () => {
  const { run } = await made({
    'node_modules/late/package.json': '{ "name": "late", "version": "1.0.0", "main": "index.js" }',
    'node_modules/late/index.js':
      'globalThis.loadedLate = (globalThis.loadedLate ?? 0) + 1;\nmodule.exports = { late: true };\n',
    'pipeline.ts': PIPELINE(
      "run: async ({ x }) => x ? { late: (await import('late')).default.late } : { none: await import('nothing-here').catch((error: any) => error.code) }",
    ),
  });
  const count = globalThis as { loadedLate?: number };
  try {
    expect([await run({ x: 0 }), count.loadedLate]).toEqual([{ none: 'ERR_MODULE_NOT_FOUND' }, undefined]);
    expect([await run({ x: 1 }), count.loadedLate]).toEqual([{ late: true }, 1]);
  } finally {
    delete count.loadedLate;
  }
});

test('a file that is loaded later and holds only what it exports of others', async () => {
  const { run } = await made({
    'pipeline.ts': PIPELINE(
      "run: async ({ x }) => ({ y: (await import('./later.js')).twice(x) + twice(x) })",
      "import { twice } from './twice.js';",
    ),
    'later.ts': "export { twice } from './twice.js';\n",
    'twice.ts': 'export const twice = (x: number) => x * 2;\n',
  });
  expect(await run({ x: 2 })).toEqual({ y: 8 });
});

test('Millrace itself is there', async () => {
  const { run } = await made({
    'pipeline.ts': PIPELINE('run: () => ({ made: map(1, { a: 2 }) })'),
  });
  expect(run({})).toEqual({ made: { input: 1, a: 2 } });
});

test.each([
  [
    'uses Millrace itself',
    "import { map as own } from 'millrace';\nconst add = (x: number) => x + own(1, { a: 2 }).a;",
  ],
  ['reaches a package that cannot be bundled', "import add from 'table';"],
])('a pure function that %s runs from its text all the same, and is checked', async (_, more) => {
  const files = (run: string): Files => ({
    'node_modules/table/package.json': '{ "name": "table", "version": "1.0.0", "main": "index.js" }',
    'node_modules/table/index.js': "module.exports = require('./add.dat');\n",
    'node_modules/table/add.dat': 'module.exports = (x) => x + 2;\n',
    'pipeline.ts': PIPELINE(`run: ${run}`, `${more}\nlet n = 0;`),
  });
  const { run, plain } = await made(files('({ x }) => ({ y: add(x) })'), 'pure');
  expect(run).not.toBe(plain.run);
  expect(run({ x: 1 })).toEqual({ y: 3 });
  const counting = await made(files('({ x }) => ({ y: add(x) + n++ })'), 'pure');
  expect(() => [counting.run({ x: 1 }), counting.run({ x: 1 })]).toThrow(/when the rows come in another order/);
});

test('what cannot be made at all is refused, with the way out', async () => {
  const files = { 'pipeline.ts': PIPELINE('run: () => ({ y: (import.meta as any).env })') };
  await expect(made(files)).rejects.toThrow(
    /^The function run cannot run from the code that its key holds: it asks for its own place. Write it without that, or give it a version/,
  );
});
