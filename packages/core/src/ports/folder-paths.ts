import { sep } from 'node:path';
import type { FolderOutput } from './store.js';

/** Where `\` parts folders and `C:` names a disk, both lead elsewhere; on other systems they are letters of a name. */
const ODD = sep === '\\' ? /[\0\\:]/ : /\0/;

/** Whether a path that comes from data names something inside of the folder that it is joined to. */
export const isPathInside = (path: unknown): path is string =>
  typeof path === 'string' &&
  !ODD.test(path) &&
  path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');

/** Why the files of a folder cannot be put side by side, below one folder and nowhere else. */
export function folderProblem({ files }: FolderOutput): string | undefined {
  const paths = new Set<string>();
  for (const { path } of files) {
    if (!isPathInside(path)) return `it names a file outside of its folder: ${JSON.stringify(path)}`;
    if (paths.has(path)) return `it names a file twice: ${JSON.stringify(path)}`;
    paths.add(path);
  }
  const both = [...paths].find((path) => foldersOf(path).some((folder) => paths.has(folder)));
  return both && `it names a file below another file: ${JSON.stringify(both)}`;
}

/** Before the first of its files is put somewhere. */
export function checkFolder(output: FolderOutput): void {
  const problem = folderProblem(output);
  if (problem !== undefined)
    throw new Error(
      `The list of files of a folder is not to be believed: ${problem}. Nothing of it was put anywhere. Run \`millrace verify\` to set its record aside, then run again.`,
    );
}

/** `a` and `a/b` of `a/b/c`. */
export const foldersOf = (path: string): string[] => [...path.matchAll(/\//g)].map(({ index }) => path.slice(0, index));
