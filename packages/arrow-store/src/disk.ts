import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { makeFolders } from '@millrace/core/private';
import { codeOf, explained, noFolder } from './failure.js';

/** The one file that touches the file system. What is not there is `undefined` or `false`; all else that fails is explained. */
const tried = <T>(what: string, path: string, act: () => T): T => {
  try {
    return act();
  } catch (error) {
    throw explained(error, what, path);
  }
};

const unless = <T>(codes: readonly string[], otherwise: T, act: () => T): T => {
  try {
    return act();
  } catch (error) {
    if (codes.includes(codeOf(error) ?? '')) return otherwise;
    throw error;
  }
};

const GONE = ['ENOENT', 'ENOTDIR'];

/** No link is followed, and a pipe that somebody put there does not keep us waiting. Windows has neither. */
const PLAIN = (fs.constants.O_NOFOLLOW ?? 0) | (fs.constants.O_NONBLOCK ?? 0);
const READ = fs.constants.O_RDONLY | PLAIN;
const APPEND = fs.constants.O_WRONLY | fs.constants.O_APPEND | fs.constants.O_CREAT | PLAIN;
/** A link or a folder in the place of a file holds nothing of ours; Linux says ESRCH for a process that ended while its file in `/proc` was read. */
const NO_FILE = [...GONE, 'ELOOP', 'EISDIR', 'ESRCH'];

export const exists = (path: string): boolean => fs.existsSync(path);

export type Kind = 'file' | 'folder' | 'link' | 'other';

/** What stands at a path itself: a link is not followed. */
export const kindAt = (path: string): Kind | undefined =>
  unless(GONE, undefined, () => {
    const it = fs.lstatSync(path, QUIET);
    return it && kindOf(it);
  });

const kindOf = (it: fs.Stats | fs.Dirent): Kind => {
  if (it.isFile()) return 'file';
  if (it.isDirectory()) return 'folder';
  return it.isSymbolicLink() ? 'link' : 'other';
};

/** Where a folder really lies; one that is not there yet lies where it is asked for. */
export const realFolder = (path: string): string =>
  tried('A folder cannot be found', path, () => (fs.existsSync(path) ? fs.realpathSync(path) : path));

export interface Stat {
  readonly bytes: number;
  readonly modified: number;
  /** When the name or the rights changed last: a move counts. */
  readonly changed: number;
  readonly folder: boolean;
  /** Changes when the content may have. */
  readonly signature: string;
}

const statOf = (it: fs.BigIntStats): Stat => ({
  bytes: Number(it.size),
  modified: Number(it.mtimeMs),
  changed: Number(it.ctimeMs),
  folder: it.isDirectory(),
  signature: `${it.ino}:${it.size}:${it.mtimeNs}:${it.ctimeNs}`,
});

export const roomAt = (path: string): number | undefined =>
  unless(GONE, undefined, () => {
    const { bavail, bsize } = fs.statfsSync(path);
    return bavail * bsize;
  });

/** Of what stands there itself: a link is not followed. */
export const stat = (path: string): Stat | undefined =>
  unless(GONE, undefined, () => {
    const it = fs.lstatSync(path, { bigint: true, throwIfNoEntry: false });
    return it && statOf(it);
  });

export const isExecutable = (path: string): boolean => ((fs.statSync(path, QUIET)?.mode ?? 0) & 0o100) !== 0;

/** What changes when a file was written into or its rights were changed, and stays when it gets one more link. */
export interface Stamp {
  readonly ino: number;
  readonly size: number;
  readonly mtimeMs: number;
  readonly mode: number;
}

/** Just these: many of them are kept. */
export const stampOf = (path: string): Stamp | undefined => {
  const it = fs.statSync(path, QUIET);
  return it && { ino: it.ino, size: it.size, mtimeMs: it.mtimeMs, mode: it.mode };
};

const QUIET = { throwIfNoEntry: false } as const;

