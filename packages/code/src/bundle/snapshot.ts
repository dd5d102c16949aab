import { createRequire } from 'node:module';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { sha } from '../digest.js';
import { digestOf, foldersUp, readText, sweepOld, writeWhole } from '../disk.js';
import { conditionsOfProcess } from '../process.js';
import type { SourceMap } from '../syntax/origin.js';
import { type Bundled, bundle } from './bundle.js';
import type { Framework, Lead, PackageLead } from './edges.js';
import { findsTheSame, type Looked, Looking, mapped, mappingIn } from './looked.js';
import type { PackageContent } from './package-content.js';
import { contentKnown, contentNow, type Records } from './package-record.js';
import { type Asked, fileIn } from './package-text.js';
import { findPackage, isFrameworkName, packageOf, type Versions, versionsOf } from './packages.js';
import { keptIn, SCHEME } from './scheme.js';
import { withValues } from './values.js';

/** What one bundling found, kept so that the next process need not look. */
export interface Snapshot {
  readonly scheme: string;
  readonly conditions: readonly string[];
  readonly roots: readonly string[];
  /** Digest of each file that went in. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Settings that change how files are read or found; null where there is none. */
  readonly settings: Readonly<Record<string, string | null>>;
  readonly looked: Looked;
  readonly packages: readonly PackageUse[];
  /** What each package is, by the address of its file. */
  readonly contents: Readonly<Record<string, Content>>;
  /** What each file imports: other files, and packages by address. */
  readonly imports: Readonly<Record<string, readonly string[]>>;
  /** What the addresses left in the bundle stand for. */
  readonly leads: Readonly<Record<string, Lead>>;
  /** Where the framework was found, by specifier. */
  readonly framework: Readonly<Record<string, string>>;
  /** Digest of each file of the bundle; the entries come first. */
  readonly outputs: Readonly<Record<string, string>>;
}

export interface Content extends PackageContent {
  /** Addresses of other packages that it loads, and may change. */
  readonly loads: readonly string[];
}

export interface PackageUse {
  readonly package: string;
  readonly folder: string;
  /** Where it was found. */
  readonly at: string | null;
  readonly versions: Versions;
}

export interface Kept {
  readonly snapshot: Snapshot;
  /** Holds all that follows from it: the bundle, the answers. */
  readonly folder: string;
  readonly records: Records;
  /** What was read while bundling, so that it need not be read again. */
  readonly maps?: ReadonlyMap<string, SourceMap>;
}

/** All files of packages that the program loads. */
export const packageFiles = ({ snapshot: { contents }, records }: Kept): readonly string[] => {
  const found = Object.keys(contents).flatMap((address) =>
    Object.keys(contentKnown(askedAt(address), records)?.files ?? {}),
  );
  return [...new Set(found)].filter((file) => /\.[cm]?js$/.test(file));
};

/** Where things are kept, and where the framework is. */
export interface Place {
  readonly cache: string;
  readonly framework: Framework;
  /** Whether only this user can write what lies there. */
  readonly isPrivate: (path: string) => boolean;
}

const pathOf = (roots: readonly string[], cache: string) =>
  join(cache, `${basename(roots[0] ?? '')}-${sha(roots.join('\n')).slice(0, 12)}`);
const folderOf = (snapshot: Snapshot, cache: string) =>
  `${pathOf(snapshot.roots, cache)}-${sha(JSON.stringify(snapshot)).slice(0, 16)}`;

/** What is kept, if every fact it rests on still holds: by content, never by time. */
export const recall = (roots: readonly string[], { cache, framework, isPrivate }: Place): Kept | undefined => {
  const file = `${pathOf(roots, cache)}.json`;
  const snapshot = keptIn<Snapshot>(file, isPrivate);
  if (!snapshot || !holds(snapshot, framework) || !holdContents(snapshot, { cache, isPrivate })) return undefined;
  const folder = folderOf(snapshot, cache);
  if (!isPrivate(folder)) return undefined;
  const whole = Object.entries(snapshot.outputs).every(([name, digest]) => digestOf(join(folder, name)) === digest);
  return whole ? { snapshot, folder, records: { cache, isPrivate } } : undefined;
};

const holds = (snapshot: Snapshot, framework: Framework): boolean =>
  JSON.stringify(snapshot.conditions) === JSON.stringify(conditionsOfProcess()) &&
  Object.entries(snapshot.inputs).every(([file, digest]) => digestOf(file) === digest) &&
  Object.entries(snapshot.settings).every(([file, digest]) => (digestOf(file) ?? null) === digest) &&
  findsTheSame(snapshot.looked) &&
  Object.entries(snapshot.framework).every(([name, address]) => framework(name) === address) &&
  snapshot.packages.every((use) => JSON.stringify(usedNow(use)) === JSON.stringify(use));

const holdContents = ({ contents }: Snapshot, records: Records): boolean =>
  Object.entries(contents).every(
    ([address, { digest }]) => contentKnown(askedAt(address), records)?.content.digest === digest,
  );

const askedAt = (address: string): Asked => ({
  from: address,
  how: address.startsWith('file:') ? 'import' : 'require',
});

const usedNow = ({ package: name, folder }: Pick<PackageUse, 'package' | 'folder'>): PackageUse => ({
  package: name,
  folder,
  at: findPackage(name, folder) ?? null,
  versions: versionsOf(name, folder),
});

