import { isUtf8 } from 'node:buffer';
import {
  chmodSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  type Stats,
  statSync,
  symlinkSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { kernelSays, nameOf, whoAmI, whoIs } from '@millrace/arrow-store/process';
import { makeFolders } from '@millrace/core/private';
import { Mistake } from './mistake.js';
import { ownGroup, trustedOwners } from './process.js';

/** The one file of this package, beside that of `bin/`, that touches the disk. */
export const exists = (path: string): boolean => existsSync(path);
export const isFile = (path: string): boolean => statOf(path)?.isFile() ?? false;
export const isFolder = (path: string): boolean => statOf(path)?.isDirectory() ?? false;
/** Below a file nothing is there, and neither behind a link that leads to itself, or under a name that is too long. */
const statOf = (path: string): Stats | undefined => {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (['ENOTDIR', 'ELOOP', 'ENAMETOOLONG'].includes(codeOf(error))) return undefined;
    throw error;
  }
};
const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';
export const bytesOf = (path: string): number => statSync(path).size;
/** The first bytes of a file. */
export function readBytes(path: string, most: number): Buffer {
  const fd = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(Math.min(most, Math.max(1, statSync(path).size)));
    return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, 0));
  } finally {
    closeSync(fd);
  }
}
/** Can anybody write there but the user of this process, root, and the user's own group? */
export function othersWrite(path: string): boolean {
  const owners = trustedOwners();
  if (!owners) return false;
  const { mode, uid, gid } = statSync(path);
  return !owners.has(uid) || (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && gid !== ownGroup() && gid !== 0);
}
export const readText = (path: string): string => readFileSync(path, 'utf8');
/** Undefined where it is in another encoding: its signs would be read as others. */
export const readUtf8 = (path: string): string | undefined => {
  const bytes = readFileSync(path);
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
};
export const realPath = (path: string): string => (existsSync(path) ? realpathSync(path) : resolve(path));
/** As a person would name it from where they stand. */
export const shownPath = (file: string): string => {
  const near = relative(realPath('.'), file);
  return near.startsWith('..') ? file : near;
};
export const namesIn = (folder: string): string[] => (isFolder(folder) ? readdirSync(folder) : []);

export function writeText(path: string, text: string | Uint8Array): void {
  try {
    makeFolders(dirname(resolve(path)));
    writeFileSync(path, text);
  } catch (error) {
    throw unwritable(path, error);
  }
}

const NO_PLACE: Readonly<Record<string, string>> = {
  ENOENT: 'the file system takes no folder there',
  ENOTDIR: 'a file stands where a folder is needed',
  EEXIST: 'a file, or a link that leads nowhere, stands where a folder is needed',
  EISDIR: 'a folder stands there',
  ELOOP: 'a link there leads to itself',
  ENAMETOOLONG: 'the name is too long',
  EACCES: 'you have no right to write there',
  EPERM: 'you have no right to write there',
  EROFS: 'the file system is read-only',
};

function unwritable(path: string, error: unknown): unknown {
  const why = NO_PLACE[codeOf(error)];
  return why === undefined ? error : new Mistake(`Cannot write ${path}: ${why}. Choose another path.`);
}

/** A file that another user owns, or that lies in another user's folder, can be what they like each time it is read. */
export function isOfOthers(file: string): boolean {
  const owners = trustedOwners();
  const real = realPath(file);
  const all = [lstatSync(file), statSync(dirname(file)), statSync(real), statSync(dirname(real))];
  return owners !== undefined && all.some(({ uid }) => !owners.has(uid));
}

/** Others see the whole file or what was there before. A device or a pipe is written to as it is. */
export async function writePieces(path: string, pieces: AsyncIterable<string> | Iterable<string>): Promise<void> {
  const before = statOf(path);
  const write = async (draft: string) => {
    const file = await open(draft, 'w', before?.isFile() ? before.mode : 0o666);
    try {
      for await (const piece of pieces) await file.appendFile(piece);
    } finally {
      await file.close();
    }
  };
  await (before && !before.isFile() ? write(path).catch(refuse(path)) : writeWhole(path, write));
}

const refuse = (path: string) => (error: unknown) => {
  throw unwritable(path, error);
};

/** Writes a file under another name, and gives it its own when it is whole. */
export async function writeWhole(path: string, write: (draft: string) => Promise<void>): Promise<void> {
  const to = realPath(path);
  const draft = `${to}.${nameOf(whoAmI())}${PART}`;
  try {
    makeFolders(dirname(to));
    removeDrafts(to);
    await write(draft);
    renameSync(draft, to);
  } catch (error) {
    removeIfThere(draft);
    throw unwritable(path, error);
  }
}

const PART = '.part';

