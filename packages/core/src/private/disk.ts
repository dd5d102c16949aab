import { randomBytes } from 'node:crypto';
import {
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Systems without numbers for users keep a user's folders apart themselves. */
const user = process.geteuid?.();

/** Root can write everywhere anyway. */
const isTrusted = (owner: number): boolean => owner === user || owner === 0;

const OTHERS_WRITE = 0o022;
const OTHERS_READ = 0o077;
/** In such a folder each user can rename and remove only what is their own: `/tmp`. */
const STICKY = 0o1000;
const MOST_LINKS = 40;

/** Can only this user, or root, write what lies at a path, or put something else there? Every folder above it counts. */
export function isPrivate(path: string): boolean {
  if (user === undefined) return true;
  try {
    const full = resolve(path);
    const real = realpathSync(full);
    const { mode, uid } = lstatSync(real);
    return (mode & OTHERS_WRITE) === 0 && isTrusted(uid) && isSafe(full, 0) && isSafe(real, 0);
  } catch {
    return false;
  }
}

/** Nobody else can put another file or folder in the place of this one. */
function isSafe(path: string, links: number): boolean {
  const above = dirname(path);
  if (links > MOST_LINKS || (above !== path && !isSafe(above, links))) return false;
  const info = lstatSync(path);
  if (!isTrusted(info.uid)) return false;
  if (info.isSymbolicLink()) return isSafe(resolve(above, readlinkSync(path)), links + 1);
  return (info.mode & OTHERS_WRITE) === 0 || (info.isDirectory() && (info.mode & STICKY) !== 0);
}

/** The folder, made where it is missing, if only this user can write there. */
export function privateFolder(path: string): string | undefined {
  try {
    if (isSafe(existing(resolve(path)), 0)) makeFolders(resolve(path), 0o700);
  } catch {
    return undefined;
  }
  return isPrivate(path) ? path : undefined;
}

/**
 * As `recursive` of the runtime, which never ends below a folder that takes none, such as `/proc`. Gives the first folder
 * that was made.
 */
export function makeFolders(path: string, mode = 0o777): string | undefined {
  if (isFolder(path)) return undefined;
  const first = dirname(path) === path ? undefined : makeFolders(dirname(path), mode);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    // Another process may have been first.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' && isFolder(path)) return first;
    throw error;
  }
  return first ?? path;
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

const existing = (path: string): string =>
  lstatSync(path, { throwIfNoEntry: false }) || dirname(path) === path ? path : existing(dirname(path));

const KEY_BYTES = 32;

/** A key that only this user can read, made at first use. It binds what this user wrote in places where others write too. */
export function privateKey(folder: string): Uint8Array | undefined {
  const file = join(folder, 'key');
  try {
    return privateFolder(folder) === undefined ? undefined : (keyIn(file) ?? newKey(file));
  } catch {
    return undefined;
  }
}

function keyIn(file: string): Uint8Array | undefined {
  const info = lstatSync(file, { throwIfNoEntry: false });
  if (!info?.isFile() || info.size !== KEY_BYTES) return undefined;
  const secret = user === undefined || (info.uid === user && (info.mode & OTHERS_READ) === 0);
  return secret ? readFileSync(file) : undefined;
}

/** Of several processes that begin at once, the first one's key counts. A key that others could read is none. */
function newKey(file: string): Uint8Array | undefined {
  const draft = `${file}.${randomBytes(8).toString('hex')}`;
  writeFileSync(draft, randomBytes(KEY_BYTES), { mode: 0o600, flag: 'wx' });
  try {
    if (lstatSync(file, { throwIfNoEntry: false })) rmSync(file, { recursive: true });
    linkSync(draft, file);
  } catch {
    // Another process was first.
  } finally {
    rmSync(draft, { force: true });
  }
  return keyIn(file);
}
