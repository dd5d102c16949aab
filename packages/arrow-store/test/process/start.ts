import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach } from '@jest/globals';
import { buildSync } from 'esbuild';
import { remove } from '../../../../jest/remove.js';

const here = fileURLToPath(new URL('.', import.meta.url));

/** Beside the package's dependencies, so that it finds them. */
const folder = join(here, '../../node_modules/.cache/millrace', `child-${process.pid}`);

/** The store as a program in a few files: what is loaded later is a file of its own. */
const built = (): string => {
  const program = join(folder, 'child.mjs');
  if (existsSync(program)) return program;
  buildSync({
    entryPoints: [join(here, 'child.ts')],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@millrace/source'],
    external: ['apache-arrow', 'apache-arrow/*', 'parquet-wasm', 'parquet-wasm/*'],
    logLevel: 'error',
  });
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return program;
};

export interface Started {
  readonly child: ChildProcess;
  /** Code or signal. */
  readonly ended: Promise<number | string>;
  readonly output: () => string;
}

export const start = (act: string, ...args: readonly (string | number)[]): Started =>
  watch([process.execPath, built(), act, ...args.map(String)]);

/** A copy of the program where none of its dependencies can be found. */
export const startAlone = (place: string, act: string, ...args: readonly (string | number)[]): Started => {
  cpSync(dirname(built()), place, { recursive: true });
  return watch([process.execPath, join(place, 'child.mjs'), act, ...args.map(String)]);
};

/** In a shell that sets limits first. */
export const startIn = (shell: string, act: string, ...args: readonly (string | number)[]): Started =>
  watch(['sh', '-c', `${shell}; exec "$@"`, 'sh', process.execPath, built(), act, ...args.map(String)]);

const watch = ([command = '', ...args]: readonly string[]): Started => {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      text += chunk;
    });
  const ended = new Promise<number | string>((resolve) =>
    child.on('close', (code, signal) => resolve(signal ?? code ?? -1)),
  );
  return { child, ended, output: () => text };
};

export const linesOf = (file: string): string[] =>
  existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];

/** Lets a process go on that holds a lock until then. */
export const letGo = (side: string): void => writeFileSync(`${side} goes on`, '');

export const until = async (what: () => boolean): Promise<void> => {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 5));
};

/** Where nothing waits for a disk, if there is such a place. */
export const MEMORY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** A folder for each test, with a path for a store and one for a side file. */
export const folders = (below = tmpdir()): { root: string; side: string } => {
  const paths = { root: '', side: '' };
  let own = '';
  beforeEach(() => {
    own = mkdtempSync(join(below, 'millrace-test-'));
    paths.root = join(own, 'store');
    paths.side = join(own, 'side');
  });
  afterEach(() => remove(own));
  return paths;
};
