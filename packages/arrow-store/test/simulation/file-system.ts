import type { Dirent } from 'node:fs';
import type { Listed } from './disk.js';

/** What a simulated process asks of the disk, one step each. */
export type DiskAsk = (op: string, ...args: readonly unknown[]) => unknown;

export interface Shown {
  readonly id: number;
  readonly folder: boolean;
  readonly size: number;
  readonly mtime: number;
  readonly ctime: number;
  readonly mode: number;
}

const failed = (code: string): Error => Object.assign(new Error(code), { code });

const latin = (data: string | Uint8Array): string =>
  typeof data === 'string' ? Buffer.from(data).toString('latin1') : Buffer.from(data).toString('latin1');

/** Milliseconds as nanoseconds, so that two writes at one time differ. */
const statsOf = (it: Shown, options?: { bigint?: boolean }) => {
  const big = <T>(value: number): T => (options?.bigint ? BigInt(Math.round(value)) : value) as T;
  return {
    ino: big(it.id),
    size: big(it.size),
    mode: big(it.mode),
    mtimeMs: big(it.mtime),
    ctimeMs: big(it.ctime),
    mtimeNs: big(it.mtime * 1e6),
    ctimeNs: big(it.ctime * 1e6),
    isDirectory: () => it.folder,
    isFile: () => !it.folder,
    isSymbolicLink: () => false,
  };
};

type Later = (act: () => void) => void;

interface Opened {
  readonly id: number;
  at: number;
  /** What the kernel says of a process. */
  readonly text?: string;
}

const CONSTANTS = {
  O_RDONLY: 0,
  O_WRONLY: 1,
  O_CREAT: 64,
  O_EXCL: 128,
  O_TRUNC: 512,
  O_APPEND: 1024,
  O_NONBLOCK: 2048,
  O_NOFOLLOW: 131072,
  COPYFILE_EXCL: 1,
};

/** `r+` stands for an open that empties what is there and makes nothing. */
const letterOf = (flags: number): string => {
  if (!(flags & CONSTANTS.O_WRONLY)) return 'r';
  const letter = flags & CONSTANTS.O_APPEND ? 'a' : 'w';
  if (!(flags & CONSTANTS.O_CREAT)) return 'r+';
  return flags & CONSTANTS.O_EXCL ? `${letter}x` : letter;
};

