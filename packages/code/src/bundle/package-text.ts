import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type * as Esbuild from 'esbuild';
import { conditionsOfProcess } from '../process.js';
import { esbuild } from './bundle.js';

/** A package or a built-in module, as the user's code asks for it: as a namespace, or as `require` gives it. */
export interface Asked {
  /** `node:path`, or where the package's file lies. */
  readonly from: string;
  readonly how: 'import' | 'require';
}

const texts = new Map<string, Promise<string>>();

/** The whole of a package as one CommonJS module, made once a process: what it exports is what the asking file gets. */
export const packageText = (asked: Asked): Promise<string> => {
  const key = `${asked.how} ${asked.from}`;
  const known = texts.get(key) ?? bundled(asked);
  texts.set(key, known);
  return known;
};

const bundled = async (asked: Asked): Promise<string> => {
  const { outputFiles } = await buildPackage(asked, {
    format: 'cjs',
    // A world has nothing to load from; without comments, none of them reads like an import.
    supported: { 'dynamic-import': false },
    minifyWhitespace: true,
    footer: { js: 'module.exports = module.exports.all;' },
  });
  return outputFiles?.[0]?.text ?? '';
};

/** A package with all that it loads, found as Node finds it. */
export const buildPackage = ({ from, how }: Asked, more: Esbuild.BuildOptions) => {
  const file = fileIn(from);
  const path = JSON.stringify(file);
  const contents =
    how === 'require'
      ? `module.exports = { all: require(${path}) };`
      : `import * as all from ${path};\nexport { all };`;
  return esbuild().build({
    stdin: { contents, resolveDir: dirname(file), loader: 'js', sourcefile: 'asked.mjs' },
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    target: 'node20.19',
    charset: 'utf8',
    conditions: conditionsOfProcess(),
    mainFields: ['main'],
    resolveExtensions: ['.js', '.json', '.node'],
    // What the author only claims to have no effect stays.
    ignoreAnnotations: true,
    tsconfigRaw: '{}',
    logLevel: 'silent',
    legalComments: 'none',
    ...more,
  } as const);
};

export const fileIn = (address: string) => (address.startsWith('file:') ? fileURLToPath(address) : address);
