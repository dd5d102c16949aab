import { expect, test } from '@jest/globals';
import { parseEnv } from '../../src/env/parse.js';

const read = (text: string): Record<string, string> =>
  Object.fromEntries(parseEnv(text).variables.map(({ name, value }) => [name, value]));
const linesLeftOut = (text: string): number[] => parseEnv(text).bad.map(({ line }) => line);

test.each<[string, Record<string, string>]>([
  ['', {}],
  ['\n# nothing\n   # too\n\n', {}],
  ['A=1', { A: '1' }],
  ['A=1\r\nB=2\rC=3\n', { A: '1', B: '2', C: '3' }],
  ['\ufeffA=1', { A: '1' }],
  ['  export  A = 1 2  # why', { A: '1 2' }],
  ['A=a#b', { A: 'a#b' }],
  ['A=#b', { A: '' }],
  ['A=\nB=', { A: '', B: '' }],
  ['A="a # b" # why\nB=2', { A: 'a # b', B: '2' }],
  [`A='a \\n "b" $C'`, { A: 'a \\n "b" $C' }],
  [`A="a\\n\\t\\"b\\" \\\\ \\$C \\x $(id) \${D}"`, { A: 'a\n\t"b" \\ $C \\x $(id) ${D}' }],
  ['A="one\ntwo\n\n# three"\nB=4', { A: 'one\ntwo\n\n# three', B: '4' }],
  ["A='one\ntwo'", { A: 'one\ntwo' }],
  ['A=`a "b" \'c\'`', { A: `a "b" 'c'` }],
  ['A=$(touch x) `id`', { A: '$(touch x) `id`' }],
  ['A=a"b"', { A: 'a"b"' }],
  ['A=1\nA=2', { A: '2' }],
  ['A=é😀', { A: 'é😀' }],
  ['A=a=b==', { A: 'a=b==' }],
  ['A.B=1\nmy-key=2', { 'A.B': '1', 'my-key': '2' }],
  ['; as in an .ini\nA=a; b ; c', { A: 'a; b ; c' }],
])('%j', (text, variables) => {
  expect(read(text)).toEqual(variables);
  expect(linesLeftOut(text)).toEqual([]);
});

test.each<[string, number[], Record<string, string>]>([
  ['A=1\nnothing\nB=2', [2], { A: '1', B: '2' }],
  ['A\nexport B\nC=3', [1, 2], { C: '3' }],
  ['=1', [1], {}],
  ['1A=1', [1], {}],
  ['A=1\n\nB="open\nC=2\n', [3], { A: '1', C: '2' }],
  ['A="a" b', [1], {}],
  ["A='a'b\nB=2", [1], { B: '2' }],
  ['A=a\0b', [1], {}],
  ['A: 1', [1], {}],
])('of %j the lines %j are left out, and the others are read', (text, lines, variables) => {
  expect([linesLeftOut(text), read(text)]).toEqual([lines, variables]);
});

test('a hostile file is read in one pass', () => {
  for (const text of [
    `A="${'\\'.repeat(200_001)}`,
    '"'.repeat(200_000),
    `A=${' #'.repeat(200_000)}`,
    ' '.repeat(500_000),
    'A\n'.repeat(200_000),
    'A="\n'.repeat(200_000),
  ])
    read(text);
});
