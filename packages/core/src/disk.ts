import { createHash } from 'node:crypto';
import { createReadStream, realpathSync } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

/** All that the engine itself does with files: it looks. */
export interface FoundFile {
  /** Relative to the folder, with `/`. */
  readonly path: string;
  readonly from: string;
  readonly bytes: number;
  readonly executable: boolean;
}

/** The files of a folder in code unit order. A link that leads out of it is refused, whatever it points to. */
export async function filesOf(folder: string): Promise<FoundFile[]> {
  const root = realpathSync(folder);
  const found: FoundFile[] = [];
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const from = join(entry.parentPath, entry.name);
    const info = await lstat(from);
    if (info.isDirectory()) continue;
    if (info.isSymbolicLink() && !realpathSync(from).startsWith(root + sep))
      throw leavesFolder(relative(root, from), folder);
    const real = await stat(from);
    if (real.isFile())
      found.push({
        path: relative(root, from).split(sep).join('/'),
        from,
        bytes: real.size,
        executable: (real.mode & 0o100) !== 0,
      });
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

const leavesFolder = (link: string, folder: string): Error =>
  new Error(
    `The link ${link} leads out of the folder ${folder}: what lies there would not be kept with it. Copy the file into the folder, or leave the link out.`,
  );

export interface FileStamp {
  readonly size: number;
  readonly mtimeNs: string;
  readonly ctimeNs: string;
  readonly inode: string;
}

export async function stampOf(path: string): Promise<FileStamp> {
  const info = await stat(path, { bigint: true });
  return {
    size: Number(info.size),
    mtimeNs: String(info.mtimeNs),
    ctimeNs: String(info.ctimeNs),
    inode: String(info.ino),
  };
}

export async function digestFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest('hex').slice(0, 32);
}