/** Nothing was made where no folder can be. */
const removeIfThere = (path: string): void => unless(['ENOTDIR', 'ENAMETOOLONG'], () => rmSync(path, { force: true }));

/** What killed processes of this machine left of this file. */
function removeDrafts(to: string): void {
  const begin = `${basename(to)}.`;
  for (const name of readdirSync(dirname(to))) {
    const who = name.startsWith(begin) && name.endsWith(PART) ? whoIs(name.slice(begin.length)) : undefined;
    if (who && kernelSays(who) === 'dead') rmSync(join(dirname(to), name), { force: true });
  }
}

export interface Link {
  /** Relative to the folder. */
  readonly path: string;
  /** Relative to where the link lies. */
  readonly target: string;
}

/** These links in the place of those that were there. Whatever is no link that `isOurs` stays, and is not gone through. */
export function freshLinks(folder: string, links: readonly Link[], isOurs: (target: string) => boolean): void {
  removeLinks(folder, isOurs);
  for (const { path, target } of links) if (makeFoldersIn(folder, dirname(path))) placeLink(target, join(folder, path));
}

function removeLinks(folder: string, isOurs: (target: string) => boolean): void {
  if (!kindIs(folder, 'folder')) return;
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (kindIs(path, 'folder')) removeLinks(path, isOurs);
    else if (kindIs(path, 'link') && isOurs(readlinkSync(path))) rmSync(path, { force: true });
  }
  unless(['ENOTEMPTY', 'EEXIST', 'ENOENT'], () => rmdirSync(folder));
}

/** False where something else stands in the way. */
function makeFoldersIn(root: string, path: string): boolean {
  let at = root;
  for (const part of ['.', ...path.split('/')]) {
    at = join(at, part);
    if (!exists(at) && !kindIs(at, 'link')) unless(['EEXIST'], () => mkdirSync(at));
    if (!kindIs(at, 'folder')) return false;
  }
  return true;
}

const placeLink = (target: string, path: string): void => unless(['EEXIST'], () => symlinkSync(target, path));

/** Another process may do the same at the same time. */
function unless(codes: readonly string[], act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!codes.includes(codeOf(error))) throw error;
  }
}

function kindIs(path: string, kind: 'folder' | 'link'): boolean {
  const is = lstatSync(path, { throwIfNoEntry: false });
  return (kind === 'link' ? is?.isSymbolicLink() : is?.isDirectory()) ?? false;
}

/** This folder and every one above it. */
export function foldersUp(from: string): string[] {
  const up = dirname(from);
  return up === from ? [from] : [from, ...foldersUp(up)];
}

/** Files, which need not be there yet, and trees of folders. */
export interface Places {
  readonly files: ReadonlySet<string>;
  readonly trees: readonly Tree[];
}

export interface Tree {
  readonly root: string;
  readonly holds: (path: string) => boolean;
}

/** Calls back when one of these changes, comes or goes. Folders are watched, since editors replace files. */
export function watchPlaces({ files, trees }: Places, changed: (file: string) => void): () => void {
  const isOnTheWay = (path: string) => {
    const below = `${path}${sep}`;
    if ([...files].some((file) => file.startsWith(below)) || trees.some(({ root }) => root.startsWith(below)))
      return true;
    return trees.some(({ root }) => root === path || path.startsWith(`${root}${sep}`)) && isFolder(path);
  };
  const folders = new Set([
    ...[...files].map((file) => nearestFolder(dirname(file))),
    ...trees.flatMap(({ root }) => (isFolder(root) ? foldersBelow(root) : [nearestFolder(root)])),
  ]);
  const watchers = [...folders].map((folder) =>
    watch(folder, (_, name) => {
      const file = name ? join(folder, name) : folder;
      if (files.has(file) || trees.some(({ holds }) => holds(file)) || isOnTheWay(file)) changed(file);
    }).on('error', () => changed(folder)),
  );
  return () => {
    for (const each of watchers) each.close();
  };
}

const nearestFolder = (path: string): string => foldersUp(path).find(isFolder) as string;

/** More folders than a project has; each takes a watch of the system. */
const MOST_FOLDERS = 4096;

function foldersBelow(root: string): string[] {
  const all = [root];
  for (const folder of all)
    for (const each of readdirSync(folder, { withFileTypes: true })) {
      if (all.length >= MOST_FOLDERS) return all;
      if (each.isDirectory() && !isOfTools(each.name)) all.push(join(folder, each.name));
    }
  return all;
}

export const isOfTools = (name: string): boolean => name.startsWith('.') || name === 'node_modules';

/** Exports are the user's to edit, and no more readable than his umask makes them. */
export const makeWritable = (path: string): void => chmodSync(path, statSync(path).mode | 0o200);
