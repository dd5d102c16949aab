import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach } from '@jest/globals';
import { buildSync } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));

/** Beside the package's dependencies, so that it finds them. */
const bundle = join(here, '../../node_modules/.cache/millrace', `child-${process.pid}.mjs`);

const built = (): string => {
  if (existsSync(bundle)) return bundle;
  buildSync({
    entryPoints: [join(here, 'child.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@millrace/source'],
    external: ['apache-arrow', 'parquet-wasm', 'rxjs', 'object-hash'],
    logLevel: 'error',
  });
  process.once('exit', () => rmSync(bundle, { force: true }));
  return bundle;
};

export interface Started {
  readonly child: ChildProcess;
  /** Code or signal. */
  readonly ended: Promise<number | string>;
  readonly output: () => string;
}

export const start = (act: string, ...args: readonly (string | number)[]): Started =>
  watch([process.execPath, built(), act, ...args.map(String)]);

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

export const until = async (what: () => boolean): Promise<void> => {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 5));
};

/** A folder for each test, with a path for a store and one for a side file. */
export const folders = (): { root: string; side: string } => {
  const paths = { root: '', side: '' };
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-test-'));
    paths.root = join(folder, 'store');
    paths.side = join(folder, 'side');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  return paths;
};
