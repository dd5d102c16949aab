import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { codeIn, digestsOf, load, projectOf, refusalIn, removeFolders, said, write } from './project.js';

afterAll(removeFolders);

const HEAD = "import { map, pipeline } from 'millrace';\n";
const EXTRA =
  "import { readFileSync } from 'node:fs';\nimport { randomBytes, createHash } from 'node:crypto';\nimport os from 'node:os';\nimport http from 'node:http';\n";

const one = async (code: string, stage: string) => {
  const folder = projectOf({
    'pipeline.ts': `${HEAD}${EXTRA}${code}\nexport default pipeline({ it: map(1, (${stage})) });\n`,
  });
  return { folder, ...(await load(folder, 'pipeline.ts')) };
};

const refused = async (code: string, stage: string) => refusalIn((await one(code, stage)).read('it'));

describe('refused, with the name, the place and the line', () => {
  test('a captured variable', async () => {
    const refusal = await refused('const by = (k: number) => (row: any) =>\n  row.x * k;', '{ run: by(3) }');
    expect(refusal).toEqual({
      why: 'captures',
      names: ['k'],
      at: { file: 'pipeline.ts', line: 7, column: 11, text: '  row.x * k;' },
    });
  });

  test('every captured variable, once', async () => {
    const code = 'const by = (k: number, { m }: any) => { const z = 1; return (row: any) => row.x * k + m + k + z; };';
    expect(await refused(code, '{ run: by(3, {}) }')).toMatchObject({ why: 'captures', names: ['k', 'm', 'z'] });
  });

  test('a variable of a loop', async () => {
    const code = 'const all: any[] = [];\nfor (const k of [1, 2]) all.push((row: any) => row.x * k);';
    expect(await refused(code, '{ run: all[0] }')).toMatchObject({ why: 'captures', names: ['k'] });
  });

  test('the session that a method closes over', async () => {
    const code = 'function open(session: any) { return { analyse: (row: any) => session.model(row.x) }; }';
    expect(await refused(code, '{ run: open({ model: (x: any) => x }).analyse }')).toMatchObject({
      why: 'captures',
      names: ['session'],
    });
  });

  test('arguments of the function around', async () => {
    const code = 'function by(..._: any[]) { return (row: any) => row.x * arguments[0]; }';
    expect(await refused(code, '{ run: by(3) }')).toMatchObject({ why: 'captures', names: ['arguments'] });
  });

  test('a global that nobody declares', async () => {
    expect(await refused('declare const K: number;', '{ run: (row: any) => row.x * K }')).toMatchObject({
      why: 'captures',
      names: ['K'],
    });
  });

  test.each([
    ['a method', '{ k: 2, run(row: any) { return row.x * this.k; } }'],
    ['a function', '{ run: function (this: any, row: any) { return this.k * row.x; } }'],
    ['an arrow function', '{ k: 1, make() { return { run: (row: any) => row.x + this.k }; } }.make()'],
  ])('this in %s', async (_, stage) => {
    expect(await refused('', stage)).toMatchObject({
      why: 'this',
      names: ['this'],
      at: { file: 'pipeline.ts', line: 7 },
    });
  });

  test.each([
    ['a bound function', '{ run: ((row: any) => row).bind(null) }'],
    ['a native function', '{ run: Math.max }'],
  ])('%s', async (_, stage) => {
    expect(await refused('', stage)).toMatchObject({
      why: 'bound or native',
      detail: expect.stringContaining('version'),
    });
  });

  test('a class', async () => {
    expect(await refused('', '{ run: class Box { open() {} } }')).toMatchObject({ why: 'unreadable' });
  });

  test('a function of a package itself', async () => {
    const folder = projectOf({
      'pipeline.ts': `${HEAD}import { f } from 'kit';\nexport default pipeline({ it: map(1, { run: f }) });\n`,
      'node_modules/kit/package.json':
        '{ "name": "kit", "version": "1.0.0", "type": "module", "exports": "./index.js" }',
      'node_modules/kit/index.js': 'const k = 1;\nexport const f = (row) => row.x * k;\n',
    });
    const refusal = refusalIn((await load(folder, 'pipeline.ts')).read('it'));
    expect(refusal).toMatchObject({ why: 'not found', detail: expect.stringMatching(/needs k.*version/) });
  });

  test.each([
    ['eval', '{ run: (row: any) => eval(row.text) }'],
    ['new Function', '{ run: (row: any) => new Function(row.text)() }'],
    ['a computed import', '{ run: (row: any) => import(row.text) }'],
  ])('code made while it runs: %s', async (_, stage) => {
    expect(await refused('', stage)).toMatchObject({ why: 'unreadable' });
  });
});

