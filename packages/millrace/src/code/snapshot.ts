import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { type Bundled, bundle, type Framework, isCode } from './bundle.js';
import {
  conditionsOfProcess,
  digestOf,
  foldersUp,
  isFile,
  namesIn,
  readText,
  sha,
  sweepOld,
  writeWhole,
} from './disk.js';
import type { Lead } from './module.js';
import { type Versions, versionsOf } from './packages.js';

/** Change it when the reading of code changes: what was kept is then read again. */
export const SCHEME = 1;

/** What one bundling found, kept so that the next process need not look. */
export interface Snapshot {
  readonly scheme: number;
  readonly conditions: readonly string[];
  readonly roots: readonly string[];
  /** Digest of each file that went in. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Settings that change how files are read or found; null where there is none. */
  readonly settings: Readonly<Record<string, string | null>>;
  /** Names beside the inputs: another one may be found first the next time. */
  readonly listings: Readonly<Record<string, string>>;
  readonly packages: readonly PackageUse[];
  readonly leads: Readonly<Record<string, Readonly<Record<string, Lead>>>>;
  readonly order: readonly string[];
}

export interface PackageUse {
  readonly package: string;
  readonly folder: string;
  readonly versions: Versions;
}

export interface Kept {
  readonly snapshot: Snapshot;
  /** Names all that follows from it: the bundle, the answers. */
  readonly path: string;
}

const nameOf = (roots: readonly string[], cache: string) =>
  join(cache, `${basename(roots[0] ?? '')}-${sha(roots.join('\n')).slice(0, 12)}`);
const pathOf = (snapshot: Snapshot, cache: string) =>
  `${nameOf(snapshot.roots, cache)}-${sha(JSON.stringify(snapshot)).slice(0, 16)}`;

/** What is kept, if every fact it rests on still holds: by content, never by time. */
export const recall = (roots: readonly string[], cache: string): Kept | undefined => {
  const text = readText(`${nameOf(roots, cache)}.json`);
  const snapshot = text === undefined ? undefined : parse(text);
  if (!snapshot || !holds(snapshot)) return undefined;
  const path = pathOf(snapshot, cache);
  return isFile(`${path}.mjs`) ? { snapshot, path } : undefined;
};

const parse = (text: string): Snapshot | undefined => {
  try {
    const snapshot = JSON.parse(text) as Snapshot;
    return snapshot.scheme === SCHEME ? snapshot : undefined;
  } catch {
    return undefined;
  }
};

const holds = (snapshot: Snapshot): boolean =>
  JSON.stringify(snapshot.conditions) === JSON.stringify(conditionsOfProcess()) &&
  Object.entries(snapshot.inputs).every(([file, digest]) => digestOf(file) === digest) &&
  Object.entries(snapshot.settings).every(([file, digest]) => (digestOf(file) ?? null) === digest) &&
  Object.entries(snapshot.listings).every(([folder, digest]) => listingOf(folder) === digest) &&
  snapshot.packages.every(
    (use) => JSON.stringify(versionsOf(use.package, use.folder)) === JSON.stringify(use.versions),
  );

export interface Fresh extends Kept {
  readonly texts: ReadonlyMap<string, string>;
}

/** Bundles, and keeps what was found. Nothing is ever written beside the user's files. */
export const take = async (roots: readonly string[], cache: string, framework: Framework): Promise<Fresh> => {
  const bundled = await bundle(roots, join(cache, 'bundle.mjs'), framework);
  const snapshot = snapshotOf(roots, bundled);
  const path = pathOf(snapshot, cache);
  writeWhole(`${path}.mjs.map`, bundled.map);
  writeWhole(`${path}.mjs`, `${bundled.code}//# sourceMappingURL=${basename(path)}.mjs.map\n`);
  writeWhole(`${nameOf(roots, cache)}.json`, JSON.stringify(snapshot));
  sweepOld(cache, `${basename(nameOf(roots, cache))}-`, basename(path));
  return { snapshot, path, texts: bundled.inputs };
};

const snapshotOf = (roots: readonly string[], { inputs, leads, order }: Bundled): Snapshot => {
  const files = [...inputs.keys()].sort();
  const folders = [...new Set(files.map((file) => dirname(file)))];
  const settings = [...new Set(folders.flatMap(foldersUp))].flatMap((folder) =>
    SETTINGS.map((name) => join(folder, name)),
  );
  return {
    scheme: SCHEME,
    conditions: conditionsOfProcess(),
    roots,
    inputs: Object.fromEntries(files.map((file) => [file, sha(inputs.get(file) ?? '')])),
    settings: Object.fromEntries(
      [...settings, ...settings.flatMap(extended)].map((file) => [file, digestOf(file) ?? null]),
    ),
    listings: Object.fromEntries(folders.map((folder) => [folder, listingOf(folder)])),
    packages: packagesIn(leads),
    leads: Object.fromEntries([...leads].map(([file, of]) => [file, Object.fromEntries(of)])),
    order,
  };
};

const SETTINGS = ['package.json', 'tsconfig.json'];

/** Settings that a tsconfig takes over from others. */
const extended = (file: string): string[] => {
  const text = file.endsWith('tsconfig.json') ? readText(file) : undefined;
  const [, list = ''] = /"extends"\s*:\s*(\[[^\]]*\]|"[^"]*")/.exec(text ?? '') ?? [];
  const found = [...list.matchAll(/"([^"]+)"/g)].flatMap(([, name]) => settingAt(name!, file));
  return [...found, ...found.flatMap(extended)];
};

const settingAt = (name: string, from: string): string[] => {
  if (name.startsWith('.')) return [resolve(dirname(from), name.endsWith('.json') ? name : `${name}.json`)];
  try {
    return [createRequire(from).resolve(name)];
  } catch {
    return [];
  }
};

const listingOf = (folder: string) =>
  sha(
    namesIn(folder)
      .filter((name) => isCode(name) || (name.endsWith('/') && !name.startsWith('.')))
      .sort()
      .join('\n'),
  );

const packagesIn = (leads: Bundled['leads']): PackageUse[] => {
  const uses = new Map<string, PackageUse>();
  for (const of of leads.values())
    for (const lead of of.values()) {
      if (!('package' in lead)) continue;
      const { package: name, folder } = lead;
      const key = `${name}\0${folder}`;
      if (!uses.has(key)) uses.set(key, { package: name, folder, versions: versionsOf(name, folder) });
    }
  return [...uses.values()];
};
