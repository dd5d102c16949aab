import { afterAll, describe, expect, test } from '@jest/globals';
import { type Files, load, projectOf, removeFolders, type Stage } from '../project.js';

afterAll(removeFolders);

const PIPELINE = (run: string, more = '') =>
  `import { map, pipeline } from 'millrace';\n${more}\nexport default pipeline({ out: map({}, { run: ${run} }), other: map({}, { run: () => used() }) });\n`;

type Nature = 'pure' | 'answered';

const make = async (files: Files, nature: Nature = 'answered') => {
  const { stages, reader } = await load(projectOf(files), 'pipeline.ts');
  const made = async (name: string) => {
    const { run, ...said } = stages[name] as Stage & { impure?: readonly string[] };
    const use = { fn: run, ...said, ...(said.impure && { reads: said.impure }) };
    return (await reader.make!({ run: use }, { nature })).functions['run'] as Stage['run'];
  };
  return { made, stages };
};

/** A name at the top of a file, and another file that changes it in a way that no text tells. */
const beside = (top: string, change: string, read = 'held.x'): Files => ({
  'state.ts': `${top}\nexport const used = () => held;\n`,
  'setup.ts': `import { held } from './state.js';\nconst trap = { get go() { const got: any = held; ${change} return 1; } };\ntrap.go;\nexport {};\n`,
  'pipeline.ts': PIPELINE(`() => ({ y: ${read} })`, "import { held, used } from './state.js';\nimport './setup.js';"),
});

const GAPS = [
  [
    'an object',
    'export const held: any = {};',
    'got.x = 1;',
    '`held` (state.ts:1) is `{ x: 1 }` in the program and `{}` in its own code',
  ],
  [
    'a list',
    'export const held: any = [1];',
    'got.push(2);',
    '`held` (state.ts:1) is `[ 1, 2 ]` in the program and `[ 1 ]` in its own code',
  ],
  [
    'a Map',
    'export const held: any = new Map([["a", 1]]);',
    'got.set("a", 2);',
    "`Map(1) { 'a' => 2 }` in the program and `Map(1) { 'a' => 1 }`",
  ],
  ['a Set', 'export const held: any = new Set();', 'got.add(1);', '`Set(1) { 1 }` in the program and `Set(0) {}`'],
  ['a date', 'export const held: any = new Date(0);', 'got.setTime(5);', '1970-01-01T00:00:00.005Z` in the program'],
  ['bytes', 'export const held: any = new Uint8Array(2);', 'got[1] = 7;', '[ 0, 7 ]` in the program'],
  ['a static', 'export class held { static x: any; }', 'got.x = 1;', '`held` (state.ts:1)'],
  [
    'a method',
    'export class held { static x: any; }',
    'got.prototype.say = () => 1;',
    '`held` (state.ts:1) differs: in the program held.prototype.say is',
  ],
  [
    'a property of a function',
    'export function held(): any {}',
    'got.x = 1;',
    '`held` (state.ts:1) is `[Function: held] { x: 1 }`',
  ],
  [
    'an object of a class',
    'class Box { x = 0; }\nexport const held: any = new Box();',
    'got.x = 1;',
    '`Box { x: 1 }` in the program and `Box { x: 0 }`',
  ],
  [
    'what a function made',
    'const make = () => ({ list: [1] });\nexport const held: any = make();',
    'got.list.length = 0;',
    '`{ list: [] }` in the program and `{ list: [ 1 ] }`',
  ],
  [
    'a part of a large table',
    'export const held: any = Object.fromEntries(Array.from({ length: 99 }, (_, n) => [`key ${n}`, n]));',
    'got["key 98"] = 0;',
    'in the program held.key 98 is 0, in its own code held.key 98 is 98',
  ],
] as const;

