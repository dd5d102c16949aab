import {
  accessSync,
  appendFileSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha } from './digest.js';
import { atExit, ownId } from './process.js';

/** The one file of this package that touches the file system. */
const missing = (error: unknown) =>
  ['ENOENT', 'ENOTDIR', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '');

const orMissing = <T>(read: () => T): T | undefined => {
  try {
    return read();
  } catch (error) {
    if (missing(error)) return undefined;
    throw error;
  }
};

export const readText = (file: string) => orMissing(() => readFileSync(file, 'utf8'));
export const readBytes = (file: string) => readFileSync(file);
export const digestOf = (file: string) => orMissing(() => sha(readFileSync(file)));
export const realPath = (file: string) => orMissing(() => realpathSync(file));
/** The file of a place that a stack trace tells as a path or as an address. */
export const fileOf = (site: string) => realPath(site.startsWith('file:') ? fileURLToPath(site) : site);

/** Follows links: one that leads nowhere is nothing. */
export const exists = (file: string) => existsSync(file);
export const isFile = (file: string) => orMissing(() => statSync(file).isFile()) ?? false;
export const isFolder = (file: string) => orMissing(() => statSync(file).isDirectory()) ?? false;

/** Stands for the content of a file, or the names in a folder, while it is the same; `since`: when that was last touched. */
export const stampOf = (path: string): { readonly text: string; readonly since: number } | undefined => {
  const found = orMissing(() => statSync(path, { bigint: true, throwIfNoEntry: false }));
  if (!found) return undefined;
  const { size, mtimeNs, ctimeNs, ino } = found;
  return {
    text: `${size} ${mtimeNs} ${ctimeNs} ${ino}`,
    since: Math.max(Number(mtimeNs / 1_000_000n), Number(ctimeNs / 1_000_000n)),
  };
};

/** Names in a folder; folders end in a slash, links in an at sign. */
export const entriesIn = (folder: string): string[] =>
  (orMissing(() => readdirSync(folder, { withFileTypes: true })) ?? []).map((entry) =>
    entry.isSymbolicLink() ? `${entry.name}@` : entry.isDirectory() ? `${entry.name}/` : entry.name,
  );

/** Every folder from this one up to the root. */
export const foldersUp = (folder: string): string[] => {
  const up = dirname(folder);
  return up === folder ? [folder] : [folder, ...foldersUp(up)];
};

/** Others see the whole file or none of it. It is code: only this user may write it, whatever the umask says. */
export const writeWhole = (file: string, text: string) => {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${ownId()}.tmp`;
  writeFileSync(draft, text, { mode: 0o600 });
  renameSync(draft, file);
};

/** Costs time only where it cannot be written: another user may have made the file. */
export const appendLine = (file: string, line: string) =>
  ifAllowed(() => appendFileSync(file, `${line}\n`, { mode: 0o600 }));

const ifAllowed = (write: () => void) => {
  try {
    write();
  } catch {
    return;
  }
};

const WEEK = 7 * 24 * 60 * 60 * 1000;

/** Drops what other versions of the same file left behind, once it is old enough that nobody still imports from it. */
export const sweepOld = (folder: string, prefix: string, keep: string) => {
  for (const name of orMissing(() => readdirSync(folder)) ?? []) {
    if (!name.startsWith(prefix) || name.startsWith(keep)) continue;
    const age = Date.now() - (orMissing(() => statSync(join(folder, name)).mtimeMs) ?? Date.now());
    if (age > WEEK) ifAllowed(() => rmSync(join(folder, name), { force: true, recursive: true }));
  }
};

let own: string | undefined;

/** For this process alone, where there is no cache that it may write to. */
const ownFolder = (): string => {
  if (own) return own;
  const made = mkdtempSync(join(tmpdir(), 'millrace-code-'));
  atExit(() => rmSync(made, { recursive: true, force: true }));
  own = made;
  return made;
};

/** The folder, if it is there or can be made and written to. */
export const usable = (folder: string | undefined): string => {
  if (folder === undefined) return ownFolder();
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK);
    return folder;
  } catch {
    return ownFolder();
  }
};

export const absolute = (file: string) => resolve(file);
