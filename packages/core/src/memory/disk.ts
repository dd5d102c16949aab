import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** The little of the file system that a store without files needs: folders come from it and go to it. */
export const readWhole = async (path: string): Promise<{ bytes: Uint8Array; executable: boolean }> => {
  const { mode } = await stat(path);
  return { bytes: await readFile(path), executable: (mode & 0o100) !== 0 };
};

export const place = async (path: string, bytes: Uint8Array, executable: boolean): Promise<void> => {
  await mkdir(dirname(path), { recursive: true });
  rmSync(path, { force: true });
  await writeFile(path, bytes, { flag: 'wx' });
  chmodSync(path, executable ? 0o555 : 0o444);
};

/** Goes with the process, unless removed before. */
export const temporaryFolder = (): { path: string; remove(): void } => {
  const path = mkdtempSync(join(tmpdir(), 'millrace-'));
  const remove = () => rmSync(path, { recursive: true, force: true });
  process.once('exit', remove);
  return {
    path,
    remove: () => {
      process.off('exit', remove);
      remove();
    },
  };
};