describe('what another file sets behind the back of a key is refused by name', () => {
  test.each(GAPS)('%s', async (_, top, change, says) => {
    const { made } = await make(beside(top, change));
    const refusal = await made('out').then(
      () => 'made',
      (error: Error) => error.message,
    );
    expect(refusal).toContain(says);
    expect(refusal).toMatch(
      /^The function run would not answer as in the program: .*Import what sets it where it is declared, or pass the value in `with`\.$/,
    );
  });

  test('a pure function too', async () => {
    const { made } = await make(beside('export const held: any = {};', 'got.x = 1;'), 'pure');
    await expect(made('out')).rejects.toThrow('`held` (state.ts:1) is `{ x: 1 }` in the program and `{}`');
  });
});

const KIT: Files = {
  'node_modules/kit/package.json': '{ "name": "kit", "version": "1.0.0", "main": "index.js" }',
  'node_modules/kit/index.js':
    'let n = 0;\nmodule.exports = { next: () => ++n, Client: class Client { id = ++n; } };\n',
};

const FINE: readonly (readonly [string, string])[] = [
  ['what is set in the open', 'export const held: any = {};\nheld.x = 1;'],
  ['a cycle', 'export const held: any = { x: 1 };\nheld.self = held;'],
  ['what a package gives', "import { next } from 'kit';\nexport const held: any = { x: next() };"],
  ['a client', "import { Client } from 'kit';\nexport const held: any = new Client();"],
  [
    'objects of the platform',
    "export const held: any = { x: new AbortController(), url: new URL('http://a/b'), text: new TextEncoder(), late: Promise.resolve(1), weak: new WeakMap() };",
  ],
  [
    'a proxy and a getter',
    'let n = 0;\nexport const held: any = new Proxy({}, { ownKeys: () => { throw new Error("asked"); } });\nexport const got = { get x() { return ++n; } };',
  ],
  ['a Map by objects', 'const key = { k: 1 };\nexport const held: any = new Map([[key, { x: 1 }]]);'],
  [
    'what goes on after the file was loaded',
    'export const held: any = {};\nasync function fill() { for (let n = 0; n < 9; n++) await null; held.x = 1; }\nfill();',
  ],
  ['a timer', 'export const held: any = { x: 0 };\nsetTimeout(() => { held.x += 1; });'],
];

/** The program goes on to load while its timers run. */
const LATE = "import { held, used } from './state.js';\nawait new Promise((done) => setTimeout(done, 5));";

describe.each(['answered', 'pure'] as const)('of %s functions', (nature) => {
  test.each(FINE)('%s is no gap', async (_, top) => {
    const files = {
      ...KIT,
      'state.ts': `${top}\nexport const used = () => held;\n`,
      'pipeline.ts': PIPELINE('() => ({ y: typeof held })', LATE),
    };
    const { made } = await make(files, nature);
    expect((await made('out'))({})).toMatchObject({ y: 'object' });
  });
});

test('the time and chance that a function declares are no gap', async () => {
  const { made } = await make({
    'pipeline.ts': `import { map, pipeline } from 'millrace';
import { randomUUID } from 'node:crypto';
const started = Date.now() + performance.now();
const run = { id: randomUUID(), at: Math.random(), day: new Date() };
export default pipeline({ out: map({}, { impure: ['clock', 'random'], run: () => ({ y: typeof started, z: typeof run.id }) }) });\n`,
  });
  expect((await made('out'))({})).toEqual({ y: 'number', z: 'string' });
});

test('what functions leave behind when they are called is no gap', async () => {
  const memo = 'const memo = new Map<number, number>();\nconst used = () => memo;\n';
  const { made, stages } = await make({
    'pipeline.ts': PIPELINE('({ x }: any) => { memo.set(x, memo.get(x) ?? x * 2); return { y: memo.get(x) }; }', memo),
  });
  await made('out');
  stages['out']!.run({ x: 1 });
  const run = await made('out');
  expect(run({ x: 4 })).toEqual({ y: 8 });
});

test('whoever lists what a file exports sees nothing more', async () => {
  const { stages } = await make({
    'pipeline.ts': PIPELINE("async () => ({ y: Object.keys(await import('./later.js')) })", 'const used = () => 1;'),
    'later.ts': 'export const one = 1;\n',
  });
  expect(await stages['out']!.run({})).toEqual({ y: ['one'] });
});
