import { expect, test } from '@jest/globals';
import { parseEnv, type Variable } from '../../src/env/parse.js';

const read = (text: string): Record<string, string> | { line: number } => {
  const parsed = parseEnv(text);
  if ('why' in parsed) return { line: parsed.line };
  return Object.fromEntries((parsed as readonly Variable[]).map(({ name, value }) => [name, value]));
};

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
])('%j', (text, variables) => {
  expect(read(text)).toEqual(variables);
});

test.each<[string, number]>([
  ['A=1\nnothing', 2],
  ['A', 1],
  ['=1', 1],
  ['1A=1', 1],
  ['A-B=1', 1],
  ['A=1\n\nB="open\nC=2\n', 3],
  ['A="a" b', 1],
  ["A='a'b", 1],
  ['A=a\0b', 1],
  ['A: 1', 1],
])('%j is wrong in line %i', (text, line) => {
  expect(read(text)).toEqual({ line });
});

test('a hostile file is read in one pass', () => {
  for (const text of [
    `A="${'\\'.repeat(200_001)}`,
    '"'.repeat(200_000),
    `A=${' #'.repeat(200_000)}`,
    ' '.repeat(500_000),
  ])
    read(text);
});
