import { afterAll, describe, expect, test } from '@jest/globals';
import { digestsOf, projectOf, removeFolders, write } from './project.js';

afterAll(removeFolders);

const stages = (run: string) =>
  `import { map, pipeline } from 'millrace';\nexport default pipeline({ reads: map(1, { run: (row: any) => ${run} }), other: map(1, { run: (row: any) => row.text }) });\n`;

/** Whoever changes what everybody shares is in the key of everybody. */
const SHARED: readonly (readonly [name: string, code: string, run: string])[] = [
  ['a prototype', "(Array.prototype as any).last = () => 'one';", 'row.a.last()'],
  ['Object.assign', "Object.assign(String.prototype, { shout: () => 'one' });", 'row.text.shout()'],
  ['defineProperty', "Object.defineProperty(String.prototype, 'shout', { value: () => 'one' });", 'row.text.shout()'],
  ['a static member', "(String as any).shout = () => 'one';", '(String as any).shout()'],
  ['the prototype of a literal', "Object.getPrototypeOf([]).last = () => 'one';", 'row.a.last()'],
  ['__proto__', "('' as any).__proto__.shout = () => 'one';", 'row.text.shout()'],
  ['a constructor', "([] as any).constructor.prototype.last = () => 'one';", 'row.a.last()'],
  [
    'a function that finds it',
    "const add = () => { Object.getPrototypeOf([]).last = () => 'one'; };\nadd();",
    'row.a.last()',
  ],
];

describe('a change of built-in objects is seen by every stage', () => {
  test.each(SHARED)('%s', async (_, code, run) => {
    const folder = projectOf({ 'pipeline.ts': `${stages(run)}${code}\n` });
    const old = await digestsOf(folder);
    write(folder, { 'pipeline.ts': `${stages(run)}${code.replace("'one'", "'two'")}\n` });
    const now = await digestsOf(folder);
    expect(Object.keys(old).filter((name) => old[name] !== now[name])).toEqual(['reads', 'other']);
  });
});

const OWN: readonly (readonly [name: string, code: string])[] = [
  ['getPrototypeOf', "Object.getPrototypeOf(new Entry()).say = () => 'one';"],
  ['__proto__', "const entry: any = new Entry();\nentry.__proto__.say = () => 'one';"],
  ['a constructor', "(new Entry() as any).constructor.prototype.say = () => 'one';"],
  [
    'a function that finds it',
    "const add = (to: any) => { Object.getPrototypeOf(to).say = () => 'one'; };\nadd(new Entry());",
  ],
];

describe('a class that is changed through one of its objects', () => {
  test.each(OWN)('%s', async (_, code) => {
    const text = `${stages('(new Entry() as any).say()')}class Entry {}\n${code}\n`;
    const folder = projectOf({ 'pipeline.ts': text });
    const old = await digestsOf(folder);
    write(folder, { 'pipeline.ts': text.replace("'one'", "'two'") });
    expect((await digestsOf(folder)).reads).not.toBe(old.reads);
  });
});
