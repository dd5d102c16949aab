import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { kernelSays, nameOf, token, whoAmI, whoIs } from '@millrace/arrow-store/process';
import type { Look } from '@millrace/core';
import { makeFolders } from '@millrace/core/private';

/** All that sources do with files. */
export const placeOf = (path: string, base: string): string => {
  if (path.startsWith('file://')) return fileURLToPath(path);
  if (path.startsWith('~/')) return join(homedir(), path.slice(2));
  return isAbsolute(path) ? path : resolve(base, path);
};

export const within = (folder: string, name: string): string => join(folder, name);
export const beside = (path: string, name: string): string => join(dirname(path), name);

const PIECE = 1 << 20;

/** The bytes of a file, a piece at a time. */
export async function* piecesOf(path: string): AsyncGenerator<Buffer> {
  for await (const piece of createReadStream(path, { highWaterMark: PIECE })) yield piece as Buffer;
}

export const bytesOfFile = (path: string): Promise<Buffer> => readFile(path);

export const sizeOf = async (path: string): Promise<number> => (await stat(path)).size;

/** The first bytes of a file. */
export async function startOf(path: string, most = PIECE): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(most), 0, most, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

export const isFolder = async (path: string): Promise<boolean> =>
  stat(path).then(
    (info) => info.isDirectory(),
    () => false,
  );

/** Paths of the files below a folder, relative to it, with `/`, by code unit. What starts with a dot is left out. */
export async function filesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const full = join(entry.parentPath, entry.name);
    const path = relative(folder, full).split(sep).join('/');
    if (path.split('/').some((part) => part.startsWith('.'))) continue;
    if (entry.isFile() || (entry.isSymbolicLink() && (await stat(full)).isFile())) found.push(path);
  }
  return found.sort((a, b) => (a < b ? -1 : 1));
}

export const readIfThere = (path: string, most?: number): Promise<Buffer | undefined> =>
  (most === undefined ? readFile(path) : startOf(path, most)).catch(() => undefined);

/** Keeps bytes under a name, else under their digest, which it gives: whole or not at all. */
export async function keepBytes(
  folder: string,
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  name?: string,
): Promise<string> {
  makeFolders(resolve(folder), 0o700);
  const unfinished = join(folder, `${nameOf(whoAmI())}.${token()}${PART}`);
  const hash = createHash('sha256');
  const file = await open(unfinished, 'wx', 0o600);
  try {
    for await (const piece of pieces) {
      hash.update(piece);
      await file.write(piece);
    }
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  const digest = hash.digest('hex').slice(0, 32);
  await rename(unfinished, join(folder, name ?? digest));
  return digest;
}

const PART = '.part';
/** Where the kernel cannot tell whether its writer lives: who downloads writes much more often. */
const LEFT_MS = 86_400_000;

/** Takes away what killed processes left half. Gives how many bytes that was; `look` takes nothing away. */
export async function sweepParts(folder: string, { look = false }: { readonly look?: boolean } = {}): Promise<number> {
  let bytes = 0;
  const parts = (await readdir(folder).catch(() => []))
    .filter((name) => name.endsWith(PART))
    .map((name) => ({ name, writer: writerOf(name) }));
  const now = parts.some(({ writer }) => writer === 'unknown') ? await timeOfDisk(folder) : 0;
  for (const { name, writer } of parts) {
    const path = join(folder, name);
    const info = await lstat(path).catch(() => undefined);
    const isLeft = writer === 'dead' || (writer === 'unknown' && now - (info?.mtimeMs ?? now) > LEFT_MS);
    if (!info?.isFile() || !isLeft) continue;
    if (!look) await rm(path, { force: true });
    bytes += info.size;
  }
  return bytes;
}

const writerOf = (name: string) => {
  const who = whoIs(name);
  return who ? kernelSays(who) : 'unknown';
};

/** Ages are told by one clock: of the disk that gave the dates, not of this machine. */
async function timeOfDisk(folder: string): Promise<number> {
  const probe = join(folder, `${nameOf(whoAmI())}.${token()}${PART}`);
  try {
    await writeFile(probe, '', { flag: 'wx', mode: 0o600 });
    return (await stat(probe)).mtimeMs;
  } catch {
    return 0;
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
}

/** What files were when they were looked at in this process, by path: stamp and digest. */
const looked = new Map<string, string>();

/** The digest of a file that is about to be read. */
export async function digestOf(path: string, look: Pick<Look, 'file'>, from?: 'anywhere'): Promise<string> {
  const before = await stampOf(path).catch(() => undefined);
  const { digest } = await look.file(path, from);
  if (before !== undefined) looked.set(path, `${before} ${digest}`);
  return digest;
}

async function stampOf(path: string): Promise<string> {
  const { size, mtimeNs, ctimeNs, ino } = await stat(path, { bigint: true });
  return `${ino}:${size}:${mtimeNs}:${ctimeNs}`;
}

const LOADED = Date.now();
const RACY_MS = 2000;

/**
 * Whether a file is no longer what had this digest when it was looked at, in this process. A stamp tells, but for changes
 * right after one another. Dates alone do not: those of a network folder are of another clock.
 */
export async function changedSince(path: string, digest: string): Promise<boolean> {
  const { ctimeMs } = await stat(path);
  if (ctimeMs < LOADED - RACY_MS && looked.get(path) === `${await stampOf(path)} ${digest}`) return false;
  const hash = createHash('sha256');
  for await (const piece of piecesOf(path)) hash.update(piece);
  return hash.digest('hex').slice(0, digest.length) !== digest;
}
