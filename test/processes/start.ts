import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeEach, jest } from '@jest/globals';
import { buildSync } from 'esbuild';
import { remove } from '../../jest/remove.js';
import { CAMPAIGN, times } from '../campaign.js';
import type { Order } from './child.js';
import type { Shape } from './graph.js';
import type { Report } from './once.js';

const here = fileURLToPath(new URL('.', import.meta.url));

/** Where a package lies whose dependencies the program needs, so that it finds them. */
const folder = join(here, '../../packages/arrow-store/node_modules/.cache/millrace', `processes-${process.pid}`);

/** The engine, the store and a pipeline as one program, from their sources. */
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
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
    },
    external: ['apache-arrow', 'apache-arrow/*', 'parquet-wasm', 'parquet-wasm/*'],
    logLevel: 'error',
  });
  return program;
};

afterAll(() => remove(folder));

export interface Line {
  readonly begun?: string;
  readonly heard?: string;
  readonly started?: string;
  readonly waiting?: string;
  readonly finished?: string;
  readonly status?: string;
  readonly swept?: number;
  readonly report?: Report;
  readonly error?: string;
}

export interface Started {
  readonly child: ChildProcess;
  /** Code or signal. */
  readonly ended: Promise<number | string>;
  readonly lines: () => readonly Line[];
  /** Resolves with true once a line says so, with false when the process ended without. */
  readonly said: (what: (line: Line) => boolean) => Promise<boolean>;
  /** What it reports at its end. */
  readonly report: () => Promise<Report>;
}

export interface How {
  /** A shell line that sets limits first. */
  readonly before?: string;
  /** Another user. */
  readonly uid?: number;
  /** A machine of another name, where only root can have one. */
  readonly host?: string;
}

export const start = (order: Order, { before, uid, host }: How = {}): Started => {
  const line = host === undefined ? before : `hostname ${host}`;
  const own = [process.execPath, built(), JSON.stringify(order)];
  const limited = line === undefined ? own : ['sh', '-c', `${line}; exec "$@"`, 'sh', ...own];
  const [first = '', ...rest] = host === undefined ? limited : ['unshare', '--uts', ...limited];
  const child = spawn(first, rest, { stdio: ['ignore', 'pipe', 'pipe'], ...(uid !== undefined && { uid, gid: uid }) });
  let text = '';
  let errors = '';
  child.stdout?.on('data', (chunk) => {
    text += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    errors += chunk;
  });
  const lines = () => linesIn(text);
  let over = false;
  const ended = new Promise<number | string>((resolve) =>
    child.on('close', (code, signal) => {
      over = true;
      resolve(signal ?? code ?? -1);
    }),
  );
  const said = async (what: (line: Line) => boolean) => {
    await until(() => over || lines().some(what));
    return lines().some(what);
  };
  const report = async () => {
    const code = await ended;
    const found = lines().find((line) => line.report)?.report;
    if (!found) throw new Error(`The process ended with ${code} and no report:\n${text}\n${errors}`);
    return found;
  };
  return { child, ended, lines, said, report };
};

const linesIn = (text: string): Line[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);

export const until = async (what: () => boolean): Promise<void> => {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 2));
};

/** What a stage was asked, by all processes. */
export const callsOf = (shape: Pick<Shape, 'side'>, stage: string): string[] =>
  linesOf(shape, stage).map(({ what }) => what);

/** Who asks a stage now. */
export const askerOf = (shape: Pick<Shape, 'side'>, stage: string): number | undefined =>
  linesOf(shape, stage).at(-1)?.pid;

const linesOf = ({ side }: Pick<Shape, 'side'>, stage: string): { readonly pid: number; readonly what: string }[] =>
  (existsSync(side) ? readFileSync(side, 'utf8').split('\n').slice(0, -1) : [])
    .map((line) => line.split(' '))
    .filter(([, name]) => name === stage)
    .map(([pid, , ...what]) => ({ pid: Number(pid), what: what.join(' ') }));

/** How often something was asked beyond once. */
export const askedAgain = (calls: readonly string[]): number => calls.length - new Set(calls).size;

jest.setTimeout(times(600_000, 600_000, 7_200_000));

/** A user from whom rights can be taken: root has them all. */
export const withRights = (): How | undefined => {
  if (process.getuid?.() !== 0) return {};
  const uid = 65_534;
  if (spawnSync(process.execPath, ['--check', built()], { uid, stdio: 'ignore' }).status === 0) return { uid };
  console.warn('skipped: no other user than root can read this program');
  return undefined;
};

/** Whether a process can be made to see another machine's name here. */
export const otherHosts = (): boolean => {
  const { status } = spawnSync('unshare', ['--uts', 'hostname', 'far'], { stdio: 'ignore' });
  if (status !== 0) console.warn('skipped: this user cannot give a process another host name');
  return status === 0;
};

/** Where nothing waits for a disk, if there is such a place; the campaign waits for the disk. */
export const QUICK = CAMPAIGN !== 'full' && existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** A folder for each test. */
export const folders = (below = QUICK): { readonly at: (name: string) => string } => {
  let own = '';
  beforeEach(() => {
    own = mkdtempSync(join(below, 'millrace-processes-'));
  });
  afterEach(() => remove(own));
  return { at: (name) => join(own, name) };
};
