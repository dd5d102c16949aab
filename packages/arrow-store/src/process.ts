import { createHash, randomBytes } from 'node:crypto';
import { hostname, tmpdir } from 'node:os';
import { linkTarget, read } from './disk.js';

/** The one file that knows which process this is, on which machine, since when. */
export interface Who {
  readonly host: string;
  /** This start of this machine, and its world of process numbers: containers have their own. */
  readonly boot: string;
  readonly pid: number;
  readonly start: string;
}

const short = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8);

const text = (path: string): string | undefined => read(path)?.toString('utf8').trim();

/** After the name, which may hold spaces and brackets: state is the first field, the start time the twentieth. */
const kernelEntry = (pid: number): { readonly state: string; readonly start: string } | undefined => {
  const line = text(`/proc/${pid}/stat`);
  const fields = line?.slice(line.lastIndexOf(')') + 2).split(' ');
  return fields?.[0] && fields[19] ? { state: fields[0], start: fields[19] } : undefined;
};

let self: Who | undefined;

export const whoAmI = (): Who => {
  self ??= {
    host: hostname().replace(/[^\w-]/g, '_') || 'host',
    boot: short(`${text('/proc/sys/kernel/random/boot_id') ?? 'boot'} ${linkTarget('/proc/self/ns/pid') ?? 'one'}`),
    pid: process.pid,
    start: kernelEntry(process.pid)?.start ?? '0',
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

/** `unknown`: another machine, or one whose kernel does not tell when a process began. */
export const kernelSays = (who: Who): 'alive' | 'dead' | 'unknown' => {
  const me = whoAmI();
  if (who.host !== me.host) return 'unknown';
  if (me.start === '0') return signalled(who.pid) ? 'unknown' : 'dead';
  if (who.boot !== me.boot) return 'unknown';
  const entry = kernelEntry(who.pid);
  return entry && entry.start === who.start && !'ZXx'.includes(entry.state) ? 'alive' : 'dead';
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

export const userFolder = (): string => `${tmpdir()}/millrace-${process.getuid?.() ?? 'user'}`;

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
