import { randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** All that batches do with files: small ones, whole and durable or not there. A full disk takes a part of what is written: the rest is tried, and told. */
export function writeDurable(path: string, text: string): void {
  const fd = openSync(`${path}.part`, 'w');
  try {
    writeFileSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(`${path}.part`, path);
  syncFolderOf(path);
}

function syncFolderOf(path: string): void {
  const fd = openSync(join(path, '..'), 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

export interface Draft {
  add(line: string): void;
  /** From now on it counts. */
  keep(): void;
  drop(): void;
}

/** Lines that count only when all of them are there. */
export function draft(path: string): Draft {
  const fd = openSync(`${path}.part`, 'w');
  return {
    add: (line) => writeFileSync(fd, `${line}\n`),
    keep: () => {
      fsyncSync(fd);
      closeSync(fd);
      renameSync(`${path}.part`, path);
      syncFolderOf(path);
    },
    drop: () => closeSync(fd),
  };
}

export const read = (path: string): string => readFileSync(path, 'utf8');

export const there = (path: string): boolean => existsSync(path);

export const names = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder).sort() : []);

export const within = (folder: string, name: string): string => join(folder, name);

export const changedAt = (path: string): number => statSync(path).mtimeMs;

/** The clock that the dates of files come from, which on a network folder is not ours. A full disk tells none. */
export function timeOfDisk(folder: string): number | undefined {
  const path = join(folder, `${randomUUID()}.time`);
  try {
    writeFileSync(path, '');
    return changedAt(path);
  } catch {
    return undefined;
  } finally {
    rmSync(path, { force: true });
  }
}

export const remove = (path: string): void => rmSync(path, { force: true });
