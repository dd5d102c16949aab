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

export const remove = (path: string): void => rmSync(path, { force: true });
