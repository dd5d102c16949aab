import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type * as Esbuild from 'esbuild';
import { conditionsOfProcess } from '../process.js';
import { esbuild } from './bundle.js';

/** A package or a built-in module, as the user's code asks for it: as a namespace, as `require` gives it, or when it is called for. */
export interface Asked {
  /** `node:path`, or where the package's file lies. */
  readonly from: string;
  readonly how: 'import' | 'require' | 'later';
}

const texts = new Map<string, Promise<string>>();

/**
 * Packages as one CommonJS module, made once a process, that exports what each of them gives to the asking file. Together,
 * so that one which changes another (`moment-timezone`) meets the same copy of it.
 */
export const packagesText = (asked: readonly Asked[]): Promise<string> => {
  const key = JSON.stringify(asked.map(({ how, from }) => [how, from]));
  const known = texts.get(key) ?? bundled(asked);
  texts.set(key, known);
  return known;
};

const bundled = async (asked: readonly Asked[]): Promise<string> => {
  const { outputFiles } = await build(asked, {
    format: 'cjs',
    // A world has nothing to load from; without comments, none of them reads like an import.
    supported: { 'dynamic-import': false },
    minifyWhitespace: true,
    footer: { js: 'module.exports = module.exports.all;' },
  });
  return outputFiles?.[0]?.text ?? '';
};

/** A package with all that it loads, found as Node finds it. */
export const buildPackage = (asked: Asked, more: Esbuild.BuildOptions) => build([asked], more);

const build = (asked: readonly Asked[], more: Esbuild.BuildOptions) => {
  const files = asked.map(({ from }) => fileIn(from));
  const imports = asked.map(({ how }, at) =>
    how !== 'require' ? `import * as p${at} from ${JSON.stringify(files[at])};\n` : '',
  );
  const given = asked.map(({ how }, at) => (how !== 'require' ? `p${at}` : `require(${JSON.stringify(files[at])})`));
  const contents = `${imports.join('')}export const all = [${given.join(', ')}];`;
  return esbuild().build({
    stdin: { contents, resolveDir: dirname(files[0] ?? '/'), loader: 'js', sourcefile: 'asked.mjs' },
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
