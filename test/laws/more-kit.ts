import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach } from '@jest/globals';
import type { AnyHandle, Plan, RunAsked, Store } from '@millrace/core';
import * as engine from '@millrace/core';
import { buildSync } from 'esbuild';
import { codeReader, type Kit, kit, Outside, type World } from './kit.js';

export interface Lab extends World {
  readonly k: Kit;
}

/** The real engine on a store, with a world outside that keeps a list of what it was asked. */
export function lab(store: Store = engine.memoryStore(), outside = new Outside()): Lab {
  return { engine, store, outside, k: kit(engine, outside) };
}

type Outputs = Readonly<Record<string, AnyHandle>>;

export async function planOf(store: Store, outputs: Outputs, asked: RunAsked = {}): Promise<Plan> {
  const ports = { store, code: codeReader, base: '/' };
  return (await engine.planGraph(engine.graphOf(outputs), asked, ports)).plan;
}

/** Stage → what the plan says of it. */
export const statuses = (plan: Plan): Record<string, string> =>
  Object.fromEntries(plan.steps.map(({ name, decision }) => [name, decision.status]));

/** Stage → fingerprint. */
export const printsOf = async (outputs: Outputs): Promise<Record<string, string>> =>
  Object.fromEntries((await planOf(engine.memoryStore(), outputs)).steps.map((step) => [step.name, step.fingerprint]));

export const printOf = async (handle: AnyHandle): Promise<string> => (await printsOf({ it: handle }))['it'] as string;

/** A store that counts how often each of its doors was used. */
export function watched<S extends Store>(store: S): { readonly store: S; take(): Record<string, number> } {
  let counts: Record<string, number> = {};
  const proxy = new Proxy(store, {
    get: (target, name) => {
      const value = Reflect.get(target, name) as unknown;
      if (typeof value !== 'function') return value;
      return (...given: unknown[]) => {
        counts[String(name)] = (counts[String(name)] ?? 0) + 1;
        return (value as (...g: unknown[]) => unknown).apply(target, given);
      };
    },
  });
  return {
    store: proxy,
    take: () => {
      const taken = counts;
      counts = {};
      return taken;
    },
  };
}

const made: string[] = [];
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Where nothing waits for a disk, if there is such a place. */
const QUICK = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** Removed after the test. */
export function folder(): string {
  const at = mkdtempSync(join(QUICK, 'millrace-laws-'));
  made.push(at);
  return at;
}

export const filesBelow = (root: string): string[] =>
  (existsSync(root) ? (readdirSync(root, { recursive: true }) as string[]) : [])
    .filter((name) => statSync(join(root, name)).isFile())
    .sort();

/** Every file with its content. */
export const snapshot = (root: string): Map<string, string> =>
  new Map(filesBelow(root).map((name) => [name, readFileSync(join(root, name)).toString('base64')]));

/** Files that were added, changed or removed. */
export function changedFiles(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => before.get(name) !== after.get(name)).sort();
}

export const flipBit = (file: string, where = 0.5): void => {
  const bytes = readFileSync(file);
  const at = Math.min(bytes.length - 1, Math.floor(bytes.length * where));
  bytes[at] = (bytes[at] as number) ^ 1;
  chmodSync(file, 0o644);
  writeFileSync(file, bytes);
};

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
