import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type * as Esbuild from 'esbuild';
import { conditionsOfProcess } from '../process.js';

/** A package as the user's code asks for it. */
export interface PackageAsked {
  /** Where its file lies. */
  readonly from: string;
  readonly how: 'import' | 'require';
}

const texts = new Map<string, Promise<string>>();

/** The whole of a package as one CommonJS module, made once a process: what it exports is what the asking file gets. */
export const packageText = (asked: PackageAsked): Promise<string> => {
  const key = `${asked.how} ${asked.from}`;
  const known = texts.get(key) ?? bundled(asked);
  texts.set(key, known);
  return known;
};

const bundled = async ({ from, how }: PackageAsked): Promise<string> => {
  const path = JSON.stringify(from.startsWith('file:') ? fileURLToPath(from) : from);
  const contents =
    how === 'require'
      ? `module.exports = { all: require(${path}) };`
      : `import * as all from ${path};\nexport { all };`;
  const { build } = createRequire(import.meta.url)('esbuild') as typeof Esbuild;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: dirname(JSON.parse(path) as string), loader: 'js', sourcefile: 'asked.mjs' },
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    target: 'node20.19',
    charset: 'utf8',
    conditions: conditionsOfProcess(),
    logLevel: 'silent',
    legalComments: 'none',
    // A world has nothing to load from; without comments, none of them reads like an import.
    supported: { 'dynamic-import': false },
    minifyWhitespace: true,
    footer: { js: 'module.exports = module.exports.all;' },
  });
  return outputFiles[0]?.text ?? '';
};
