import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import type { Engine } from '../kit.js';

/** A place in the engine's source, and what a careless author might have written there. */
export interface Break {
  readonly file: string;
  readonly find: string;
  readonly put: string;
}

const SOURCE = join(process.cwd(), 'packages/core/src');

/** The engine with a fault in it: the same source, with one line changed before it is bundled. */
export async function broken(at: Break): Promise<Engine> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-broken-'));
  const outfile = join(folder, 'engine.mjs');
  try {
    await build({
      entryPoints: [join(SOURCE, 'index.ts')],
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      logLevel: 'silent',
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
      plugins: [changed(at)],
    });
    return (await import(pathToFileURL(outfile).href)) as Engine;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const changed = ({ file, find, put }: Break): Plugin => ({
  name: 'changed',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      if (relative(SOURCE, path) !== file) return undefined;
      const text = readFileSync(path, 'utf8');
      if (text.split(find).length !== 2) throw new Error(`${file} does not have this just once: ${find}`);
      return { contents: text.replace(find, () => put), loader: 'ts' };
    }),
});
