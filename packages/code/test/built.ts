import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { newFolder } from './project.js';

const room = new URL('../', import.meta.url).pathname;

/** A place in the reader's source, and what a careless author might have written there. */
export interface Break {
  readonly file: string;
  readonly find: string;
  readonly put: string;
}

let made: Promise<string> | undefined;

/** The reader as plain JavaScript, for processes that know neither TypeScript nor our source condition. */
export const builtReader = (): Promise<string> => {
  made ??= make([]);
  return made;
};

/** The reader with a fault in it: the same source, with one line changed before it is bundled. */
export const brokenReader = (at: Break): Promise<string> => make([changed(at)]);

const make = async (plugins: Plugin[]) => {
  const folder = newFolder();
  const outfile = join(folder, 'node_modules/reader/code.mjs');
  await build({
    entryPoints: [join(room, 'src/index.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'silent',
    plugins,
  });
  for (const name of ['acorn', 'esbuild'])
    if (existsSync(join(room, 'node_modules', name)))
      symlinkSync(join(room, 'node_modules', name), join(folder, 'node_modules', name));
  return pathToFileURL(outfile).href;
};

const changed = ({ file, find, put }: Break): Plugin => ({
  name: 'changed',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      if (relative(join(room, 'src'), path) !== file) return undefined;
      const text = readFileSync(path, 'utf8');
      if (text.split(find).length !== 2) throw new Error(`${file} does not have this just once: ${find}`);
      return { contents: text.replace(find, () => put), loader: 'ts' };
    }),
});
