import { createRequire } from 'node:module';
import { Script } from 'node:vm';
import { expect, test } from '@jest/globals';
import { buildSync } from 'esbuild';
import { called, loaded } from './loaded.js';

/** A package as one CommonJS text. */
const packed = (name: string): string => {
  const { outputFiles } = buildSync({
    stdin: { contents: `import * as all from '${name}'; module.exports = all;`, resolveDir: process.cwd() },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node20.19',
    supported: { 'dynamic-import': false },
    minifyWhitespace: true,
    legalComments: 'none',
    logLevel: 'silent',
  });
  return outputFiles[0]!.text;
};

const calls: Readonly<Record<string, (given: any) => unknown>> = {
  papaparse: ({ default: papa }) => [
    papa.parse('a,b\n1,"2,3"', { header: true }).data,
    papa.unparse([{ a: 1, b: 'x,y' }]),
  ],
  'csv-parse/sync': ({ parse }) => [parse('a,b\n1,"2,3"', { columns: true }), parse('a;b', { delimiter: ';' })],
  'fast-check': ({ default: check }) => check.sample(check.array(check.string()), { seed: 7, numRuns: 20 }),
  udsv: ({ inferSchema, initParser }) => {
    const text = 'a,b,c\n1,x,2020-01-05\n2,y,2021-01-05\n';
    return initParser(inferSchema(text)).typedObjs(text);
  },
};

test.each(['papaparse', 'csv-parse/sync', 'fast-check', 'udsv'])('%s answers as in Node', async (name) => {
  const text = packed(name);
  const call = `(given) => JSON.stringify((${calls[name]})(given))`;
  const program = await loaded(`(given) => ({ run: () => (${call})(given) })`, {
    imports: [name],
    packages: new Map([[name, text]]),
  });
  const answer = await called(program, 'run');
  if (answer instanceof Error) throw answer;
  const module = { exports: {} };
  const require = createRequire(import.meta.url);
  new Script(`(function (exports, require, module) {${text}\n})`).runInThisContext()(module.exports, require, module);
  expect(answer).toBe(new Script(`(${call})`).runInThisContext()(module.exports));
});

test('a package is evaluated once a world, and shared by its programs', async () => {
  const packages = new Map([['p', 'let n = 0; exports.up = () => ++n;']]);
  const { world, functions } = await loaded((p: any) => ({ up: p.up }), { imports: ['p'], packages });
  const more = await world.load(
    { digest: 'more', text: '(p) => ({ up: p.up })', imports: [{ name: 'p', how: 'import' }] },
    packages,
  );
  expect([functions['up']!(), more['up']!(), functions['up']!()]).toEqual([1, 2, 3]);
});
