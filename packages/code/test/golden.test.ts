import { afterAll, expect, test } from '@jest/globals';
import { codeIn, digestsOf, load, projectOf, removeFolders } from './project.js';

afterAll(removeFolders);

const PIPELINE = `import { map, pipeline } from 'millrace';
import { Level, Money, table, tidy } from './lib.js';
import words from './words.json' with { type: 'json' };
type Row = { text: string; n: number };
export default pipeline({
  expression: map(1, { run: (row: Row) => ({ out: row.text?.trim() ?? \`none \${row.n}\` }) }),
  statements: map(1, { run(row: Row) { let sum = 0; for (const each of words.stop) { if (each === row.text) continue; sum += each.length ** 2; } return sum; } }),
  helpers: map(1, { run: async ({ text, n = 2 }: Row) => [tidy(text), new Money(n).cents(), Level.High, /a+/gu.test(text)] }),
  state: map(1, { run: (row: Row) => table.get(row.text) }),
});
`;

const LIB = `export enum Level { Low = 1, High = 2 }
export class Money { static made = 0; readonly #n: number; constructor(n: number) { this.#n = n; Money.made++; } cents() { return this.#n * 100; } }
export const tidy = (text: string, by = ' ') => text.split(/\\s+/).join(by);
export const table = new Map<string, number>();
table.set('a', 1);
`;

/** Stored results hang on these. If one changes, every user's functions run again: raise the scheme and say so, or find out why. */
const GOLDEN = {
  expression: 'a53ed9c391296eedb82ce8a9a3ebcadd34a079b0da5f44b9c4e9e7a1d2e6fac8',
  statements: '01d9ba2f665d5204ef52140f78e5e707b5e01dbb1d2eb8183da3ed614044dfb0',
  helpers: '907a8e858d17c1947db1abc2c315a7879769ec164edb7ddb7a4a2ec505db0d32',
  state: 'a8e8333c5a2ec31c4d94f512edc7a773e2257eb1f3fbc343c1c72e2f216900a4',
};

test('the fingerprints of the last version', async () => {
  const folder = projectOf({ 'pipeline.ts': PIPELINE, 'lib.ts': LIB, 'words.json': '{ "stop": ["a", "the"] }' });
  expect(await digestsOf(folder)).toEqual(GOLDEN);
});

test('the fingerprints of 0.1, by which it counted packages, are still told', async () => {
  const folder = projectOf({
    'pipeline.ts': `import { map, pipeline } from 'millrace';
import { a } from 'kit';
export default pipeline({ packaged: map(1, { run: (row: any) => a + row.n }), formatted: map(1, { run: (row: any) => row.n.toLocaleString('de') }) });
`,
    'node_modules/kit/package.json':
      '{ "name": "kit", "version": "1.2.3", "type": "module", "main": "index.js", "dependencies": { "below": "*" } }',
    'node_modules/kit/index.js': "export { a } from 'below';\n",
    'node_modules/below/package.json': '{ "name": "below", "version": "2.0.0", "type": "module", "main": "index.js" }',
    'node_modules/below/index.js': 'export const a = 1;\n',
  });
  const { read } = await load(folder, 'pipeline.ts');
  const formers = Object.fromEntries(['packaged', 'formatted'].map((name) => [name, codeIn(read(name)).former]));
  expect(formers).toEqual({
    packaged: '51fa836eb6a388f4447b9c16e931284963ac8acbe11986a901f0ef77b6e24e95',
    formatted: 'e93c179d6dc31102c69ef8af5cd6665da5db90cbf167ae8914b99794a498a48a',
  });
});
