import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { createReadStream, type Dirent, existsSync, lstatSync, mkdirSync, realpathSync } from 'node:fs';
import { lstat, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { foldersOf, isPathInside } from './ports/folder-paths.js';

/** All that the engine itself does with files: it looks, and takes away what it had put somewhere for a while. */
export interface FoundFile {
  /** Relative to the folder, with `/`. */
  readonly path: string;
  readonly from: string;
  readonly bytes: number;
  readonly executable: boolean;
}

/** The files of a folder in code unit order. A link that leads out of it is refused, whatever it points to. */
export async function filesOf(folder: string): Promise<FoundFile[]> {
  const root = realpathSync(folder);
  const found: FoundFile[] = [];
  for (const entry of await entriesOf(root)) {
    const from = join(entry.parentPath, entry.name);
    const info = await lstat(from);
    if (info.isDirectory()) continue;
    if (info.isSymbolicLink() && !realpathSync(from).startsWith(root + sep))
      throw leavesFolder(relative(root, from), folder);
    const real = await stat(from);
    if (real.isFile())
      found.push({
        path: relative(root, from).split(sep).join('/'),
        from,
        bytes: real.size,
        executable: (real.mode & 0o100) !== 0,
      });
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** All below a folder. Systems take any bytes for a name: what is no text would be read as another name, and is refused. */
export async function entriesOf(root: string): Promise<Dirent[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(async (error) => {
    await refuseNoText(dirname(String(error.path)), root);
    throw error;
  });
  const odd = new Set(entries.filter(({ name }) => name.includes(NO_TEXT)).map(({ parentPath }) => parentPath));
  for (const folder of odd) await refuseNoText(folder, root);
  return entries;
}

/** What stands in the place of bytes that are no text. */
const NO_TEXT = '\uFFFD';

async function refuseNoText(folder: string, root: string): Promise<void> {
  const names = await readdir(folder, { encoding: 'buffer' }).catch(() => []);
  const odd = names.find((name) => !isUtf8(name));
  if (odd === undefined) return;
  const shown = odd.toString('latin1').replace(/[^ -~]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
  throw new Error(
    `The folder ${root} has a file named ${join(relative(root, folder), shown)}, whose name is no text in UTF-8 and would be another on another system. Nothing of the folder was kept; let what wrote it use a name in UTF-8, or rename it.`,
  );
}

const leavesFolder = (link: string, folder: string): Error =>
  new Error(
    `The link ${link} leads out of the folder ${folder}: what lies there would not be kept with it. Copy the file into the folder, or leave the link out.`,
  );

/** Where files that data names go below a folder: never out of it, also not through a link that lies there. */
export function placesBelow(root: string): (path: string) => string {
  const looked = new Set<string>();
  return (path) => {
    if (!isPathInside(path)) throw leadsOut(path, root);
    for (const folder of foldersOf(path)) {
      if (looked.has(folder)) continue;
      if (isLink(join(root, folder))) throw throughLink(folder, root);
      looked.add(folder);
    }
    return `${root}/${path}`;
  };
}

/** Where a file stands in the way, whoever puts something there finds out. */
const isLink = (path: string): boolean => {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  } catch {
    return false;
  }
};

const leadsOut = (path: unknown, root: string): Error =>
  new Error(
    `The file ${JSON.stringify(path)} would lie outside of the folder ${root}, so nothing was put there. What names it is not of Millrace, or was changed: run \`millrace verify\`, then run again.`,
  );

const throughLink = (folder: string, root: string): Error =>
  new Error(
    `${join(root, folder)} is a link, and no file of an output is put through a link: it would lie outside of ${root}. Remove the link, or choose another folder.`,
  );

/** On the same disk as the folder: in it where it is there already, which may be the root of a disk. */
export const draftOf = (path: string, token: string): string =>
  existsSync(path) ? join(path, `.${token}.part`) : `${path}.${token}.part`;

/** Files of a finished folder take their places in another, where there may be others. */
export async function moveFiles(from: string, to: string, paths: readonly string[]): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  if (!existsSync(to)) return rename(from, to);
  const below = placesBelow(to);
  for (const [path, target] of paths.map((path) => [path, below(path)] as const)) {
    await mkdir(dirname(target), { recursive: true });
    await rename(join(from, path), target);
  }
}

export function makeFolder(path: string): string {
  mkdirSync(path, { recursive: true });
  return path;
}

/** What cannot be removed goes with the process. */
export const removeFolder = (path: string): Promise<void> =>
  rm(path, { recursive: true, force: true }).catch(() => undefined);

/** Links followed; what is not there is where it is named. */
export const realPath = (path: string): string => (existsSync(path) ? realpathSync(path) : path);

export interface FileStamp {
  readonly size: number;
  readonly mtimeNs: string;
  readonly ctimeNs: string;
  readonly inode: string;
}

/** Something is there that is no file: a pipe gives its content once, and may be waited for without end. */
export class NotAFile extends Error {
  override readonly name = 'NotAFile';
}

export async function stampOf(path: string): Promise<FileStamp> {
  const info = await stat(path, { bigint: true });
  if (!info.isFile())
    throw new NotAFile(info.isDirectory() ? 'a folder' : info.isFIFO() ? 'a pipe' : 'a device or socket');
  return {
    size: Number(info.size),
    mtimeNs: String(info.mtimeNs),
    ctimeNs: String(info.ctimeNs),
    inode: String(info.ino),
  };
}

export async function digestFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest('hex').slice(0, 32);
}
