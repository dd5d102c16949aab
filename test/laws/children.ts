import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

export interface Child {
  readonly child: ChildProcess;
  readonly ended: Promise<number | string>;
  /** What it said so far, line by line. */
  readonly lines: () => string[];
  readonly errors: () => string;
  /** Resolves once a line begins so, or the process has ended. */
  readonly said: (start: string) => Promise<void>;
}

export interface ChildOf {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly args?: readonly string[];
  /** Of Node itself. */
  readonly flags?: readonly string[];
}

const laws = fileURLToPath(new URL('.', import.meta.url));

/** Beside the packages whose dependencies the programs need. */
const cache = join(laws, '../../packages/millrace/node_modules/.cache/millrace', `laws-${process.pid}`);
const programs = new Map<string, string>();

/** A program of its own, bundled with the engine, the stages and the store from their sources. */
function built(source: string): string {
  const known = programs.get(source);
  if (known) return known;
  const outfile = join(cache, `${programs.size}.mjs`);
  buildSync({
    stdin: { contents: source, resolveDir: laws, loader: 'ts', sourcefile: 'program.ts' },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@millrace/source'],
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
    },
    external: ['esbuild', 'apache-arrow', 'parquet-wasm', '@huggingface/*', 'unpdf'],
    logLevel: 'error',
  });
  if (programs.size === 0) process.once('exit', () => rmSync(cache, { recursive: true, force: true }));
  programs.set(source, outfile);
  return outfile;
}

export function start(source: string, { env = {}, cwd, args = [], flags = [] }: ChildOf = {}): Child {
  const child = spawn(process.execPath, [...flags, built(source), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...env },
    ...(cwd !== undefined && { cwd }),
  });
  let text = '';
  let errors = '';
  let over = false;
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const ended = new Promise<number | string>((resolve) =>
    child.on('close', (code, signal) => {
      over = true;
      resolve(signal ?? code ?? -1);
    }),
  );
  const lines = () => text.split('\n').slice(0, -1);
  const said = async (start: string) => {
    while (!over && !lines().some((line) => line.startsWith(start)))
      await new Promise((resolve) => setTimeout(resolve, 2));
  };
  return { child, ended, lines, errors: () => errors, said };
}

/** Runs a program to its end and gives its last line as JSON. */
export async function answerOf(source: string, how: ChildOf = {}): Promise<unknown> {
  const { ended, lines, errors } = start(source, how);
  const code = await ended;
  if (code !== 0) throw new Error(`The program ended with ${code}:\n${errors()}`);
  return JSON.parse(lines().at(-1) ?? 'null');
}
