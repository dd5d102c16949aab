import { afterAll, describe, expect, test } from '@jest/globals';
import { digestsOf, projectOf, removeFolders, write } from './project.js';

afterAll(removeFolders);

const HEAD = "import { map, pipeline } from 'millrace';\n";

/** `reads` is the stage whose function sees the state, `other` one that does not. */
interface Case {
  readonly name: string;
  readonly code: string;
  readonly from: string;
  readonly to: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly changed: readonly string[];
}

const stages = (reads: string, other = 'row.text') =>
  `export default pipeline({ reads: map(1, { run: (row: any) => ${reads} }), other: map(1, { run: (row: any) => ${other} }) });\n`;

const seen = (name: string, code: string, from = "'one'"): Case => ({
  name,
  code,
  from,
  to: "'two'",
  changed: ['reads'],
});

const unseen = (name: string, code: string, from = "'one'"): Case => ({ name, code, from, to: "'two'", changed: [] });

const SEEN: readonly Case[] = [
  seen(
    'a table filled by calls',
    `const table: any = {};\nfunction register(k: string, v: string) { table[k] = v; }\nregister('a', 'one');\n${stages('table.a')}`,
  ),
  seen(
    'a table filled by its own method',
    `const table = new Map();\ntable.set('a', 'one');\n${stages('table.get(row.k)')}`,
  ),
  seen('a member that is set', `const table: any = { a: 1 };\ntable.b = 'one';\n${stages('table.b')}`),
  seen('a variable that is set', `let name = '';\nname = 'one';\n${stages('name')}`),
  seen('a variable that is set in a block', `let name = '';\nif (1 + 1 > 1) { name = 'one'; }\n${stages('name')}`),
  seen(
    'a variable that is set by a function',
    `let name = '';\nfunction init() { name = 'one'; }\ninit();\n${stages('name')}`,
  ),
  seen('Object.assign', `const table: any = {};\nObject.assign(table, { a: 'one' });\n${stages('table.a')}`),
  seen(
    'a change through an alias',
    `const table: any = {};\nconst alias = table;\nalias.a = 'one';\n${stages('table.a')}`,
  ),
  seen(
    'a change through what holds it',
    `const table: any = {};\nconst holder = { inner: table };\nholder.inner.a = 'one';\n${stages('table.a')}`,
  ),
  seen(
    'a change through what a call has kept',
    `const table: any = {};\nconst kept: any[] = [];\nconst keep = (x: any) => kept.push(x);\nkeep(table);\nkept[0].a = 'one';\n${stages('table.a')}`,
  ),
  seen(
    'an initialiser that changes',
    `const table: any = {};\nconst add = (v: string) => { table.a = v; return 1; };\nconst done = add('one');\n${stages('table.a')}`,
  ),
  seen(
    'a change in a callback',
    `const table: any = {};\n['one'].forEach((v) => { table[v] = v; });\n${stages('table[row.k]')}`,
  ),
  seen('a loop', `const table: any = {};\nfor (const v of ['one']) table[v] = v;\n${stages('table[row.k]')}`),
  seen(
    'a static block',
    `class Book { static rows: any = {}; static { Book.rows.a = 'one'; } }\n${stages('Book.rows.a')}`,
  ),
  seen('a static field', `class Book { static a = 'one'; }\n${stages('Book.a')}`),
  seen(
    'a static method that fills',
    `class Book { static rows: any = {}; static add(v: string) { this.rows.a = v; } }\nBook.add('one');\n${stages('Book.rows.a')}`,
  ),
  seen(
    'a method added to a prototype',
    `class Book { x = 1; }\n(Book.prototype as any).say = () => 'one';\n${stages('(new Book() as any).say()')}`,
  ),
  seen(
    'a property of a function',
    `function f(): any { return (f as any).a; }\n(f as any).a = 'one';\n${stages('f()')}`,
  ),
  seen(
    'a decorator',
    `const table: any = {};\nconst mark = (v: string) => (target: any) => { table[target.name] = v; };\n@mark('one')\nclass Book {}\n${stages('table.Book')}`,
  ),
  seen(
    'a decorator of the class itself',
    `const mark = (v: string) => (target: any) => { target.a = v; };\n@mark('one')\nclass Book {}\n${stages('(Book as any).a')}`,
  ),
  seen(
    'a new object that registers itself',
    `const table: any = {};\nclass Entry { constructor(v: string) { table.a = v; } }\nnew Entry('one');\n${stages('table.a')}`,
  ),
  seen('a getter in a literal', `const table = { get a() { return 'one'; } };\n${stages('table.a')}`),
  seen('a polyfill', `(String.prototype as any).shout = () => 'one';\n${stages('row.text.shout()')}`),
  seen('what runs at once', `const table: any = {};\n(() => { table.a = 'one'; })();\n${stages('table.a')}`),
  seen('a pattern that assigns', `const table: any = {};\n[table.a] = ['one'];\n${stages('table.a')}`),
];

