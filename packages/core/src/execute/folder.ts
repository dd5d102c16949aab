import { filesOf } from '../disk.js';
import { digestValue } from '../identity/digest.js';
import type { FolderFile, FolderOutput, Store } from '../ports/store.js';
import { matchesGlob } from './glob.js';

export interface FolderResult {
  readonly folder: string;
  readonly notContent?: readonly string[];
  readonly essential?: readonly string[];
}

/** Takes a finished folder over, file by file; what it must have is named when it is missing. */
export async function takeFolder(
  { folder, notContent = [], essential = [] }: FolderResult,
  store: Store,
): Promise<FolderOutput> {
  const found = await filesOf(folder);
  const absent = essential.filter((pattern) => !found.some((file) => matchesGlob(file.path, pattern)));
  if (absent.length)
    throw new Error(
      `The folder ${folder} is not complete: ${absent.join(', ')} missing. Nothing of it was kept; see what should have written it.`,
    );
  const files: FolderFile[] = [];
  for (const file of found) {
    const { object, bytes } = await store.putFile(file.from);
    const aside = notContent.some((pattern) => matchesGlob(file.path, pattern));
    files.push({
      path: file.path,
      bytes,
      object,
      ...(file.executable && { executable: true as const }),
      ...(aside && { notContent: true as const }),
    });
  }
  return { is: 'folder', digest: folderDigest(files), bytes: files.reduce((sum, f) => sum + f.bytes, 0), files };
}

export const folderDigest = (files: readonly FolderFile[]): string =>
  digestValue(files.filter((f) => !f.notContent).map((f) => [f.path, f.object, f.executable === true]));
