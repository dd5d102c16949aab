import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { Reach } from '@millrace/core';
import { userCache } from '@millrace/stages/process';
import {
  CODE_CONFIGS,
  checkedConfig,
  DATA_CONFIG,
  type ProjectConfig,
  readConfig,
  type StoreConfig,
} from './config.js';
import { exists, foldersUp, isFile, isFolder, isOfOthers } from './disk.js';
import { loadEnv } from './env/load.js';
import { Mistake } from './mistake.js';
import { notice } from './notice.js';
import { environment, workingFolder } from './process.js';

export interface Project {
  readonly root: string;
  readonly config: ProjectConfig;
  /** The file that says so. Undefined: there is none. */
  readonly configFile?: string | undefined;
  /** The user named that file. */
  readonly named?: boolean;
}

const MARKS = [DATA_CONFIG, 'package.json', '.git'];

const has = (folder: string, names: readonly string[]): boolean => names.some((name) => exists(join(folder, name)));

/** The nearest folder upwards with a config, a manifest or a repository; else where one stands. Code above marks none. */
export const rootOf = (from: string): string => {
  const here = resolve(from);
  if (has(here, CODE_CONFIGS)) return here;
  return foldersUp(here).find((folder) => has(folder, MARKS)) ?? here;
};

/**
 * The project of a folder, which is that of the pipeline file, or where a command is called. Settings as data may lie
 * above it; settings as code are run from the folder itself only, or where the user names the file.
 */
export async function projectAt(from: string, asked?: string): Promise<Project> {
  const here = resolve(from);
  if (asked !== undefined) return projectWith(resolve(workingFolder(), asked), here);
  const root = rootOf(here);
  loadEnv(root);
  const data = join(root, DATA_CONFIG);
  if (isFile(data)) return { root, config: checkedConfig(data, await readConfig(data)), configFile: data };
  const code = CODE_CONFIGS.map((name) => join(here, name)).find(isFile);
  if (code === undefined) sayAbove(here);
  else if (isOfOthers(code)) sayForeign(code);
  else return { root, config: checkedConfig(code, await readConfig(code)), configFile: code };
  return { root, config: {} };
}

async function projectWith(file: string, here: string): Promise<Project> {
  if (!isFile(file))
    throw new Mistake(`Cannot read the settings ${file}: there is no such file. Check the path after --config.`);
  const folder = dirname(file);
  const root = foldersUp(here).includes(folder) ? folder : rootOf(here);
  loadEnv(root);
  const config = checkedConfig(file, await readConfig(file, { named: true }));
  return { root, config, configFile: file, named: true };
}

/** Of the folders above, the nearest that marks a project is looked at. */
function sayAbove(here: string): void {
  const [, ...above] = foldersUp(here);
  const folder = above.find((each) => has(each, [...MARKS, ...CODE_CONFIGS])) ?? here;
  const file = CODE_CONFIGS.map((name) => join(folder, name)).find(isFile);
  if (file !== undefined && folder !== here)
    notice(
      `${file} is not run, and none of its settings count: it lies above ${here}, and code is run only from the folder of the pipeline file. Say the same as data, in ${join(folder, DATA_CONFIG)}, or name the file: --config ${file}.`,
    );
}

const sayForeign = (file: string): void =>
  notice(
    `${file} is not run, and none of its settings count: it belongs to another user, who could make it do anything. Make it yours, or name it if you trust it: --config ${file}.`,
  );

/** Where the stages of a project may read: in it, from where its paths start, and where its settings say. */
export const reachOf = ({ root, config, configFile }: Project, base: string): Reach => ({
  folders: [root, base, ...alsoRead({ root, config, configFile })],
  advise: (file) =>
    `Copy it into the project, or allow its folder in ${configFile ?? join(root, DATA_CONFIG)}: { "alsoRead": [${JSON.stringify(isFolder(file) ? file : dirname(file))}] }.`,
});

/** Folders outside of the project that it may read. */
export const alsoRead = ({ root, config, configFile }: Project): string[] =>
  (config.alsoRead ?? []).map((folder) => resolve(configFile ? dirname(configFile) : root, folder));

export const storeConfig = ({ config }: Project): StoreConfig =>
  typeof config.store === 'string' ? { path: config.store } : (config.store ?? {});

/** Where outputs are remembered: as asked, else MILLRACE_STORE, else the config, else `.millrace` at the project's root. */
export function storePath(asked: string | undefined, project: Project): string {
  const said = asked ?? (environment('MILLRACE_STORE') || undefined) ?? storeConfig(project).path;
  if (said === undefined) return join(project.root, '.millrace');
  if (said === 'user') return userStore() ?? noHome();
  return isAbsolute(said) ? said : resolve(project.configFile ? dirname(project.configFile) : project.root, said);
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