test('text that runs in a module while it loads may change anything in it', async () => {
  const code = 'const table: any = {};\neval("table.a = 1");';
  expect(await refused(code, '{ run: (row: any) => row.n }')).toMatchObject({ why: 'unreadable', at: { line: 7 } });
});

describe('what a run of another pipeline gave is in no key', () => {
  const RUN =
    "import { pipeline as start, source } from 'millrace';\nconst best = start({ best: source.jsonl('d.jsonl') });\n";
  test.each([
    ['limit', 'const found = await best.run();\nconst [limit] = await found.best.column("top");', 'row.n > limit'],
    ['found', 'const found = await start({ best: 1 }).run();', '(await found.best.column("top"))[0]'],
    ['ask', 'const ask = async () => (await best.last()).best;', 'await ask()'],
    ['limit', 'let limit = 0;\nlimit = (await best.run()).best;', 'row.n > limit'],
    [
      'list',
      'const list: any[] = [];\nfor (const row of await (await best.run()).best.rows()) list.push(row);',
      'list.length',
    ],
    ['limit', 'const limit = await best.run().then(({ best }: any) => best);', 'row.n > limit'],
  ])('%s in %s', async (name, code, value) => {
    const stage = `{ run: async (row: any) => ${value} }`;
    expect(await refused(RUN + code, stage)).toMatchObject({ why: 'captures', names: [name] });
    expect((await one(RUN + code, `{ run: async (row: any) => row.n }`)).read('it')).toHaveProperty('code');
  });

  test('unless it is given by name', async () => {
    const code = `${RUN}const limit = await best.run();`;
    const stage = '{ run: (row: any) => row.n > limit, uses: { limit: 5 } }';
    expect((await one(code, stage)).read('it')).toHaveProperty('code');
  });
});

describe('two functions with one text', () => {
  const files = (second: string) => ({
    'a.ts': 'const make = (k: number) => { return (row: any) => row.x * k; };\nexport const a = make(2);\n',
    'pipeline.ts': `${HEAD}import { a } from './a.js';\n${second}\nexport default pipeline({ a: map(1, { run: a }), b: map(1, { run: b }) });\n`,
  });

  test('are told apart where they mean different things', async () => {
    const folder = projectOf(files('const k = 5;\nconst b = (row: any) => row.x * k;'));
    const digests = await digestsOf(folder);
    expect(digests.b).not.toMatch(/^refused/);
    expect(digests.a).toMatch(/^refused/);
  });

  test('are one where they mean the same', async () => {
    const folder = projectOf({
      'pipeline.ts': `${HEAD}const k = 2;\nexport default pipeline({ a: map(1, { run: (row: any) => row.x * k }), b: map(1, { run: (row: any) => row.x * k }) });\n`,
    });
    const { a, b } = await digestsOf(folder);
    expect(a).toBe(b);
    expect(a).not.toMatch(/^refused/);
  });
});

