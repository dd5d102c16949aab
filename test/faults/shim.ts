import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('shim.c', import.meta.url));

export const OPERATIONS = [
  'write',
  'open',
  'rename',
  'link',
  'sync',
  'read',
  'unlink',
  'mkdir',
  'truncate',
  'list',
] as const;

export type Operation = (typeof OPERATIONS)[number];

/** What the disk does at one operation: the first that goes wrong. */
export interface Fault {
  readonly ops: readonly Operation[];
  /** From 1. */
  readonly at: number;
  readonly how: 'kill' | 'short' | 'EIO' | 'ENOSPC' | 'EROFS' | 'EMFILE' | 'EACCES';
  /** And all that come after it. */
  readonly onward?: boolean;
}

let made: string | undefined;

/** The library, or nothing and a sentence where none can be made. */
export function shim(): string | undefined {
  if (made) return made;
  if (process.platform !== 'linux') return skipped('a library that makes a disk fail is written for Linux');
  const file = join(tmpdir(), `faults-${process.pid}.so`);
  try {
    execFileSync('gcc', ['-shared', '-fPIC', '-O1', '-o', file, SOURCE, '-ldl', '-lpthread'], { stdio: 'pipe' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return skipped('there is no gcc on this machine');
    throw error;
  }
  process.once('exit', () => rmSync(file, { force: true }));
  made = file;
  return file;
}

function skipped(why: string): undefined {
  console.warn(`skipped: ${why}`);
  return undefined;
}

/** Where the shim notes what it does. */
export interface Notes {
  readonly below: string;
  readonly count?: string;
  readonly say?: string;
  readonly log?: string;
}

/** The environment of a program on such a disk. */
export const faulty = (library: string, { below, count, say, log }: Notes, fault?: Fault): Record<string, string> => ({
  LD_PRELOAD: library,
  UV_USE_IO_URING: '0',
  FAULT_BELOW: below,
  ...(count && { FAULT_COUNT: count }),
  ...(say && { FAULT_SAY: say }),
  ...(log && { FAULT_LOG: log }),
  ...(fault && { FAULT_OPS: fault.ops.join(), FAULT_AT: String(fault.at), FAULT_DO: fault.how }),
  ...(fault?.onward && { FAULT_ON: '1' }),
});

/** How often each operation happened. */
export const countedIn = (file: string): Readonly<Record<Operation, number>> => {
  const bytes = readFileSync(file);
  const all = OPERATIONS.map((name, i) => [name, Number(bytes.readBigUInt64LE(8 + 8 * i))] as const);
  return Object.fromEntries(all) as Record<Operation, number>;
};

export interface Ended {
  /** Code or signal. */
  readonly by: number | string;
  readonly out: string;
  readonly err: string;
}

export const LONGEST_MS = 300_000;

/** Runs a program to its end. One that does not end is killed, and `by` is `hangs`. */
export const ended = (words: readonly string[], cwd: string, env: Record<string, string>): Promise<Ended> =>
  new Promise((done) => {
    const child = spawn(process.execPath, words, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, err, hangs] = ['', '', false];
    child.stdout.on('data', (chunk) => (out += chunk));
    child.stderr.on('data', (chunk) => (err += chunk));
    const late = setTimeout(() => {
      hangs = true;
      child.kill('SIGKILL');
    }, LONGEST_MS);
    child.on('close', (code, signal) => {
      clearTimeout(late);
      done({ by: hangs ? 'hangs' : (signal ?? code ?? -1), out, err });
    });
  });
