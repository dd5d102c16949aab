import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

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
