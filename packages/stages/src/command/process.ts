import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { timerMs } from '@millrace/core';

/** The one file that starts and ends processes. */

export interface Program {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface Watching {
  readonly signal: AbortSignal;
  /** Between asking to end and ending by force. */
  readonly graceMs: number;
  readonly heard: (text: Buffer, from: 'stdout' | 'stderr') => void;
}

export type Ended =
  | { readonly is: 'exited'; readonly code: number }
  | { readonly is: 'killed'; readonly signal: string }
  | { readonly is: 'not started'; readonly why: string };

/** Marks a program and all that it starts, so that they are found when nobody waits for them any more. */
const MARK = 'MILLRACE_WORK';

/** Runs a program in a process group of its own. When this returns nothing of it is alive. */
export async function runProgram(
  { argv: [command = '', ...words], cwd, env }: Program,
  watching: Watching,
): Promise<Ended> {
  const child = spawn(command, words, {
    cwd,
    env: { ...env, [MARK]: cwd },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const watchdog = child.pid === undefined ? undefined : guard(child.pid, watching.graceMs);
  child.stdout.on('data', (text: Buffer) => watching.heard(text, 'stdout'));
  child.stderr.on('data', (text: Buffer) => watching.heard(text, 'stderr'));
  const stop = () => void endGroup(child, watching.graceMs);
  watching.signal.addEventListener('abort', stop, { once: true });
  if (watching.signal.aborted) stop();
  try {
    return await endOf(child);
  } finally {
    watching.signal.removeEventListener('abort', stop);
    watchdog?.kill('SIGKILL');
    await endRest(cwd);
  }
}

const endOf = (child: ChildProcess): Promise<Ended> =>
  new Promise((resolve) => {
    child.once('error', (error) => {
      if (child.pid === undefined) resolve({ is: 'not started', why: error.message });
    });
    child.once('exit', (code, signal) => {
      signalGroup(child.pid, 'SIGKILL');
      const ended: Ended = signal ? { is: 'killed', signal } : { is: 'exited', code: code ?? -1 };
      // A grandchild that left the group may hold the pipes open for ever.
      const late = setTimeout(() => resolve(ended), 1000);
      child.once('close', () => {
        clearTimeout(late);
        resolve(ended);
      });
    });
  });

async function endGroup(child: ChildProcess, graceMs: number): Promise<void> {
  signalGroup(child.pid, 'SIGTERM');
  const over = new AbortController();
  child.once('exit', () => over.abort());
  await sleep(timerMs(graceMs), undefined, { signal: over.signal, ref: false }).catch(() => undefined);
  if (!over.signal.aborted) signalGroup(child.pid, 'SIGKILL');
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid !== undefined) signalOne(-pid, signal);
}

/** Ends the group when this process dies, however it dies: its pipe closes then. */
function guard(pid: number, graceMs: number): ChildProcess {
  // `kill -TERM -- -pid` is no command to every sh.
  const wait = `n=${Math.ceil(graceMs / 100)}; while [ $n -gt 0 ] && kill -s 0 -- -${pid}; do sleep 0.1; n=$((n - 1)); done`;
  const script = `read _; kill -s TERM -- -${pid}; ${wait}; kill -s KILL -- -${pid}`;
  const watchdog = spawn('/bin/sh', ['-c', script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'], env: {} });
  watchdog.on('error', () => undefined);
  watchdog.unref();
  return watchdog;
}

/** Counted, not timed: who was stopped itself, or is on a busy machine, has looked as often. */
const MOST_KILLS = 100;

/** What is alive of an earlier attempt, whose parent was killed: it would write where the next one writes. It may be about to end. */
export async function endRest(work: string, patienceMs = 0): Promise<number> {
  const began = performance.now();
  let ended = 0;
  for (let kills = 0; kills < MOST_KILLS; ) {
    const alive = marked(work);
    if (alive.length === 0) return ended;
    if (performance.now() - began >= patienceMs) {
      for (const pid of alive) signalOne(pid, 'SIGKILL');
      kills++;
    }
    ended = Math.max(ended, alive.length);
    await sleep(20);
  }
  throw new Error(
    `A program that an earlier run started in ${work} is still alive and cannot be ended (pids ${marked(work).join(', ')}). Nothing was started beside it: end it and run again.`,
  );
}

/** It may have ended by itself, or, on some systems, be about to: what cannot be ended is seen by `endRest`. */
function signalOne(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

const marked = (work: string): number[] => (names('/proc').length > 0 ? markedInProc(work) : markedByPs(work));

const markedInProc = (work: string): number[] =>
  names('/proc')
    .filter((name) => /^\d+$/.test(name) && environmentOf(name).includes(`${MARK}=${work}\0`))
    .filter((name) => !/^\d+ \(.*\) [ZX]/s.test(read(`/proc/${name}/stat`)))
    .map(Number);

/** Systems without `/proc`: environments stand after the words of each program of this user. */
export const markedByPs = (work: string): number[] => {
  const which = process.platform === 'darwin' ? '-axEww' : 'axeww';
  const said = spawnSync('ps', [which, '-o', 'pid=', '-o', 'stat=', '-o', 'command='], PS).stdout ?? '';
  return said.split('\n').flatMap((line) => {
    const [, pid, state = '', rest = ''] = /^\s*(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    return `${rest} `.includes(` ${MARK}=${work} `) && !/^[ZX]/.test(state) ? Number(pid) : [];
  });
};

const PS = { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' }, timeout: 5000, maxBuffer: 1 << 28 } as const;

const environmentOf = (pid: string): string => `${read(`/proc/${pid}/environ`)}\0`;

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

/** Nothing where the system has no such folder. */
const names = (folder: string): string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

/** Of our own environment: what programs need to start at all, and what the user lets through. */
export function passed(more: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of [...ALWAYS, ...more]) {
    const value = process.env[name];
    if (value !== undefined) found[name] = value;
  }
  return found;
}

const ALWAYS = ['PATH', 'HOME', 'USER', 'TMPDIR', 'SYSTEMROOT', 'LD_LIBRARY_PATH'];
