import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CodeReader } from '@millrace/core';
import { entryName } from './bundle/bundle.js';
import type { Framework } from './bundle/edges.js';
import { type Kept, recall, take } from './bundle/snapshot.js';
import { askForValues } from './bundle/values.js';
import { changedIntrinsics, noteIntrinsics } from './checks/intrinsics.js';
import { absolute, fileOf, realPath, usable } from './disk.js';
import { noteZone, showSourcesInStacks } from './process.js';
import type { ParamsOf } from './reach/params.js';
import type { MakeFunctions } from './reach/reader.js';

export interface LoadOptions {
  /** Folder for what is kept between runs; nothing is ever written beside the user's files. */
  readonly cache?: string | undefined;
  readonly framework?: Framework;
  /** Throws where a file may not be run. Asked before any of them is. */
  readonly check?: (files: readonly string[]) => void;
  /** Whether only this user can write what lies there: other code is never run. Default: the folder is taken as given. */
  readonly isPrivate?: (path: string) => boolean;
  /** Makes the functions that stages call of what is read of them. Default: stages call those that were imported. */
  readonly makeFunctions?: MakeFunctions;
  /** Parameters of the pipeline as they are set. */
  readonly params?: ParamsOf;
}

export interface Loaded {
  readonly module: Readonly<Record<string, unknown>>;
  readonly reader: CodeReader;
  /** The user's files that went in. */
  readonly inputs: readonly string[];
}

/** Loads a pipeline file: what is imported is also what is read. */
export const loadPipelineFile = async (file: string, options: LoadOptions = {}): Promise<Loaded> => {
  const root = rootOf(file);
  const [kept, { readerOn }] = await Promise.all([open([root], options), reading()]);
  const inputs = Object.keys(kept.snapshot.inputs);
  options.check?.(inputs);
  showSourcesInStacks();
  noteIntrinsics();
  noteZone();
  askForValues();
  const module = (await import(pathToFileURL(join(kept.folder, entryName(0))).href)) as Record<string, unknown>;
  const changed = changedIntrinsics();
  if (changed.length > 0) throw changing(file, changed);
  return { module, reader: readerOn({ kept, sites: [root], ...asked(options) }), inputs };
};

const asked = ({ makeFunctions, params }: LoadOptions) => ({ makeFunctions, params });

/** Read in while the bundler works in its own process. */
const reading = () => import('./reach/reader.js');

export interface ReaderOptions extends LoadOptions {
  /** Files that declare stages. */
  readonly sites?: readonly string[];
}

/** Reads functions of scripts that run without the command. */
export const codeReader = async ({ sites = [], ...options }: ReaderOptions = {}): Promise<CodeReader> => {
  const roots = [...new Set(sites.flatMap((site) => fileOf(site) ?? []))].sort();
  if (roots.length === 0) return (await reading()).readerOn({ sites: [], ...asked(options) });
  const [kept, { readerOn }] = await Promise.all([open(roots, options), reading()]);
  return readerOn({ kept, sites: roots, ...asked(options) });
};

const changing = (file: string, changed: readonly string[]): Error =>
  new Error(
    `Cannot load ${file}: it changes ${listed(changed)}, which ${changed.length === 1 ? 'belongs' : 'belong'} to the language. Millrace would run with the change, and the functions of other stages would too. Write a function of your own and call that.`,
  );

const listed = (names: readonly string[]): string =>
  names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(' and ');

const rootOf = (file: string): string => {
  const root = realPath(file);
  if (root) return root;
  throw new Error(
    `Cannot load ${file}: there is no file at ${absolute(file)}. Check the path; it is taken from the working directory.`,
  );
};

const open = async (
  roots: readonly string[],
  { cache, framework = ours, isPrivate = () => true }: LoadOptions,
): Promise<Kept> => {
  const place = { cache: usable(cache), framework, isPrivate };
  if (!isPrivate(place.cache)) throw nowhere(place.cache);
  return recall(roots, place) ?? (await take(roots, place));
};

const nowhere = (folder: string): Error =>
  new Error(
    `Cannot load ${folder}/…: other users can write there, and could put code of theirs in the place of yours. Set XDG_CACHE_HOME or TMPDIR to a folder where only you can write.`,
  );

const ours: Framework = (specifier) => {
  try {
    return import.meta.resolve(specifier);
  } catch {
    return undefined;
  }
};