export const isSame = (path: string, { ino, size, mtimeMs, mode }: Stamp): boolean => {
  const now = fs.statSync(path, QUIET);
  return now?.mtimeMs === mtimeMs && now.size === size && now.ino === ino && now.mode === mode;
};

/** None behind a link. */
export const names = (folder: string): string[] =>
  tried('A folder cannot be listed', folder, () =>
    kindAt(folder) === 'folder' ? unless(GONE, [], () => fs.readdirSync(folder)) : [],
  );

export const read = (path: string): Buffer | undefined =>
  tried('A file cannot be read', path, () => unless(NO_FILE, undefined, () => readWith(path)));

/** The numbers of flags are as good as their letters, which the types do not say. */
const readWith = (path: string): Buffer => {
  const fd = fs.openSync(path, READ);
  try {
    return fs.readFileSync(fd);
  } finally {
    fs.closeSync(fd);
  }
};

/** The content and the signature of one and the same file. */
export const readSigned = (path: string): { bytes: Buffer; signature: string } | undefined =>
  tried('A file cannot be read', path, () =>
    unless(NO_FILE, undefined, () => {
      const fd = fs.openSync(path, READ);
      try {
        const { signature } = statOf(fs.fstatSync(fd, { bigint: true }));
        return { bytes: fs.readFileSync(fd), signature };
      } finally {
        fs.closeSync(fd);
      }
    }),
  );

export const start = (path: string, bytes: number): Buffer =>
  tried('A file cannot be read', path, () => {
    const fd = fs.openSync(path, READ);
    try {
      const into = Buffer.alloc(bytes);
      return into.subarray(0, fs.readSync(fd, into, 0, bytes, 0));
    } finally {
      fs.closeSync(fd);
    }
  });

/** What is no folder, below a folder, by its path from it. Links are named, not followed. */
export const below = (folder: string, prefix = ''): { readonly name: string; readonly is: Kind }[] =>
  tried('A folder cannot be listed', folder, () =>
    kindAt(folder) === 'folder' ? unless(GONE, [], () => fs.readdirSync(folder, { withFileTypes: true })) : [],
  ).flatMap((entry) =>
    entry.isDirectory()
      ? below(`${folder}/${entry.name}`, `${prefix}${entry.name}/`)
      : [{ name: `${prefix}${entry.name}`, is: kindOf(entry) }],
  );

/** All files below a folder, by their paths from it. */
export const filesBelow = (folder: string): string[] =>
  below(folder).flatMap(({ name, is }) => (is === 'file' ? [name] : []));

export const linkTarget = (path: string): string | undefined =>
  unless([...GONE, 'EACCES', 'EINVAL'], undefined, () => fs.readlinkSync(path));

/** A file in pieces, each beginning with the last `overlap` bytes of the one before. */
export function* pieces(path: string, bytes: number, overlap: number): Iterable<Buffer> {
  const fd = unless(NO_FILE, undefined, () => fs.openSync(path, READ));
  if (fd === undefined) return;
  try {
    const buffer = Buffer.allocUnsafe(Math.min(bytes, Math.max(fs.fstatSync(fd).size, 1)) + overlap);
    for (let at = 0, kept = 0; ; ) {
      const got = fs.readSync(fd, buffer, kept, buffer.length - kept, at);
      if (got === 0) return;
      at += got;
      const end = kept + got;
      yield buffer.subarray(0, end);
      kept = Math.min(overlap, end);
      buffer.copyWithin(0, end - kept, end);
    }
  } finally {
    fs.closeSync(fd);
  }
}

/** Where none can be made, the file system says that it is not there, or that it is there already. */
const folders = (path: string): string | undefined => {
  try {
    return makeFolders(resolve(path));
  } catch (error) {
    throw ['ENOENT', 'EEXIST'].includes(codeOf(error) ?? '') ? noFolder(path, error) : error;
  }
};