/** Bundles, and keeps what was found. Nothing is ever written beside the user's files. */
export const take = async (roots: readonly string[], { cache, framework, isPrivate }: Place): Promise<Kept> => {
  const bundled = telling(await bundle(roots, join(cache, 'bundle'), framework));
  const snapshot = snapshotOf(roots, bundled, await contentsOf(bundled, { cache, isPrivate }));
  const folder = folderOf(snapshot, cache);
  for (const [name, text] of bundled.outputs) writeWhole(join(folder, name), text);
  writeWhole(`${pathOf(roots, cache)}.json`, JSON.stringify(snapshot));
  sweepOld(cache, `${basename(pathOf(roots, cache))}-`, basename(folder));
  return { snapshot, folder, records: { cache, isPrivate }, maps: bundled.maps };
};

/** Each file tells the values at its top to whoever asks. */
const telling = ({ outputs, ...bundled }: Bundled): Bundled => ({
  ...bundled,
  outputs: new Map([...outputs].map(([name, text]) => [name, name.endsWith('.mjs') ? withValues(text) : text])),
});

/** Packages that are installed; the framework counts by its version. */
const contentsOf = async ({ leads }: Bundled, records: Records): Promise<Snapshot['contents']> => {
  const found = [...leads.values()].filter(
    (lead): lead is PackageLead =>
      'package' in lead && !isFrameworkName(lead.package) && isAbsolute(fileIn(lead.address)),
  );
  const known = await Promise.all(
    found.map(async (lead) => ({ lead, ...(await contentNow(askedAt(lead.address), lead, records)) })),
  );
  const contents = known.map(({ lead: { address }, content, files }): [string, Content] => {
    const others = known.filter(({ lead }) => lead.address !== address && files[fileIn(lead.address)] !== undefined);
    return [address, { ...content, loads: others.map(({ lead }) => lead.address).sort() }];
  });
  return Object.fromEntries(contents.sort(([a], [b]) => (a < b ? -1 : 1)));
};

const snapshotOf = (roots: readonly string[], bundled: Bundled, contents: Snapshot['contents']): Snapshot => {
  const { inputs, asks, leads, outputs, framework } = bundled;
  const files = [...inputs.keys()].sort();
  const folders = [...new Set(files.map((file) => dirname(file)))];
  const own = [...new Set(folders.flatMap(foldersUp))].flatMap((folder) => SETTINGS.map((name) => join(folder, name)));
  const settings = [...own, ...own.flatMap(extended)];
  return {
    scheme: SCHEME,
    conditions: conditionsOfProcess(),
    roots,
    inputs: Object.fromEntries(files.map((file) => [file, sha(inputs.get(file) ?? '')])),
    settings: Object.fromEntries(settings.map((file) => [file, digestOf(file) ?? null])),
    looked: lookedBy(bundled, settings),
    packages: packagesIn(leads),
    contents,
    imports: Object.fromEntries([...asks].map(([file, all]) => [file, all.map(({ path }) => path)])),
    leads: Object.fromEntries([...leads].sort(([a], [b]) => (a < b ? -1 : 1))),
    framework: Object.fromEntries([...framework].sort(([a], [b]) => (a < b ? -1 : 1))),
    outputs: Object.fromEntries(
      [...outputs]
        .filter(([name]) => !name.endsWith('.map'))
        .sort(([a], [b]) => entriesFirst(a, b))
        .map(([name, text]) => [name, sha(text)]),
    ),
  };
};

const lookedBy = ({ asks, leads }: Bundled, settings: readonly string[]): Looked => {
  const looking = new Looking();
  const mappings = settings.flatMap((file) => {
    const text = file.endsWith('package.json') ? undefined : readText(file);
    return (text && mappingIn(file, text)) || [];
  });
  for (const [file, all] of asks) {
    const from = dirname(file);
    for (const { specifier, path, outside } of all) {
      if (/^\.\.?(\/|$)/.test(specifier)) looking.file(specifier, from);
      else if (!leads.has(path)) {
        looking.package(packageOf(specifier), from);
        for (const at of mapped(specifier, mappings)) looking.file(at, '/');
        if (!outside) looking.name(dirname(path), basename(path));
      }
    }
  }
  for (const lead of leads.values()) if ('package' in lead) lookIn(lead, looking);
  return looking.found;
};

/** The package itself says which of its files that is; where it doesn't, the name of the file is looked for. */
const lookIn = ({ package: name, folder, specifier }: PackageLead, looking: Looking) => {
  const at = looking.package(name, folder);
  if (at) looking.file(specifier.slice(name.length + 1) || 'index', at);
};

const SETTINGS = ['package.json', 'tsconfig.json', 'jsconfig.json'];

/** Settings that a tsconfig takes over from others. */
const extended = (file: string): string[] => {
  const text = file.endsWith('.json') && !file.endsWith('package.json') ? readText(file) : undefined;
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

const entriesFirst = (a: string, b: string) => Number(isEntry(b)) - Number(isEntry(a)) || (a < b ? -1 : 1);
const isEntry = (name: string) => /^\d+\.mjs$/.test(name);

const packagesIn = (leads: Bundled['leads']): PackageUse[] => {
  const uses = new Map<string, PackageUse>();
  for (const lead of leads.values()) {
    if (!('package' in lead)) continue;
    const { package: name, folder } = lead;
    uses.set(`${name}\0${folder}`, usedNow({ package: name, folder }));
  }
  return [...uses.values()].sort((a, b) => (a.package + a.folder < b.package + b.folder ? -1 : 1));
};
