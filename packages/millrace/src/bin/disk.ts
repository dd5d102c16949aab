import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const MONTH_MS = 30 * 24 * 60 * 60 * 1000;

export const readText = (path: string): string => readFileSync(path, 'utf8');

export function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

/** Whole or not at all. A cache that cannot be written costs time only. */
export function writeIfPossible(path: string, data: Uint8Array): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const draft = `${path}.${process.pid}.tmp`;
    writeFileSync(draft, data, { mode: 0o600 });
    renameSync(draft, path);
  } catch {
    return;
  }
}

/** Copies that are no longer installed would leave theirs for ever. */
export function sweepOld(folder: string, prefix: string): void {
  try {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      if (name.startsWith(prefix) && Date.now() - statSync(path).mtimeMs > MONTH_MS) rmSync(path, { force: true });
    }
  } catch {
    return;
  }
}
