import { resolve } from 'node:path';
import { type FileStore, openStore, temporaryStore } from '@millrace/arrow-store';
import { type CodeReader, type Graph, memoryStore, type RunPorts } from '@millrace/core';
import { exists } from './disk.js';
import { askEnvFiles, type EnvFiles } from './env/load.js';
import { codeOptions } from './framework.js';
import { Mistake } from './mistake.js';
import { environment } from './process.js';
import { type Project, projectAt, reachOf, storeConfig, storePath } from './project.js';
import { shortcutsIn } from './shortcuts.js';

export interface StoreAsked {
  /** A folder, or `user`. */
  readonly store?: string | undefined;
  /** `off`: nothing is remembered beyond this process. */
  readonly cache?: 'off' | undefined;
  /** Files of the environment in place of `.env.local` and `.env` of the project's root; false: none. */
  readonly envFile?: string | readonly string[] | false | undefined;
  /** When an answer survives a loss of power: `second` (default) within a second, `each` before it counts. */
  readonly durability?: string | undefined;
}

/** Where there is no store, none is made: the command only reads. */
export interface Reading {
  readonly makesNoStore?: boolean | undefined;
}

const opened = new Map<string, FileStore>();
let temporary: FileStore | undefined;

/** Nothing is remembered beyond this process. */
export const isForgetful = ({ cache }: Pick<StoreAsked, 'cache'>): boolean =>
  cache === 'off' || environment('MILLRACE_CACHE') === 'off';

/** One store for each folder and process: pipelines that share it share its locks and its leases. */
export function storeFor(asked: StoreAsked & Reading, project: Project): FileStore {
  const { path: _, maxAge: __, maxSize: ___, durability: said, ...rest } = storeConfig(project);
  const durability = durabilityOf(asked.durability ?? said);
  const options = { ...rest, durability };
  if (isForgetful(asked)) {
    temporary ??= temporaryStore(options);
    return temporary;
  }
  const path = storePath(asked.store, project);
  if (asked.makesNoStore && !exists(path)) return emptyStore(path);
  const key = `${durability} ${path}`;
  const store = opened.get(key) ?? openStore(path, options);
  opened.set(key, store);
  return store;
}

/** Nothing is stored, and what is noted is forgotten. Only for commands that read. */
const emptyStore = (where: string): FileStore =>
  ({ ...memoryStore(), where, ls: () => [] }) as Partial<FileStore> as FileStore;

const durabilityOf = (said = 'second'): 'each' | 'second' => {
  if (said === 'each' || said === 'second') return said;
  throw new Mistake(
    `Cannot use the durability ${said}: it is not a known one. Say second (an answer survives a power cut within a second) or each (before it counts).`,
  );
};

/** Reads the functions of a graph where its stages were declared. Made only when a stage has functions. */
async function readerFor(graph: Graph): Promise<CodeReader> {
  const sites = graph.stages.flatMap((stage) => stage.site ?? []);
  if (!graph.stages.some((stage) => stage.kind.code)) return NO_CODE;
  const { codeReader } = await import('@millrace/code');
  return codeReader({ sites: [...new Set(sites)], ...codeOptions() });
}

const NO_CODE: CodeReader = {
  read: () => {
    throw new Error('BUG: the code of a function was asked for in a graph without functions.');
  },
};

const envFilesOf = (files: StoreAsked['envFile'], base: string): EnvFiles | undefined =>
  files === undefined ? undefined : files === false ? 'none' : [files].flat().map((file) => resolve(base, file));

/** The ports of a script that declares a pipeline and runs it. */
export async function portsFor(graph: Graph, base: string, asked: StoreAsked): Promise<RunPorts> {
  askEnvFiles(envFilesOf(asked.envFile, base));
  const project = await projectAt(base);
  const store = storeFor(asked, project);
  return { store, code: await readerFor(graph), base, shortcuts: shortcutsIn(store), reach: reachOf(project, base) };
}
