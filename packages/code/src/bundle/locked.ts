import { join } from 'node:path';
import { foldersUp, isFile, readText } from '../disk.js';

/** What a lock file says of a package, the same on all machines. */
export interface Locked {
  readonly integrity: readonly string[];
  /** Only some systems or processors get it. */
  readonly chosen: boolean;
}

const FILES = ['package-lock.json', 'npm-shrinkwrap.json', 'pnpm-lock.yaml', 'yarn.lock', 'bun.lock'];

/** The nearest lock file, and all that were looked for before it. */
export const lockFileFor = (folder: string): { readonly file?: string; readonly tried: readonly string[] } => {
  const tried: string[] = [];
  for (const up of foldersUp(folder)) {
    if (up.split(/[\\/]/).includes('node_modules')) continue;
    for (const name of FILES) {
      const file = join(up, name);
      if (isFile(file)) return { file, tried };
      tried.push(file);
    }
  }
  return { tried };
};

export const lockedIn = (file: string, name: string): Locked => {
  const blocks = blocksOf(file, readText(file) ?? '', name);
  return {
    integrity: [...new Set(blocks.flatMap((block) => INTEGRITY.exec(block)?.[0] ?? []))].sort(),
    // The lock files of the first Yarn don't say: what is optional there may well be.
    chosen: blocks.some((block) => file.endsWith('yarn.lock') || /\b(os|cpu|libc|conditions)\b/.test(block)),
  };
};

const INTEGRITY = /sha\d+-[\w+/=]{20,}|checksum: \S+/;

const blocksOf = (file: string, text: string, name: string): readonly string[] => {
  const safe = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  if (/(package-lock|npm-shrinkwrap)\.json$/.test(file)) return inNpm(text, name);
  if (file.endsWith('bun.lock')) return text.match(new RegExp(`^.*\\["${safe}@.*$`, 'gm')) ?? [];
  if (file.endsWith('.yaml'))
    return text.match(new RegExp(`^ {2}['"]?/?${safe}[@/]\\d.*:\\n(?: {4}.*\\n)+`, 'gm')) ?? [];
  return text.match(new RegExp(`^(?:.*, )?"?${safe}@.*:\\n(?: {2}.*\\n?)+`, 'gm')) ?? [];
};

const inNpm = (text: string, name: string): readonly string[] => {
  try {
    const { packages = {} } = JSON.parse(text) as { packages?: Record<string, object> };
    return Object.entries(packages)
      .filter(([at]) => at.endsWith(`node_modules/${name}`))
      .map(([, entry]) => JSON.stringify(entry));
  } catch {
    return [];
  }
};
