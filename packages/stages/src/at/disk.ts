import { createReadStream, existsSync, realpathSync } from 'node:fs';
import { lstat, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { makeFolders } from '@millrace/core/private';

/** All that this room does with files. */

/** Changes when the content may have. Links to a file change its ctime, so that is no part of it. */
export async function stampOf(path: string): Promise<string | undefined> {
  const info = await lstat(path, { bigint: true }).catch(ifGone);
  if (!info) return undefined;
  return info.isFile() ? `${info.size}:${info.mtimeNs}:${info.ino}` : 'no file';
}

const ifGone = (error: NodeJS.ErrnoException): undefined => {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
  throw error;
};

export async function sameBytes(a: string, b: string): Promise<boolean> {
  const [left, right] = await Promise.all([lstat(a), lstat(b)]);
  if (!left.isFile() || left.size !== right.size) return false;
  const other = createReadStream(b, { highWaterMark: BLOCK })[Symbol.asyncIterator]();
  for await (const block of createReadStream(a, { highWaterMark: BLOCK }))
    if (!(block as Buffer).equals((await other.next()).value as Buffer)) return false;
  return true;
}

const BLOCK = 1 << 20;

/** Where a path leads, also one that is not there yet. */
export const whereIs = (path: string): string =>
  existsSync(path) || dirname(path) === path ? realpathSync(path) : join(whereIs(dirname(path)), basename(path));

export const readText = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(ifGone);

/** Whole or not at all. A link that somebody put in the place of the draft is not written through. */
export async function writeWhole(path: string, text: string): Promise<void> {
  makeFolders(dirname(path));
  await rm(`${path}.part`, { force: true });
  await writeFile(`${path}.part`, text, { flag: 'wx' });
  await rename(`${path}.part`, path);
}

/** A file, and the folders that are empty without it. */
export async function remove(path: string, root: string): Promise<void> {
  await rm(path, { force: true });
  for (let folder = dirname(path); folder.length > root.length; folder = dirname(folder)) {
    const left = await readdir(folder).catch(() => ['?']);
    if (left.length) return;
    await rmdir(folder);
  }
}

/** What a killed process was about to put in the place of these. A file of the user's own may have such a name too. */
export async function removeDrafts(root: string, paths: ReadonlySet<string>): Promise<void> {
  const names = await readdir(root, { recursive: true }).catch(() => []);
  for (const name of names) {
    const path = name.split(sep).join('/');
    const of = /^(.+)\.\d+\.part$/.exec(path)?.[1];
    if (of !== undefined && paths.has(of) && !paths.has(path)) await rm(join(root, name), { force: true });
  }
}