export const makeFolder = (path: string): string =>
  tried('A folder cannot be made', path, () => {
    if (!fs.existsSync(path)) folders(path);
    return path;
  });

/** New, of a name that nobody can foresee, and closed to all others. */
export const privateFolder = (prefix: string): string =>
  tried('A folder cannot be made', prefix, () => fs.mkdtempSync(prefix));

/** A folder of this user's into which nobody else can look. */
export const isPrivate = (path: string, user: number | undefined): boolean => {
  const it = fs.lstatSync(path, QUIET);
  return it?.isDirectory() === true && (user === undefined || (it.uid === user && (it.mode & 0o077) === 0));
};

/** Others cannot move or remove there what this user makes: they may not write, or only to what is their own. */
export const isKeptFromOthers = (path: string, user: number | undefined): boolean => {
  const it = fs.statSync(path, QUIET);
  if (it?.isDirectory() !== true) return false;
  return user === undefined || (it.mode & 0o1000) !== 0 || (it.mode & 0o022) === 0;
};

/** With the folders above that were missing, all of them by names that survive a power cut. */
export const makeLastingFolder = (path: string): void =>
  tried('A folder cannot be made', path, () => {
    const first = folders(path);
    for (let each = path; first && each.length >= first.length; each = dirname(each)) syncFolder(dirname(each));
  });

/** Opens, writes, syncs if asked; what could not be written whole is removed. */
export const write = (path: string, content: string | Uint8Array, sync: boolean): void =>
  tried('A file cannot be written', path, () => {
    const fd = fs.openSync(path, 'wx');
    try {
      fs.writeFileSync(fd, content);
      if (sync) fs.fsyncSync(fd);
    } catch (error) {
      fs.rmSync(path, { force: true });
      throw error;
    } finally {
      fs.closeSync(fd);
    }
  });

