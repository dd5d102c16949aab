import { rmSync } from 'node:fs';

/** Removes the folders of a test at its end. What a process writes there meanwhile fails no test: all folders go when the tests end. */
export function remove(...folders: readonly string[]): void {
  for (const folder of folders)
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch {}
}
