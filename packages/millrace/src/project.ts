import { isAbsolute, join, resolve } from 'node:path';
import { userCache } from '@millrace/stages/process';
import { exists, foldersUp, isFile, readText } from './disk.js';
import { loadCode } from './load-code.js';
import { Mistake } from './mistake.js';
import { environment } from './process.js';

/** What `millrace.config.json` or `millrace.config.ts` may say. */
export interface ProjectConfig {
  /** A folder, or `user`: one store for all projects of this user. */
  readonly store?: string | StoreConfig;
  /** The pipeline file, where it is not `pipeline.yaml` or the like. */
  readonly file?: string;
}

export interface StoreConfig {
  readonly path?: string;
  /** Swept after a run: what was not used for so long (`30d`). */
  readonly maxAge?: string;
  /** Swept after a run: the cheapest to compute again, until the rest fits (`20GB`). */
  readonly maxSize?: string;
  readonly format?: 'auto' | 'arrow' | 'parquet' | 'jsonl';
  readonly onFailure?: 'stop' | 'warn';
  /** When an answer survives a loss of power: within a second, or before it counts. */
  readonly durability?: 'second' | 'each';
}

export interface Project {
  readonly root: string;
  readonly config: ProjectConfig;
}

const CONFIGS = ['millrace.config.json', 'millrace.config.ts', 'millrace.config.mts', 'millrace.config.js'];
const MARKS = [...CONFIGS, 'package.json', '.git'];

/** The nearest folder upwards with a config, a manifest or a repository; else where one stands. */
export const rootOf = (from: string): string =>
  foldersUp(resolve(from)).find((folder) => MARKS.some((mark) => exists(join(folder, mark)))) ?? resolve(from);

export async function projectAt(from: string): Promise<Project> {
  const root = rootOf(from);
  const file = CONFIGS.map((name) => join(root, name)).find(isFile);
  return { root, config: file ? checked(file, await readConfig(file)) : {} };
}

async function readConfig(file: string): Promise<unknown> {
  if (!file.endsWith('.json')) {
    return (await loadCode(file)).module['default'];
  }
  try {
    return JSON.parse(readText(file));
  } catch (error) {
    throw new Mistake(`Cannot read ${file}: ${(error as Error).message}. Mend the JSON and run again.`);
  }
}

const KNOWN: Readonly<Record<string, readonly string[]>> = {
  '': ['store', 'file'],
  'store.': ['path', 'maxAge', 'maxSize', 'format', 'onFailure', 'durability'],
};

function checked(file: string, given: unknown): ProjectConfig {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new Mistake(
      `Cannot use ${file}: it holds no object. Write { "store": { "path": ".millrace" } } or remove the file.`,
    );
  const config = given as ProjectConfig;
  onlyKnown(file, '', config);
  if (typeof config.store === 'object') onlyKnown(file, 'store.', config.store);
  return config;
}

function onlyKnown(file: string, at: string, given: object): void {
  const known = KNOWN[at] as readonly string[];
  const wrong = Object.keys(given).find((name) => !known.includes(name));
  if (wrong !== undefined)
    throw new Mistake(
      `Cannot use ${file}: nothing is called ${at}${wrong} there. It may say ${known.map((name) => at + name).join(', ')}.`,
    );
}

export const storeConfig = ({ config }: Project): StoreConfig =>
  typeof config.store === 'string' ? { path: config.store } : (config.store ?? {});

/** Where outputs are remembered: as asked, else MILLRACE_STORE, else the config, else `.millrace` at the project's root. */
export function storePath(asked: string | undefined, project: Project): string {
  const said = asked ?? (environment('MILLRACE_STORE') || undefined) ?? storeConfig(project).path;
  if (said === undefined) return join(project.root, '.millrace');
  if (said === 'user') return userStore() ?? noHome();
  return isAbsolute(said) ? said : resolve(project.root, said);
}

function noHome(): never {
  throw new Mistake(
    'Cannot use the store of this user: the account has no home folder. Set HOME or XDG_CACHE_HOME, or name a folder: --store path/to/store.',
  );
}

/** One store for all projects of a user, if the user has a home. */
export const userStore = (): string | undefined => {
  const folder = userCache();
  return folder && join(folder, 'millrace', 'store');
};
