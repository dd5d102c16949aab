import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from '@jest/globals';
import { remove } from '../../jest/remove.js';

const made: string[] = [];
afterEach(() => {
  remove(...made.splice(0));
});

/** Where nothing waits for a disk, if there is such a place. */
const QUICK = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** Removed after the test. */
export function folder(): string {
  const at = mkdtempSync(join(QUICK, 'millrace-laws-'));
  made.push(at);
  return at;
}

export const filesBelow = (root: string): string[] =>
  (existsSync(root) ? (readdirSync(root, { recursive: true }) as string[]) : [])
    .filter((name) => statSync(join(root, name)).isFile())
    .sort();

/** Every file with its content. */
export const snapshot = (root: string): Map<string, string> =>
  new Map(filesBelow(root).map((name) => [name, readFileSync(join(root, name)).toString('base64')]));

/** Files that were added, changed or removed. */
export function changedFiles(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => before.get(name) !== after.get(name)).sort();
}

export const flipBit = (file: string, where = 0.5): void => {
  const bytes = readFileSync(file);
  const at = Math.min(bytes.length - 1, Math.floor(bytes.length * where));
  bytes[at] = (bytes[at] as number) ^ 1;
  chmodSync(file, 0o644);
  writeFileSync(file, bytes);
};
