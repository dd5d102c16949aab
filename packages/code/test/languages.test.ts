import { afterAll, describe, expect, test } from '@jest/globals';
import { transformSync } from 'esbuild';
import { digestsOf, type Files, projectOf, removeFolders } from './project.js';

afterAll(removeFolders);

const HEAD = "import { map, pipeline } from 'millrace';\n";
const stage = (run: string) => `export default pipeline({ it: map(1, { run: (row: any) => ${run} }) });\n`;

const compiled = (text: string) => transformSync(text, { loader: 'ts', format: 'esm', target: 'node20.19' }).code;

/** The fingerprint as it stands, as `.mts`, and as the JavaScript that a compiler makes of it. */
const both = async (code: string, other: string) => {
  const files: Files = { 'other.ts': other, 'pipeline.ts': HEAD + code, 'pipeline.mts': HEAD + code };
  const [folder, made] = [
    projectOf(files),
    projectOf({ 'other.js': compiled(other), 'pipeline.js': compiled(HEAD + code) }),
  ];
  const [ts, mts, js] = [
    await digestsOf(folder),
    await digestsOf(folder, 'pipeline.mts'),
    await digestsOf(made, 'pipeline.js'),
  ];
  expect(ts.it).not.toMatch(/^refused/);
  expect(mts).toEqual(ts);
  return { ts: ts.it, js: js.it };
};

const SAME: Readonly<Record<string, readonly [code: string, other?: string]>> = {
  'an enum': [`enum E { A = 1, B }\n${stage('E.A + row.n')}`],
  'an enum of texts': [`enum E { A = 'a', B = 'b' }\n${stage('row.n === E.A ? E.B : 0')}`],
  'an enum as a whole': [`enum E { A = 1, B }\n${stage('E[row.n]')}`],
  'a computed enum': [`enum E { A = 'x'.length }\n${stage('E.A')}`],
  'a const enum': [`const enum E { A = 1 }\n${stage('E.A')}`],
  'an enum of another file as a whole': [
    `import { E } from './other.js';\n${stage('E[row.n]')}`,
    'export enum E { A, B }\n',
  ],
  'a helper that has an enum': [
    `import { f } from './other.js';\n${stage('f(row)')}`,
    'enum E { A, B }\nexport const f = (row: any) => row.n === E.B;\n',
  ],
  'a namespace': [`namespace N { export const a = 1; export const f = () => a; }\n${stage('N.f()')}`],
  'a namespace in two pieces': [
    `namespace N { export const a = 1; }\nnamespace N { export const b = 2; }\n${stage('N.a + N.b')}`,
  ],
  'parameter properties': [
    `class A { z = this.x; constructor(readonly x = 1, private y = 2) {} y2() { return this.y; } }\n${stage('new A().y2()')}`,
  ],
  fields: [`class A { x = 1; y: any; static s = 2; declare z: any; }\n${stage('new A().x')}`],
  'an abstract class': [
    `abstract class A { abstract x: any; m() { return this.x; } }\nclass B extends A { x = 2; }\n${stage('new B().m()')}`,
  ],
  'an accessor': [`class A { accessor x = 1; }\n${stage('new A().x')}`],
  overloads: [`function f(a: string): string;\nfunction f(a: any) { return a; }\n${stage('f(row)')}`],
  'import equals': [`import p = require('node:path');\n${stage("p.posix.join('a', row.text)")}`],
};

describe('TypeScript and what a compiler makes of it have one fingerprint', () => {
  test.each(Object.entries(SAME))('%s', async (_, [code, other = '']) => {
    const { ts, js } = await both(code, other);
    expect(js).toBe(ts);
  });
});

/** Documented in docs/code.md: each runs once more when its file is switched. */
const APART: Readonly<Record<string, readonly [code: string, other?: string]>> = {
  'a constant member of an enum of another file': [
    `import { E } from './other.js';\n${stage('E.A + row.n')}`,
    'export enum E { A = 1, B }\n',
  ],
  'decorators that are compiled already': [
    `const mark = (value: any, _: any) => value;\n@mark class A {}\n${stage('new A()')}`,
  ],
};

describe('TypeScript and what a compiler makes of it are told apart', () => {
  test.each(Object.entries(APART))('%s', async (_, [code, other = '']) => {
    const { ts, js } = await both(code, other);
    expect(js).not.toBe(ts);
    expect(js).not.toMatch(/^refused/);
  });
});
