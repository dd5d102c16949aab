import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { hostname, networkInterfaces, tmpdir } from 'node:os';
import { type Ask, type Kernel, procKernel, psKernel, remembering } from './kernel.js';

/** The one file that knows which process this is, on which machine, since when. */
export interface Who {
  readonly host: string;
  /** This start of this machine, and its world of process numbers: containers have their own. */
  readonly boot: string;
  readonly pid: number;
  readonly start: string;
}

const short = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8);

const ask: Ask = (program, args, env) => {
  const said = spawnSync(program, args, { encoding: 'utf8', env: { ...process.env, ...env }, timeout: 5000 });
  return said.status === 0 ? said.stdout : undefined;
};

/** `/proc` of other systems has other files. */
const kernelHere = (): Kernel => (procKernel.process(process.pid) ? procKernel : remembering(psKernel(ask)));

let kernel: Kernel | undefined;
let self: Who | undefined;

/** Which kernel is asked, by its name; for tests. */
export const askKernel = (name: 'proc' | 'ps'): void => {
  kernel = name === 'proc' ? procKernel : remembering(psKernel(ask));
  self = undefined;
};

/** Where no kernel tells: at least no other machine, whatever its name. */
const machine = (): string =>
  Object.values(networkInterfaces())
    .flatMap((each) => each?.map(({ mac }) => mac) ?? [])
    .sort()
    .join();

export const whoAmI = (): Who => {
  kernel ??= kernelHere();
  self ??= {
    host: hostname().replace(/[^\w-]/g, '_') || 'host',
    boot: short(kernel.boot() ?? machine()),
    pid: process.pid,
    start: kernel.process(process.pid)?.start ?? '0',
  };
  return self;
};

export const nameOf = ({ host, boot, pid, start }: Who): string => `${host}.${boot}.${pid}.${start}`;

export const whoIs = (name: string): Who | undefined => {
  const found = /^([\w-]+)\.([0-9a-f]{8})\.(\d+)\.(\d+)/.exec(name);
  return found
    ? { host: found[1] as string, boot: found[2] as string, pid: Number(found[3]), start: found[4] as string }
    : undefined;
};

/** What one opened store is called: `nameOf`, and a token. */
export const isHolder = (name: string): boolean => /\.\d+\.[0-9a-f]{8}$/.test(name) && whoIs(name) !== undefined;

/** `unknown`: another machine, or one whose kernel does not tell when a process began. */
export const kernelSays = (who: Who): 'alive' | 'dead' | 'unknown' => {
  const me = whoAmI();
  if (who.host !== me.host || who.boot !== me.boot) return 'unknown';
  if (!signalled(who.pid)) return 'dead';
  if (me.start === '0') return 'unknown';
  return isThere(who) || isThere(who, 'look again') ? 'alive' : 'dead';
};

/** What was remembered may be of the process that had the number before. */
const isThere = ({ pid, start }: Who, look?: 'look again'): boolean => {
  if (look) kernel?.forget?.(pid);
  const entry = kernel?.process(pid);
  return (
    entry !== undefined && !entry.ended && Math.abs(Number(entry.start) - Number(start)) <= (kernel?.precision ?? 0)
  );
};

const signalled = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM';
  }
};

export const token = (): string => randomBytes(4).toString('hex');

/** Where temporary folders may be made, the usual place first. */
export const temporaryPlaces = (): readonly string[] =>
  [tmpdir(), process.env['XDG_RUNTIME_DIR']].filter((path) => path !== undefined);

/** Undefined on systems whose files have no owner by number. */
export const userId = (): number | undefined => process.getuid?.();

const leaving = new Set<() => void>();

const leave = (): void => {
  for (const act of leaving) act();
  leaving.clear();
};

/** Run when this process ends by itself or by an uncaught error. */
export const atExit = (act: () => void): (() => void) => {
  if (leaving.size === 0) process.on('exit', leave);
  leaving.add(act);
  return () => {
    leaving.delete(act);
    if (leaving.size === 0) process.off('exit', leave);
  };
};

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const onSignal = (signal: NodeJS.Signals): void => {
  for (const each of SIGNALS) process.off(each, onSignal);
  // Whoever else listens decides when the process ends; the exit then cleans up.
  if (process.listenerCount(signal) > 0) return;
  leave();
  process.kill(process.pid, signal);
};

/** As `atExit`, and on the signals that end a process. */
export const atEnd = (act: () => void): (() => void) => {
  for (const signal of SIGNALS) if (!process.listeners(signal).includes(onSignal)) process.on(signal, onSignal);
  return atExit(act);
};
