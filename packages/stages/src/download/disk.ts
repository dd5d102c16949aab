import { createHash, type Hash } from 'node:crypto';
import { closeSync, createReadStream, createWriteStream, openSync, writeSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** All that downloads do with files. */

export const sizeOf = async (path: string): Promise<number | undefined> =>
  (await stat(path).catch(() => undefined))?.size;

export const textOf = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined);

export const within = (folder: string, path: string): string => join(folder, path);

export async function writeText(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

export const isEmpty = async (folder: string): Promise<boolean> => (await readdir(folder)).length === 0;

export const remove = (path: string): Promise<void> => rm(path, { force: true });

export async function move(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await rename(from, to);
}

/** Adds what a file holds to a hash. */
export async function hashInto(hash: Hash, path: string): Promise<void> {
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
}

/** By the name that git or a person gave the content. */
export const startHash = (is: 'sha256' | 'git', bytes: number): Hash =>
  is === 'sha256' ? createHash('sha256') : createHash('sha1').update(`blob ${bytes}\0`);

export interface Appender {
  write(chunk: Uint8Array): void;
  close(): void;
}

export async function appendTo(path: string): Promise<Appender> {
  await mkdir(dirname(path), { recursive: true });
  const fd = openSync(path, 'a');
  return {
    write: (chunk) => {
      for (let at = 0; at < chunk.length; ) at += writeSync(fd, chunk, at);
    },
    close: () => closeSync(fd),
  };
}

export async function writeLines(path: string, lines: AsyncIterable<string>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await pipeline(Readable.from(lines), createWriteStream(path));
}
