import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { closeSync, createReadStream, openSync, writeFileSync } from 'node:fs';
import { lstat, mkdir, open, readdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { createInterface } from 'node:readline';
import { entriesOf, type Look, matchesGlob, type Row } from '@millrace/core';

/** All that a command's own code does with files. */

export interface Found {
  /** With `/`, from where the search began. */
  readonly path: string;
  readonly from: string;
}

export const isFile = async (base: string, path: string): Promise<boolean> =>
  (await stat(resolve(base, path)).catch(() => undefined))?.isFile() === true;

export const isFolder = async (base: string, path: string): Promise<boolean> =>
  (await stat(resolve(base, path)).catch(() => undefined))?.isDirectory() === true;

/** The files of a folder in code unit order; what other tools keep there aside. */
export async function filesIn(base: string, path: string): Promise<Found[]> {
  const root = resolve(base, path);
  const found: Found[] = [];
  for (const entry of await readdir(root, { withFileTypes: true })) {
    if (ASIDE.has(entry.name)) continue;
    const inner = join(root, entry.name);
    if (entry.isDirectory())
      for (const file of await filesIn(root, entry.name)) found.push({ ...file, path: `${entry.name}/${file.path}` });
    else if ((await stat(inner)).isFile()) found.push({ path: entry.name, from: inner });
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

const ASIDE: ReadonlySet<string> = new Set(['.git', '.millrace', 'node_modules', '__pycache__', '.venv']);

export async function matching(base: string, patterns: readonly string[]): Promise<Found[]> {
  const found = new Map<string, Found>();
  for (const pattern of patterns) {
    const here = (await under(base, pattern)).filter(({ path }) => matchesGlob(path, pattern));
    if (here.length === 0)
      throw new Error(
        `No file matches ${pattern}, which the command says it uses. Patterns start at ${base}: correct it, or leave it out.`,
      );
    for (const file of here) found.set(file.path, file);
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function under(base: string, pattern: string): Promise<Found[]> {
  const fixed = pattern.slice(0, pattern.search(/[*?]|$/));
  const folder = fixed.slice(0, fixed.lastIndexOf('/') + 1);
  if (!/[*?]/.test(pattern))
    return (await isFile(base, pattern)) ? [{ path: pattern, from: resolve(base, pattern) }] : [];
  if (!(await isFolder(base, folder))) return [];
  return (await filesIn(base, folder)).map(({ path, from }) => ({ path: folder + path, from }));
}

/** What is asked of files. */
export type Files = Pick<Look, 'file' | 'base'>;

/** Reads every file anew: for what may have changed since the run began. */
export const freshLook = (base: string): Files => ({
  base,
  file: async (path) => {
    const full = isAbsolute(path) ? path : resolve(base, path);
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of createReadStream(full, { highWaterMark: 1 << 20 })) {
      hash.update(chunk as Buffer);
      bytes += (chunk as Buffer).length;
    }
    return { digest: hash.digest('hex').slice(0, 32), bytes };
  },
});

/** An attempt begins with nothing but what an earlier one left to go on from, and the log. */
export const clearBut = (root: string, kept: readonly string[]): Promise<boolean> =>
  clear(Buffer.from(root), '', (path) => kept.some((pattern) => matchesGlob(path, pattern)));

/** By bytes: a program may give names that are no text. */
async function clear(folder: Buffer, below: string, kept: (path: string) => boolean): Promise<boolean> {
  let left = false;
  for (const entry of await readdir(folder, { encoding: 'buffer', withFileTypes: true })) {
    const path = Buffer.concat([folder, Buffer.from(sep), entry.name]);
    const name = `${below}${entry.name}`;
    if (name === 'log') continue;
    if (entry.isDirectory() && (await clear(path, `${name}/`, kept))) left = true;
    else if (entry.isDirectory()) await rmdir(path);
    else if (isUtf8(entry.name) && kept(name)) left = true;
    else await rm(path, { force: true });
  }
  return left;
}

/** Takes its room on the disk now, for what is to be said when there may be none. */
export async function reserve(path: string, bytes: number): Promise<void> {
  await writeFile(path, ' '.repeat(bytes));
}

/** Into what was reserved, whole and durable or not there. */
export async function putDurable(draft: string, text: string, path: string): Promise<void> {
  const file = await open(draft, 'r+');
  try {
    await file.write(text, 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
  // Some systems cannot sync a folder; there a rename is durable by itself.
  const folder = await open(dirname(path), 'r').catch(() => undefined);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}

export async function emptied(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
}

/** Which file stands there, and what changes when it is written into. */
export async function stampsOf(root: string, paths: readonly string[]) {
  const stamps = new Map<string, { readonly file: string; readonly content: string }>();
  for (const path of paths) {
    const info = await lstat(join(root, path), { bigint: true }).catch(() => undefined);
    if (info) stamps.set(path, { file: `${info.dev}:${info.ino}`, content: `${info.size}:${info.mtimeNs}` });
  }
  return stamps;
}

export const remove = (path: string): Promise<void> => rm(path, { force: true });

export const within = (folder: string, path: string): string => join(folder, path);

/** What is no file and no folder, and so is kept by nobody, in words. A link to nothing is taken away: nobody could follow it. */
export async function notKept(root: string): Promise<string[]> {
  const odd: string[] = [];
  for (const entry of await entriesOf(root)) {
    if (entry.isFile() || entry.isDirectory()) continue;
    const path = join(entry.parentPath, entry.name);
    const to = entry.isSymbolicLink() ? await stat(path).catch(() => 'nothing' as const) : undefined;
    if (to === 'nothing') await rm(path);
    else if (to?.isFile()) continue;
    odd.push(
      `${relative(root, path)} (${to === undefined ? 'no file' : `a link to ${to === 'nothing' ? to : 'a folder'}`})`,
    );
  }
  return odd;
}

export const makeFolder = async (path: string): Promise<void> => void (await mkdir(path, { recursive: true }));

export async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

export async function writeLines(path: string, lines: AsyncIterable<string>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, lines);
}

export const exists = async (path: string): Promise<boolean> =>
  (await lstat(path).catch(() => undefined)) !== undefined;

export const readText = (path: string): Promise<string> => readFile(path, 'utf8');

/** Rows of a file of JSON lines, some thousand at a time. */
export async function* rowsIn(path: string, parseJson: (text: string) => unknown): AsyncGenerator<Row[]> {
  let rows: Row[] = [];
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    line++;
    if (text.trim()) rows.push(parsedLine(text, parseJson, `${path}:${line}`));
    if (rows.length >= ROWS_AT_ONCE) {
      yield rows;
      rows = [];
    }
  }
  yield rows;
}

const ROWS_AT_ONCE = 8192;

function parsedLine(text: string, parseJson: (text: string) => unknown, where: string): Row {
  try {
    const row: unknown = parseJson(text);
    if (typeof row === 'object' && row !== null && !Array.isArray(row)) return row as Row;
  } catch {
    // Said below.
  }
  throw new Error(
    `${where} is no JSON object: ${text.slice(0, 60)}. Nothing of the output counts; each line must be a row as JSON.`,
  );
}

export interface Sink {
  write(text: string): void;
  close(): void;
}

export function appendTo(path: string): Sink {
  const fd = openSync(path, 'a');
  return { write: (text) => writeFileSync(fd, text), close: () => closeSync(fd) };
}