/** As much of `node:fs` as the store uses, on the simulated disk. */
export function fileSystem(ask: DiskAsk, later: Later) {
  const open = new Map<number, Opened>();
  let fds = 10;
  const node = (fd: number) => open.get(fd) ?? fail('EBADF');
  const fail = (code: string): never => {
    throw failed(code);
  };
  const stat = (path: string) => (ask('stat', path) ?? null) as Shown | null;

  const fs = {
    existsSync: (path: string) => stat(path) !== null,
    statSync(path: string, options?: { bigint?: boolean; throwIfNoEntry?: boolean }) {
      const it = stat(path);
      if (it) return statsOf(it, options);
      return options?.throwIfNoEntry === false ? undefined : fail('ENOENT');
    },
    lstatSync: (path: string, options?: { bigint?: boolean; throwIfNoEntry?: boolean }) => fs.statSync(path, options),
    fstatSync: (fd: number, options?: { bigint?: boolean }) => statsOf(ask('fstat', node(fd).id) as Shown, options),
    readdirSync(path: string, options?: { withFileTypes?: boolean }) {
      const listed = ask('list', path) as readonly Listed[];
      if (!options?.withFileTypes) return listed.map(({ name }) => name);
      return listed.map(
        ({ name, folder }) =>
          ({ name, isDirectory: () => folder, isFile: () => !folder, isSymbolicLink: () => false }) as Dirent,
      );
    },
    openSync(path: string, flags: string | number = 'r') {
      if (path.startsWith('/proc/')) open.set(++fds, { id: 0, at: 0, text: ask('read', path) as string });
      else {
        const how = typeof flags === 'string' ? flags : letterOf(flags);
        if (how === 'r+' && flags !== how) ask('truncate', path, 0);
        open.set(++fds, { id: ask('open', path, how === 'r+' ? 'r' : how) as number, at: 0 });
      }
      return fds;
    },
    closeSync: (fd: number) => void (node(fd) && open.delete(fd)),
    readFileSync(what: string | number, encoding?: string) {
      const text = typeof what === 'string' ? ask('read', what) : (node(what).text ?? ask('readAt', node(what).id));
      const data = Buffer.from(text as string, 'latin1');
      return encoding ? data.toString(encoding as BufferEncoding) : data;
    },
    readSync(fd: number, into: Buffer, from: number, length: number, at: number | null) {
      const file = node(fd);
      const start = at ?? file.at;
      const data = Buffer.from(ask('readAt', file.id) as string, 'latin1').subarray(start, start + length);
      data.copy(into, from);
      if (at === null) file.at += data.length;
      return data.length;
    },
    writeFileSync(what: string | number, data: string | Uint8Array, options?: { flag?: string }) {
      if (typeof what === 'number') return void ask('append', node(what).id, latin(data));
      const fd = fs.openSync(what, options?.flag ?? 'w');
      ask('append', node(fd).id, latin(data));
      fs.closeSync(fd);
    },
    appendFileSync(path: string, data: string) {
      const fd = fs.openSync(path, 'a');
      ask('append', node(fd).id, latin(data));
      fs.closeSync(fd);
    },
    writeSync: (fd: number, data: string) => {
      ask('append', node(fd).id, latin(data));
      return data.length;
    },
    writevSync(fd: number, parts: readonly Uint8Array[]) {
      const all = Buffer.concat(parts);
      ask('append', node(fd).id, latin(all));
      return all.length;
    },
    fsyncSync: (fd: number) => void ask('sync', node(fd).id),
    fdatasync(fd: number, done: (error: Error | null) => void) {
      later(() => {
        if (!open.has(fd)) return done(failed('EBADF'));
        ask('sync', node(fd).id);
        done(null);
      });
    },
    mkdirSync(path: string, options?: { recursive?: boolean }): undefined {
      if (ask('make', path) === 'no parent') {
        if (!options?.recursive) return fail('ENOENT');
        fs.mkdirSync(path.slice(0, path.lastIndexOf('/')), options);
        return fs.mkdirSync(path, options);
      }
      return undefined;
    },
    renameSync: (from: string, to: string) => void ask('rename', from, to),
    linkSync: (from: string, to: string) => void ask('link', from, to),
    unlinkSync: (path: string) => void ask('unlink', path),
    rmdirSync: (path: string) => void ask('rmdir', path),
    rmSync(path: string, options?: { recursive?: boolean; force?: boolean }): void {
      const it = stat(path);
      if (!it) return options?.force ? undefined : fail('ENOENT');
      if (!it.folder) return void quietly(() => fs.unlinkSync(path), options?.force ? ['ENOENT'] : []);
      if (!options?.recursive) return fail('EISDIR');
      for (let tries = 0; tries < 5; tries++) {
        for (const name of fs.readdirSync(path) as string[]) fs.rmSync(`${path}/${name}`, options);
        if (quietly(() => fs.rmdirSync(path), ['ENOENT', 'ENOTEMPTY']) !== 'ENOTEMPTY') return;
      }
      fail('ENOTEMPTY');
    },
    truncateSync: (path: string, bytes: number) => void ask('truncate', path, bytes),
    utimesSync: (path: string) => void ask('touch', path),
    lutimesSync: (path: string) => void ask('touch', path),
    chmodSync: (path: string, mode: number) => void ask('chmod', path, mode),
    accessSync: (path: string) => void (stat(path) ?? fail('ENOENT')),
    readlinkSync: (path: string) =>
      path.startsWith('/proc/') ? 'pid:[1]' : stat(path) ? fail('EINVAL') : fail('ENOENT'),
    realpathSync: (path: string) => path,
    statfsSync: () => ({ bavail: 1e6, bsize: 4096 }),
    promises: {
      open: async (path: string) => {
        const fd = fs.openSync(path, 'r');
        return {
          sync: () => new Promise<void>((resolve) => later(() => resolve(fs.fsyncSync(fd)))),
          close: async () => fs.closeSync(fd),
        };
      },
    },
    constants: CONSTANTS,
  };
  return fs;
}

function quietly(act: () => void, codes: readonly string[]): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    const { code = '' } = error as { code?: string };
    if (!codes.includes(code)) throw error;
    return code;
  }
}
