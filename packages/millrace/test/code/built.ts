import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { newFolder } from './project.js';

const room = new URL('../../', import.meta.url).pathname;

let made: Promise<string> | undefined;

/** The reader as plain JavaScript, for processes that know neither TypeScript nor our source condition. */
export const builtReader = (): Promise<string> => {
  made ??= make();
  return made;
};

const make = async () => {
  const folder = newFolder();
  const outfile = join(folder, 'code.mjs');
  await build({
    entryPoints: [join(room, 'src/code/index.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'silent',
  });
  mkdirSync(join(folder, 'node_modules'));
  for (const name of ['acorn', 'esbuild'])
    if (existsSync(join(room, 'node_modules', name)))
      symlinkSync(join(room, 'node_modules', name), join(folder, 'node_modules', name));
  return pathToFileURL(outfile).href;
};
