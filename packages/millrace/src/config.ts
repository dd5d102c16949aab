import { readText } from './disk.js';
import { type CodeTrust, loadCode } from './load-code.js';
import { Mistake } from './mistake.js';

export const DATA_CONFIG = 'millrace.config.json';
export const CODE_CONFIGS = ['ts', 'mts', 'js', 'mjs'].map((extension) => `millrace.config.${extension}`);

/** What `millrace.config.json` or `millrace.config.ts` may say. */
export interface ProjectConfig {
  /** A folder, or `user`: one store for all projects of this user. */
  readonly store?: string | StoreConfig;
  /** The pipeline file, where it is not `pipeline.yaml` or the like. */
  readonly file?: string;
  /** Folders outside of the project that its stages may read. Relative ones start at the file that says so. */
  readonly alsoRead?: readonly string[];
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

export async function readConfig(file: string, trust?: CodeTrust): Promise<unknown> {
  if (!file.endsWith('.json')) {
    return (await loadCode(file, trust)).module['default'];
  }
  try {
    return JSON.parse(readText(file));
  } catch (error) {
    throw new Mistake(`Cannot read ${file}: ${(error as Error).message}. Mend the JSON and run again.`);
  }
}

const KNOWN: Readonly<Record<string, readonly string[]>> = {
  '': ['store', 'file', 'alsoRead'],
  'store.': ['path', 'maxAge', 'maxSize', 'format', 'onFailure', 'durability'],
};

export function checkedConfig(file: string, given: unknown): ProjectConfig {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new Mistake(
      `Cannot use ${file}: it holds no object. Write { "store": { "path": ".millrace" } } or remove the file.`,
    );
  const config = given as ProjectConfig;
  onlyKnown(file, '', config);
  checkTexts(file, config);
  if (typeof config.store === 'object') onlyKnown(file, 'store.', config.store);
  return config;
}

function checkTexts(file: string, { alsoRead = [], file: pipeline = '' }: ProjectConfig): void {
  if (!Array.isArray(alsoRead) || !alsoRead.every((folder) => typeof folder === 'string' && folder !== ''))
    throw new Mistake(
      `Cannot use ${file}: alsoRead is a list of folders. Write { "alsoRead": ["../shared"] }, or leave it out.`,
    );
  if (typeof pipeline !== 'string')
    throw new Mistake(`Cannot use ${file}: file is the path of a pipeline. Write { "file": "flows/main.yaml" }.`);
}

function onlyKnown(file: string, at: string, given: object): void {
  const known = KNOWN[at] as readonly string[];
  const wrong = Object.keys(given).find((name) => !known.includes(name));
  if (wrong !== undefined)
    throw new Mistake(
      `Cannot use ${file}: nothing is called ${at}${wrong} there. It may say ${known.map((name) => at + name).join(', ')}.`,
    );
}