describe('the way out', () => {
  const BY = 'const by = (k: number) => (row: any) => row.x * k;';

  test('uses names what is captured', async () => {
    const { read } = await one(BY, '{ run: by(3), uses: { k: 3 } }');
    expect(codeIn(read('it')).units.map(({ name }) => name)).toEqual(['by']);
  });

  test('uses names what the user wrote, whatever it is called in the bundle', async () => {
    const other = 'export const k = 7;\nexport const started = Math.random();\n';
    const folder = projectOf({
      'other.ts': other,
      'pipeline.ts': `${HEAD}import { k as top, started as since } from './other.js';\nconst started = since;\n${BY}\nexport default pipeline({ a: map(top, { run: by(3), uses: { k: 3 } }), b: map(1, { run: (row: any) => row.x + started, uses: { started } }) });\n`,
    });
    expect(Object.values(await digestsOf(folder)).filter((digest) => digest.startsWith('refused'))).toEqual([]);
  });

  test('uses that names something else is refused', async () => {
    expect(await refused(BY, '{ run: by(3), uses: { k: 3, limit: 1 } }')).toMatchObject({
      why: 'unreadable',
      detail: expect.stringContaining('limit'),
    });
  });

  test('uses stands for a declaration that cannot be read', async () => {
    const code = 'const started = Date.now();';
    expect(await refused(code, '{ run: (row: any) => row.x > started }')).toMatchObject({ why: 'undeclared read' });
    const { read } = await one(code, '{ run: (row: any) => row.x > started, uses: { started } }');
    expect(said(read('it'))).not.toMatch(/^refused/);
  });

  test('version stands for the whole text, and nothing else does', async () => {
    const digest = async (stage: string) => said((await one('', stage)).read('it'));
    const first = await digest('{ run: Math.max, version: 1 }');
    expect(first).not.toMatch(/^refused/);
    expect(await digest('{ run: (row: any) => eval(row), version: 1 }')).toBe(first);
    expect(await digest('{ run: Math.max, version: 2 }')).not.toBe(first);
    expect(await digest("{ run: Math.max, version: '1' }")).not.toBe(first);
  });
});

const READS: readonly (readonly [word: string, name: string, body: string])[] = [
  ['clock', 'Date.now', 'Date.now()'],
  ['clock', 'Date', 'new Date()'],
  ['clock', 'performance.now', 'performance.now()'],
  ['clock', 'process.hrtime', 'process.hrtime()'],
  ['random', 'Math.random', 'Math.random()'],
  ['random', 'crypto.randomUUID', 'crypto.randomUUID()'],
  ['random', 'crypto.randomBytes', 'randomBytes(4)'],
  ['network', 'fetch', 'fetch(row.url)'],
  ['network', 'fetch', 'globalThis.fetch(row.url)'],
  ['network', 'http.get', 'http.get(row.url)'],
  ['argv', 'process.argv', 'process.argv[2]'],
  ['host', 'process.platform', 'process.platform'],
  ['host', 'os.cpus', 'os.cpus().length'],
  ['locale', 'toLocaleString', 'row.n.toLocaleString()'],
  ['locale', 'localeCompare', 'row.text.localeCompare(row.other)'],
  ['locale', 'Intl.NumberFormat', 'new Intl.NumberFormat().format(row.n)'],
  ['locale', 'getHours', 'new Date(row.n).getHours()'],
  ['locale', 'Date', 'new Date(2020, 1, row.n)'],
  ['env:KEY', 'process.env.KEY', 'process.env.KEY'],
  ['env:KEY', 'process.env', 'process.env[row.name]'],
  ['file:data.txt', 'fs.readFileSync', "readFileSync('data.txt')"],
];