export const sync = (path: string): void =>
  tried('A file cannot be written to the disk for good', path, () => {
    const fd = fs.openSync(path, 'r');
    try {
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  });

/** Some systems cannot sync a folder; there a rename is durable by itself. */
const UNSYNCED = ['EPERM', 'EISDIR', 'EINVAL', 'EACCES', ...GONE];

export const syncFolder = (path: string): void =>
  unless(UNSYNCED, undefined, () => {
    const fd = fs.openSync(path, 'r');
    try {
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  });

/** A sweep may remove the folder again before it is used: then it is made again. */
const intoFolder = (to: string, act: () => void, tries = 4): void => {
  try {
    act();
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || tries === 0) throw error;
    fs.mkdirSync(dirname(to), { recursive: true });
    intoFolder(to, act, tries - 1);
  }
};

export const move = (from: string, to: string): void =>
  tried('A file cannot be put in its place', to, () => intoFolder(to, () => fs.renameSync(from, to)));

/** False when it was not there. */
export const moveIfThere = (from: string, to: string): boolean =>
  fs.existsSync(from) &&
  tried('A file cannot be moved', to, () =>
    unless(GONE, false, () => {
      intoFolder(to, () => fs.renameSync(from, to));
      return true;
    }),
  );

/** Some file systems (exFAT, some of the network's) know no links. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

/** False when something stands there already: of many that try, one wins. Without links two may, which costs work twice. */
export const linkNew = (from: string, to: string): boolean =>
  tried('A file cannot be put in its place', to, () =>
    unless(['EEXIST'], false, () => {
      const linked = unless(NO_LINKS, false, () => {
        intoFolder(to, () => fs.linkSync(from, to));
        return true;
      });
      return linked || movedNew(from, to);
    }),
  );

const movedNew = (from: string, to: string): boolean => {
  if (fs.existsSync(to)) return false;
  intoFolder(to, () => fs.renameSync(from, to));
  return true;
};

/** An empty file whose name says it all. */
export const mark = (path: string): boolean =>
  tried('A file cannot be made', path, () =>
    unless(['EEXIST'], false, () => {
      intoFolder(path, () => fs.closeSync(fs.openSync(path, 'wx')));
      return true;
    }),
  );

/** A folder that somebody put in its place stays. */
export const remove = (path: string): void =>
  tried('A file cannot be removed', path, () =>
    unless(['ERR_FS_EISDIR'], undefined, () => fs.rmSync(path, { force: true })),
  );

export const removeTree = (path: string): void =>
  tried('A folder cannot be removed', path, () =>
    unless(GONE, undefined, () => fs.rmSync(path, { recursive: true, force: true })),
  );

/** What was put into it meanwhile stays. */
export const removeIfEmpty = (folder: string): void =>
  tried('A folder cannot be removed', folder, () =>
    unless([...GONE, 'ENOTEMPTY', 'EEXIST'], undefined, () => fs.rmdirSync(folder)),
  );

/** Of a process that ends: what stays is swept by whoever opens the store next. */
export const removeIfPossible = (path: string): void => {
  try {
    fs.rmSync(path, { recursive: true, force: true });
  } catch {
    // The disk failed before, and that was said.
  }
};

/** Needs no space, so that it works on a full disk. */
export const makeEmpty = (path: string): void =>
  tried('A file cannot be emptied', path, () =>
    unless(GONE, undefined, () => {
      const fd = fs.openSync(path, fs.constants.O_WRONLY | fs.constants.O_TRUNC | PLAIN);
      fs.closeSync(fd);
    }),
  );

export const touch = (path: string): boolean =>
  unless(['ENOENT', 'EPERM', 'EACCES', 'EROFS'], false, () => {
    const now = Date.now() / 1000;
    fs.lutimesSync(path, now, now);
    return true;
  });

export const protect = (path: string, executable: boolean): void =>
  tried('A file cannot be made read-only', path, () => {
    // Only for those who may read it: the umask has said who.
    const readable = fs.statSync(path).mode & 0o444;
    fs.chmodSync(path, executable ? readable | (readable >> 2) : readable);
  });

/** One byte more; the size after it. Appends of different processes come one after the other. */
export const appendByte = (path: string): number =>
  tried('A file cannot be written', path, () => {
    const fd = fs.openSync(path, APPEND);
    try {
      fs.writeSync(fd, '.');
      return fs.fstatSync(fd).size;
    } finally {
      fs.closeSync(fd);
    }
  });

/** A file of that many bytes and no content. */
export const sized = (path: string, bytes: number): void =>
  tried('A file cannot be written', path, () => {
    fs.writeFileSync(path, '', { flag: 'wx' });
    fs.truncateSync(path, bytes);
  });

export interface Appender {
  /** One call of the system, so that a kill leaves all of it or a torn tail. */
  write(parts: readonly Uint8Array[]): void;
  /** Resolves when all that was written until now, and the file's name, survives a loss of power. Those who wait meanwhile share the next. */
  synced(): Promise<void>;
  close(sync: boolean): void;
}

/** A new file below a folder that is there for good. */
export const appender = (path: string, below: string): Appender => {
  const fd = tried('A file cannot be made', path, () => {
    fs.mkdirSync(dirname(path), { recursive: true });
    return fs.openSync(path, 'ax');
  });
  let open = true;
  let named: Promise<void> | undefined;
  const sync = async (): Promise<void> => {
    if (!open) return;
    await dataSynced(fd, () => open).catch((error: unknown) => {
      throw explained(error, 'A file cannot be written to the disk for good', path);
    });
    named ??= namesSynced(dirname(path), below);
    await named;
  };
  return {
    write: (parts) =>
      tried('A file cannot be written', path, () => {
        const bytes = parts.reduce((sum, part) => sum + part.byteLength, 0);
        if (fs.writevSync(fd, parts as Uint8Array[]) < bytes)
          throw Object.assign(new Error('The write was cut short'), { code: 'ENOSPC' });
      }),
    synced: shared(sync),
    close: (sync) =>
      tried('A file cannot be written to the disk for good', path, () => {
        open = false;
        try {
          if (sync) fs.fsyncSync(fd);
        } finally {
          fs.closeSync(fd);
        }
      }),
  };
};

/** One at a time; whoever asks while one is on its way waits for the next, which begins after it asked. */
const shared = (act: () => Promise<void>): (() => Promise<void>) => {
  let current: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const begin = (): Promise<void> => {
    next = undefined;
    const begun = act().finally(() => {
      if (current === begun) current = undefined;
    });
    current = begun;
    return begun;
  };
  return () => {
    if (!current) return begin();
    next ??= current.then(begin, begin);
    return next;
  };
};

/** A file that is closed meanwhile was synced by that. */
const dataSynced = (fd: number, isOpen: () => boolean): Promise<void> =>
  new Promise((resolve, reject) => {
    fs.fdatasync(fd, (error) => (error && (isOpen() || codeOf(error) !== 'EBADF') ? reject(error) : resolve()));
  });

/** The names on the way to a file. */
const namesSynced = async (folder: string, below: string): Promise<void> => {
  for (let each = folder; each.length >= below.length; each = dirname(each)) await folderSynced(each);
};

const folderSynced = async (path: string): Promise<void> => {
  try {
    const folder = await fs.promises.open(path, 'r');
    await folder.sync().finally(() => folder.close());
  } catch (error) {
    if (!UNSYNCED.includes(codeOf(error) ?? '')) throw explained(error, 'A folder cannot be written for good', path);
  }
};

export const appendLines = (path: string, lines: readonly string[]): void =>
  tried('A file cannot be written', path, () => {
    const fd = fs.openSync(path, APPEND);
    try {
      fs.writeFileSync(fd, lines.map((line) => `${line}\n`).join(''));
    } finally {
      fs.closeSync(fd);
    }
  });

/** Hashed on the way. */
export const copyHashed = async (from: string, to: string): Promise<{ sha256: string; bytes: number }> => {
  const hash = createHash('sha256');
  let bytes = 0;
  const through = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  try {
    await pipeline(
      fs.createReadStream(from, { highWaterMark: 1 << 20 }),
      through,
      fs.createWriteStream(to, { flags: 'wx' }),
    );
  } catch (error) {
    fs.rmSync(to, { force: true });
    throw explained(error, 'A file cannot be copied', `${from} → ${to}`);
  }
  return { sha256: hash.digest('hex'), bytes };
};

export const hashFile = async (path: string): Promise<string> => {
  const hash = createHash('sha256');
  try {
    for await (const chunk of fs.createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  } catch (error) {
    throw explained(error, 'A file cannot be read', path);
  }
  return hash.digest('hex');
};

/** Where nothing stands yet, in a folder that is there. */
export const link = (from: string, to: string): void => fs.linkSync(from, to);

/** Replaces what stands there. By link where one is asked for and possible, else by copy. */
export const placeAt = async (from: string, to: string, how: 'link' | 'copy'): Promise<void> => {
  const beside = `${to}.${process.pid}.part`;
  try {
    folders(dirname(to));
    // Of a killed process of the same number; or a link that somebody put there.
    fs.rmSync(beside, { force: true });
    const linked =
      how === 'link' &&
      unless([...NO_LINKS, 'EXDEV', 'EEXIST'], false, () => {
        fs.linkSync(from, beside);
        return true;
      });
    if (!linked) {
      await fs.promises.copyFile(from, beside, fs.constants.COPYFILE_EXCL);
      fs.chmodSync(beside, fs.statSync(from).mode & 0o555);
    }
    fs.renameSync(beside, to);
    // Renaming one link onto another of the same file does nothing, and leaves both.
    fs.rmSync(beside, { force: true });
  } catch (error) {
    fs.rmSync(beside, { force: true });
    throw explained(error, 'A file cannot be put in its place', to);
  }
};