const first = (cases: readonly Case[]) =>
  cases.map((each) =>
    ['a polyfill', 'code made from text'].includes(each.name) ? { ...each, changed: ['reads', 'other'] } : each,
  );

const UNSEEN: readonly Case[] = [
  unseen('a table that is not reached', `const table: any = {};\ntable.a = 'one';\n${stages('row.k')}`),
  unseen(
    'a stage that reads the same table',
    `const table: any = {};\ntable.a = 1;\nexport const more = map(1, { run: () => table.a + 'one' });\n${stages('table.a')}`,
  ),
  unseen(
    'a constant computed from the same helper',
    `const ESC: any = { a: 'b' };\nconst esc = (s: string) => s.replace(/./g, (c) => ESC[c] ?? c);\nconst TITLE = esc('one');\n${stages('esc(row.text)')}`,
  ),
  unseen(
    'a constant computed from the same literal',
    `const LIMITS = { low: 1, high: 2 } as const;\nconst TEXT = [LIMITS.low, 'one'].join();\nconst KEYS = [...Object.keys(LIMITS), 'one'];\n${stages('LIMITS.high')}`,
  ),
  unseen(
    'an object that reads the same enum',
    `enum Level { Low, High }\nconst NAMES = String(Level.Low) + 'one';\n${stages('Level[row.n]')}`,
  ),
  unseen(
    'a log of the same table',
    `const table = new Map();\nconsole.assert(true, 'one', table);\n${stages('table.get(row.k)')}`,
  ),
  unseen(
    'options of the pipeline',
    `const table: any = { a: 1 };\nawait Promise.resolve('one');\n${stages('table.a')}`,
  ),
];

const FILES: readonly Case[] = [
  {
    ...seen(
      'a table filled in another file',
      `import { table } from './table.js';\nimport './fill.js';\n${stages('table.a')}`,
    ),
    files: {
      'table.ts': 'export const table: any = {};\n',
      'fill.ts': "import { table } from './table.js';\ntable.a = 'one';\n",
    },
    from: 'fill.ts',
  },
  {
    ...seen('an import that sets a package up', ''),
    from: ';\n\n',
    to: ";\nimport 'kit/extra.js';\n",
    code: `import kit from 'kit';\n\n${stages('kit.run(row)')}`,
    files: {
      'node_modules/kit/package.json': '{ "name": "kit", "version": "1.0.0", "main": "index.js" }',
      'node_modules/kit/index.js': 'module.exports = { extend() {}, run: (row) => row };\n',
      'node_modules/kit/extra.js': '',
    },
    // It may change anything that all functions of the file see.
    changed: ['reads', 'other'],
  },
  {
    ...seen('a package that is set up', `import kit from 'kit';\nkit.extend('one');\n${stages('kit.run(row)')}`),
    files: {
      'node_modules/kit/package.json': '{ "name": "kit", "version": "1.0.0", "main": "index.js" }',
      'node_modules/kit/index.js': 'module.exports = { extend() {}, run: (row) => row };\n',
    },
  },
];

const changedBy = async ({ code, from, to, files = {} }: Case) => {
  const before = {
    'pipeline.ts': HEAD + code,
    'tsconfig.json': '{ "compilerOptions": { "experimentalDecorators": true } }',
    ...files,
  };
  const folder = projectOf(before);
  const old = await digestsOf(folder);
  expect(Object.values(old).filter((digest) => digest.startsWith('refused'))).toEqual([]);
  const file = from in before ? from : 'pipeline.ts';
  const text = before[file as 'pipeline.ts'];
  const edited = text.replace(from in before ? "'one'" : from, to);
  expect(edited).not.toBe(text);
  write(folder, { [file]: edited });
  const now = await digestsOf(folder);
  return Object.keys(old).filter((name) => old[name] !== now[name]);
};

const table = (cases: readonly Case[]) => cases.map((each) => [each.name, each] as const);

describe('state is not lost sight of', () => {
  test.each(table([...first(SEEN), ...FILES]))('%s', async (_, each) => {
    expect(await changedBy(each)).toEqual(each.changed);
  });
});

describe('what cannot change what is reached stays out', () => {
  test.each(table(UNSEEN))('%s', async (_, each) => {
    expect(await changedBy(each)).toEqual(each.changed);
  });
});

test('the order of statements that change state counts', async () => {
  const code = (lines: string) => `${HEAD}const table: any = {};\n${lines}\n${stages('snapshot.a')}`;
  const folder = projectOf({ 'pipeline.ts': code("const snapshot = { ...table };\ntable.a = 'one';") });
  const old = await digestsOf(folder);
  write(folder, { 'pipeline.ts': code("table.a = 'one';\nconst snapshot = { ...table };") });
  const now = await digestsOf(folder);
  expect(now.reads).not.toBe(old.reads);
  expect(now.other).toBe(old.other);
});
