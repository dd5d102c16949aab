import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

interface Manifest {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional: boolean }>>;
}

const manifest = (name: string): Manifest =>
  JSON.parse(readFileSync(join(process.cwd(), 'packages', name, 'package.json'), 'utf8')) as Manifest;

/** Taken into the engine by the build. */
const TAKEN_IN = ['object-hash', 'rxjs', 'fastest-levenshtein'];

test.each(['core', 'code', 'arrow-store', 'stages'])(
  'what %s needs, millrace brings, since its engine holds that code',
  (name) => {
    const { dependencies: own = {}, peerDependencies: peers = {} } = manifest('millrace');
    const needed = Object.entries({ ...manifest(name).dependencies, ...manifest(name).peerDependencies }).filter(
      ([each]) => !each.startsWith('@millrace/') && !TAKEN_IN.includes(each),
    );
    expect(Object.fromEntries(needed.map(([each]) => [each, { ...own, ...peers }[each]]))).toEqual(
      Object.fromEntries(needed),
    );
  },
);

test('what comes with millrace is small: the runtime of local models and the client of the hub are asked for by who uses them', () => {
  const { dependencies, peerDependencies, peerDependenciesMeta } = manifest('millrace');
  expect(Object.keys(dependencies ?? {})).toEqual([
    '@millrace/arrow-store',
    '@millrace/code',
    '@millrace/core',
    '@millrace/stages',
    'acorn',
    'ajv',
    'apache-arrow',
    'esbuild',
    'html-to-text',
    'json-p3',
    'jsonrepair',
    'parquet-wasm',
    'rxjs',
    'smol-toml',
    'unpdf',
    'yaml',
  ]);
  const optional = Object.fromEntries(Object.keys(peerDependencies ?? {}).map((name) => [name, { optional: true }]));
  expect(Object.keys(optional)).toEqual(['@huggingface/hub', '@huggingface/transformers']);
  expect(peerDependenciesMeta).toEqual(optional);
});

test.each(['core', 'code', 'arrow-store', 'stages', 'millrace'])('%s names the others as npm reads them', (name) => {
  const own = Object.entries(manifest(name).dependencies ?? {}).filter(([each]) => each.startsWith('@millrace/'));
  expect(own.map(([, version]) => version)).toEqual(own.map(([each]) => manifest(each.slice(10)).version));
});
