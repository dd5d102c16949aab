import { linkTarget, read } from './disk.js';

/** What the kernel tells of processes. */
export interface Kernel {
  /** Names this start of this machine, and its world of process numbers: containers have their own. */
  boot(): string | undefined;
  process(pid: number): KernelEntry | undefined;
  /** By how much two looks at one start may differ. */
  readonly precision: number;
  /** Where something is remembered. */
  forget?(pid: number): void;
}

export interface KernelEntry {
  /** When it began: with its number it names one process. */
  readonly start: string;
  /** Ended, and not yet waited for by its parent. */
  readonly ended: boolean;
}

const text = (path: string): string | undefined => read(path)?.toString('utf8').trim();

/** Linux. */
export const procKernel: Kernel = {
  precision: 0,
  boot() {
    const id = text('/proc/sys/kernel/random/boot_id');
    return id && `${id} ${linkTarget('/proc/self/ns/pid') ?? 'one'}`;
  },
  /** After the name, which may hold spaces and brackets: state is the first field, the start time the twentieth. */
  process(pid) {
    const line = text(`/proc/${pid}/stat`);
    const [state, ...fields] = line?.slice(line.lastIndexOf(')') + 2).split(' ') ?? [];
    const start = fields[18];
    return state && start ? { start, ended: 'ZXx'.includes(state) } : undefined;
  },
};

/** Gives what a program prints, or nothing where it fails. */
export type Ask = (
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
) => string | undefined;

/** Of macOS, of BSD (where the number moves with the clock: then other processes count as far ones), of Linux. */
const BOOTS = ['kern.bootsessionuuid', 'kern.boottime', 'kernel.random.boot_id'];

const PLAIN = { LC_ALL: 'C', TZ: 'UTC0' };

/** Systems without `/proc`. It costs the start of a program, so callers remember what it says for a while. */
export const psKernel = (ask: Ask): Kernel => ({
  // In seconds; counted back from now on some systems.
  precision: 2,
  boot() {
    for (const name of BOOTS) {
      const said = ask('sysctl', ['-n', name], PLAIN)?.trim();
      if (said) return /sec = (\d+)/.exec(said)?.[1] ?? said;
    }
    return undefined;
  },
  process(pid) {
    const said = ask('ps', ['-o', 'lstart=', '-o', 'stat=', '-p', String(pid)], PLAIN);
    const [, began = '', state = ''] = /^\s*(\w+\s+\w+\s+\d+\s+[\d:]+\s+\d+)\s+(\S+)/.exec(said ?? '') ?? [];
    const start = Date.parse(`${began} UTC`) / 1000;
    return Number.isFinite(start) ? { start: String(start), ended: state.startsWith('Z') } : undefined;
  },
});

const REMEMBERED_MS = 1000;

/** A lock asks several times a second whether its holder lives. */
export const remembering = (kernel: Kernel): Kernel => {
  const known = new Map<number, { readonly entry: KernelEntry | undefined; readonly at: number }>();
  return {
    precision: kernel.precision,
    boot: () => kernel.boot(),
    forget: (pid) => void known.delete(pid),
    process(pid) {
      const before = known.get(pid);
      if (before && performance.now() - before.at < REMEMBERED_MS) return before.entry;
      const entry = kernel.process(pid);
      known.set(pid, { entry, at: performance.now() });
      return entry;
    },
  };
};
