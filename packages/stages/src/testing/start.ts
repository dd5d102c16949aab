import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const packageFolder = fileURLToPath(new URL('../../', import.meta.url));

/** A process of its own, for tests that kill it. */
export interface Started {
  readonly child: ChildProcess;
  /** Code or signal. */
  readonly ended: Promise<number | string>;
  readonly output: () => string;
}

/** Starts a TypeScript file, in a shell that sets limits first where one is given. */
export function startFile(file: string, args: readonly (string | number)[], shell?: string): Started {
  const command = [process.execPath, built(file), ...args.map(String)];
  const [program = '', ...words] = shell ? ['sh', '-c', `${shell}; exec "$@"`, 'sh', ...command] : command;
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      text += chunk;
    });
  const ended = new Promise<number | string>((done) => child.on('close', (code, signal) => done(signal ?? code ?? -1)));
  return { child, ended, output: () => text };
}

const bundles = new Map<string, string>();

/** Bundled beside the package's dependencies, so that it finds them. */
function built(file: string): string {
  const known = bundles.get(file);
  if (known) return known;
  const outfile = join(
    packageFolder,
    'node_modules/.cache/millrace',
    `${basename(dirname(dirname(file)))}-${process.pid}.mjs`,
  );
  mkdirSync(dirname(outfile), { recursive: true });
  buildSync({
    entryPoints: [file],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@millrace/source'],
    external: ['parquet-wasm', '@huggingface/*', 'unpdf'],
    banner: {
      js: "import { createRequire as ownRequire } from 'node:module'; const require = ownRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  bundles.set(file, outfile);
  process.once('exit', () => rmSync(outfile, { force: true }));
  return outfile;
}

export const linesOf = (file: string): string[] =>
  existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];

/** How often a test kills: a few times, twice as often with MILLRACE_CAMPAIGN=ci, or fifty times with MILLRACE_CAMPAIGN=1. */
export const campaign = (few: number): number => ({ ci: few * 2, '1': 50 })[process.env.MILLRACE_CAMPAIGN ?? ''] ?? few;