describe('reads of the world are refused unless declared', () => {
  test.each(READS)('%s: %s in %s', async (word, name, body) => {
    expect(await refused('', `{ run: (row: any) => ${body} }`)).toMatchObject({
      why: 'undeclared read',
      names: [name],
      at: { file: 'pipeline.ts', line: 7 },
    });
    const { folder } = await one('', `{ run: (row: any) => ${body}, reads: ['${word}'] }`);
    write(folder, { 'data.txt': 'x' });
    expect((await digestsOf(folder)).it).not.toMatch(/^refused/);
  });

  test('also in a helper, and while the module loads', async () => {
    const code = 'const help = () => Math.random();\nconst started = Date.now();';
    const refusal = await refused(code, '{ run: (row: any) => [help(), started] }');
    expect(refusal).toMatchObject({
      why: 'undeclared read',
      names: ['Math.random', 'Date.now'],
      words: ['random', 'clock'],
    });
  });

  test.each([
    'new Date(row.n).toISOString()',
    "row.n.toLocaleString('en')",
    "row.text.localeCompare(row.other, 'en')",
    "new Intl.NumberFormat('en').format(row.n)",
    'Math.floor(row.n)',
    "createHash('sha256').update(row.text).digest('hex')",
    "(console.log(row.text), process.stdout.write('x'))",
    'new Promise((done) => setTimeout(done, row.n))',
    'structuredClone(row)',
  ])('not refused: %s', async (body) => {
    const { read } = await one('', `{ run: (row: any) => ${body} }`);
    expect(said(read('it'))).not.toMatch(/^refused/);
  });

  test.each(['import.meta.url', 'import.meta.dirname', '__dirname', 'new URL("./x", import.meta.url).pathname'])(
    'the place of the file, unless it is declared or a file is: %s',
    async (place) => {
      expect(await refused('', `{ run: (row: any) => row.x + ${place} }`)).toMatchObject({
        why: 'undeclared read',
        words: ['place'],
      });
      const { read } = await one('', `{ run: (row: any) => row.x + ${place}, reads: ['place'] }`);
      expect(said(read('it'))).not.toMatch(/^refused/);
    },
  );

  test('a word that is none is refused', async () => {
    expect(await refused('', "{ run: (row: any) => Date.now(), reads: ['clok'] }")).toMatchObject({
      why: 'unreadable',
      detail: expect.stringContaining('clok'),
    });
  });
});

describe('a declared read counts by content', () => {
  test('a file, from the folder of the file that declares it', async () => {
    const folder = projectOf({
      'in/pipeline.ts': `${HEAD}import { readFileSync } from 'node:fs';\nexport default pipeline({ it: map(1, { run: () => readFileSync(new URL('a.txt', import.meta.url)), reads: ['file:a.txt'] }) });\n`,
      'in/a.txt': 'one',
    });
    const old = await digestsOf(folder, 'in/pipeline.ts');
    expect(await digestsOf(folder, 'in/pipeline.ts')).toEqual(old);
    write(folder, { 'in/a.txt': 'two' });
    expect(await digestsOf(folder, 'in/pipeline.ts')).not.toEqual(old);
    write(folder, { 'in/a.txt': 'one' });
    expect(await digestsOf(folder, 'in/pipeline.ts')).toEqual(old);
  });

  test('a file that is missing is refused', async () => {
    const refusal = await refused('', "{ run: () => readFileSync('gone.txt'), reads: ['file:gone.txt'] }");
    expect(refusal).toMatchObject({ why: 'unreadable', detail: expect.stringContaining('gone.txt') });
  });

  test('a variable of the environment', async () => {
    const { folder } = await one('', "{ run: () => process.env.MILLRACE_TEST_KEY, reads: ['env:MILLRACE_TEST_KEY'] }");
    const digest = async (value: string | undefined) => {
      if (value === undefined) delete process.env.MILLRACE_TEST_KEY;
      else process.env.MILLRACE_TEST_KEY = value;
      return (await digestsOf(folder)).it;
    };
    const digests = [
      await digest(undefined),
      await digest(''),
      await digest('a'),
      await digest('b'),
      await digest('a'),
    ];
    await digest(undefined);
    expect(new Set(digests).size).toBe(4);
    expect(digests[2]).toBe(digests[4]);
  });
});

test('where the function stands can be read from the answer', async () => {
  const { read, folder } = await one('const help = (n: number) => n + 1;', '{ run: (row: any) => help(row.n) }');
  expect(codeIn(read('it')).units.map(({ place }) => place)).toEqual(['pipeline.ts:7', 'pipeline.ts:6']);
  expect(join(folder, 'pipeline.ts')).toContain('project');
});
