import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CodeReader } from '@millrace/core';
import { type Analysis, analyse } from './analysis.js';
import { entryName, type Framework } from './bundle.js';
import { absolute, defaultCache, fileOf, realPath, showSourcesInStacks } from './disk.js';
import { NO_EFFECTS } from './effects.js';
import { readerOn } from './reader.js';
import { type Kept, recall, take } from './snapshot.js';

export interface LoadOptions {
  /** Folder for what is kept between runs; nothing is ever written beside the user's files. */
  readonly cache?: string;
  readonly framework?: Framework;
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
  const { kept, analysis } = await open([root], options);
  showSourcesInStacks();
  const module = (await import(pathToFileURL(join(kept.folder, entryName(0))).href)) as Record<string, unknown>;
  return { module, reader: readerOn({ kept, analysis, sites: [root] }), inputs: Object.keys(kept.snapshot.inputs) };
};

export interface ReaderOptions extends LoadOptions {
  /** Files that declare stages. */
  readonly sites?: readonly string[];
}

/** Reads functions of scripts that run without the command. */
export const codeReader = async ({ sites = [], ...options }: ReaderOptions = {}): Promise<CodeReader> => {
  const roots = [...new Set(sites.flatMap((site) => fileOf(site) ?? []))].sort();
  if (roots.length === 0) return readerOn({ analysis: () => NOTHING, sites: [] });
  const { kept, analysis } = await open(roots, options);
  return readerOn({ kept, analysis, sites: roots });
};

const NOTHING: Analysis = {
  universe: { modules: new Map(), units: [], root: '' },
  effects: NO_EFFECTS,
};

const rootOf = (file: string): string => {
  const root = realPath(file);
  if (root) return root;
  throw new Error(
    `Cannot load ${file}: there is no file at ${absolute(file)}. Check the path; it is taken from the working directory.`,
  );
};

interface Opened {
  readonly kept: Kept;
  readonly analysis: () => Analysis;
}

const open = async (
  roots: readonly string[],
  { cache = defaultCache(), framework = ours }: LoadOptions,
): Promise<Opened> => {
  const place = { cache, framework };
  const kept = recall(roots, place) ?? (await take(roots, place));
  return { kept, analysis: once(() => analyse(kept)) };
};

const once = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};

const ours: Framework = (specifier) => {
  try {
    return import.meta.resolve(specifier);
  } catch {
    return undefined;
  }
};
