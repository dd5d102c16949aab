import { basename, dirname, join } from 'node:path';
import { digestOf, foldersUp, isFile, isFolder, readText, realPath } from '../disk.js';

/** `name → version` of a package and of everything that it depends on, as installed. */
export type Versions = Readonly<Record<string, string>>;

export const isFrameworkName = (name: string) => name === 'millrace' || name.startsWith('@millrace/');

export const packageOf = (specifier: string) => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');

/** The folder of a package as code in `folder` gets it, links followed. */
export const findPackage = (name: string, folder: string): string | undefined => {
  for (const up of foldersUp(folder)) {
    const candidate = join(up, 'node_modules', name);
    if (isFolder(candidate)) return realPath(candidate);
  }
  return undefined;
};

/** The folder of the package that a file belongs to. */
export const homeOf = (file: string): string => {
  const installed = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(file)?.[0];
  const folders = foldersUp(dirname(file));
  return installed ?? folders.find((folder) => isFile(join(folder, 'package.json'))) ?? dirname(file);
};

/** Linked packages are the user's own code, and are read as such. */
export const isInstalled = (folder: string) => folder.split(/[\\/]/).includes('node_modules');

export interface Manifest {
  readonly name?: string;
  readonly type?: string;
  readonly os?: unknown;
  readonly cpu?: unknown;
  readonly libc?: unknown;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export const manifestIn = (folder: string): Manifest => {
  try {
    return JSON.parse(readText(join(folder, 'package.json')) ?? '{}') as Manifest;
  } catch {
    return {};
  }
};

interface Installed {
  readonly name: string;
  readonly at: string;
  readonly manifest: Manifest;
}

/** A package and everything that it depends on, as installed, each folder once. */
export const installedWith = (name: string, folder: string): readonly Installed[] => {
  const found = new Map<string, Installed>();
  const visit = (wanted: string, from: string) => {
    const at = findPackage(wanted, from);
    if (!at || found.has(at)) return;
    const manifest = manifestIn(at);
    found.set(at, { name: wanted, at, manifest });
    // The framework's own dependencies are guarded by its version.
    if (!isFrameworkName(wanted)) for (const next of dependenciesOf(manifest)) visit(next, at);
  };
  visit(name, folder);
  return [...found.values()];
};

export const versionsOf = (name: string, folder: string): Versions => {
  const found = new Map<string, Set<string>>();
  for (const { name: each, at, manifest } of installedWith(name, folder))
    found.set(each, (found.get(each) ?? new Set()).add(versionOf(each, at, manifest)));
  const sorted = [...found].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([each, versions]) => [each, [...versions].sort().join(' ')]));
};

const dependenciesOf = (manifest: Manifest) =>
  Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.peerDependencies });

/** The version, and what says that these are not the bytes that were published under it. */
const versionOf = (name: string, folder: string, { version = '0.0.0' }: Manifest): string =>
  [version, pnpmOrigin(name, folder, version), npmOrigin(name, folder), patchOf(name, folder, version)]
    .filter(Boolean)
    .join('+');

/** pnpm writes patches and origins other than the registry into the name of the folder. */
const pnpmOrigin = (name: string, folder: string, version: string): string => {
  const store = /[\\/]\.pnpm[\\/]([^\\/]+)[\\/]node_modules[\\/]/.exec(folder)?.[1];
  if (!store) return '';
  const patch = /patch_hash=(\w+)/.exec(store)?.[1];
  if (patch) return `patch.${patch}`;
  const plain = `${name.replace('/', '+')}@${version}`;
  return store.startsWith(plain) || !/[+]{3}|^file|@file\+|@git/.test(store) ? '' : store;
};

/** npm's hidden lock file knows the commit of a package that came from git, or the address of one that came as a file. */
const npmOrigin = (name: string, folder: string): string => {
  const modules = modulesFolder(name, folder);
  const lock = modules && readText(join(modules, '.package-lock.json'));
  const at = lock ? lock.indexOf(`"node_modules/${name}": {`) : -1;
  if (!lock || at < 0) return '';
  const resolved = /"resolved":\s*"([^"]+)"/.exec(lock.slice(at, lock.indexOf('}', at)))?.[1] ?? '';
  return /^(git|file)|codeload/.test(resolved) ? resolved : '';
};

const patchOf = (name: string, folder: string, version: string): string => {
  const modules = modulesFolder(name, folder);
  const patch = modules && digestOf(join(dirname(modules), 'patches', `${name.replace('/', '+')}+${version}.patch`));
  return patch ? `patch.${patch.slice(0, 16)}` : '';
};

const modulesFolder = (name: string, folder: string): string | undefined => {
  const modules = dirname(name.startsWith('@') ? dirname(folder) : folder);
  return basename(modules) === 'node_modules' ? modules : undefined;
};
