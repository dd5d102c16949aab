import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync, build as esbuild, type Plugin } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
const packages = join(here, '../../..');

/** The store without its formats, and what the engine asks of a lock: the real sources. */
const ENTRY = `
  export { openStore } from '${packages}/arrow-store/src/store.ts';
  export { watched } from '${packages}/core/src/execute/watched.ts';
`;

/** A change to a source that makes the protocol wrong. */
export interface Mutant {
  readonly file: string;
  readonly changes: readonly (readonly [from: string, to: string])[];
}

const simulated = (mutant: Mutant | undefined): Plugin => ({
  name: 'simulated',
  setup(build) {
    build.onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: 'sim' }));
    build.onLoad({ filter: /.*/, namespace: 'sim' }, ({ path }) => ({
      contents: `module.exports = SIM.modules['${path}'] ?? {};`,
    }));
    build.onResolve({ filter: /^@millrace\/core$/ }, () => ({
      path: `${packages}/core/src/index.ts`,
      sideEffects: false,
    }));
    build.onResolve({ filter: /(formats\/index|\/verify)\.js$/ }, ({ path }) => ({ path, namespace: 'none' }));
    build.onLoad({ filter: /.*/, namespace: 'none' }, () => ({ contents: 'export {};' }));
    if (mutant)
      build.onLoad({ filter: new RegExp(`${mutant.file}$`) }, ({ path }) => ({
        contents: changed(path, mutant),
        loader: 'ts',
      }));
  },
});

const changed = (path: string, { changes }: Mutant): string => {
  let text = readFileSync(path, 'utf8');
  for (const [from, to] of changes) {
    if (!text.includes(from)) throw new Error(`BUG: ${path} has no ${from}`);
    text = text.replace(from, to);
  }
  return text;
};

export async function codeOf(mutant?: Mutant): Promise<string> {
  const built = await esbuild({
    stdin: { contents: ENTRY, resolveDir: here, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'MADE',
    platform: 'node',
    target: 'node20',
    treeShaking: true,
    plugins: [simulated(mutant)],
    logLevel: 'error',
  });
  return built.outputFiles[0]?.text ?? '';
}

/** The program of a worker thread. */
export function workerFile(folder: string): string {
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, 'worker.mjs');
  buildSync({
    entryPoints: [join(here, 'worker.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
  });
  return outfile;
}
