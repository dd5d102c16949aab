import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Graph, type MemoryStore, memoryStore, planGraph } from '@millrace/core';
import { remove } from '../../../../jest/remove.js';
import { loadFile } from '../../src/file/load.js';
import type { LoadedFile } from '../../src/file/loaded.js';

export type Files = Readonly<Record<string, string>>;

const made: string[] = [];

export function folderOf(files: Files): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-file-')));
  made.push(folder);
  for (const [name, text] of Object.entries({ 'package.json': '{}', ...files })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

export const removeFolders = (): void => {
  remove(...made.splice(0));
};

export interface Loading {
  readonly set?: readonly string[];
  readonly overrides?: readonly string[];
  readonly store?: MemoryStore;
  readonly file?: string;
}

export async function load(
  files: Files,
  { set = [], overrides = [], store = memoryStore(), file }: Loading = {},
): Promise<LoadedFile> {
  const folder = folderOf(files);
  const name = file ?? (Object.keys(files).find((each) => each.startsWith('pipeline.')) as string);
  const changes = { set, files: overrides.map((each) => join(folder, each)) };
  return loadFile(join(folder, name), changes, { root: folder, facts: () => store });
}

/** Fingerprints by the name of the output. */
export async function fingerprints(
  graph: Graph,
  loaded: Pick<LoadedFile, 'base' | 'code'>,
): Promise<Record<string, string>> {
  const ports = { store: memoryStore(), code: await loaded.code(), base: loaded.base };
  const { survey } = await planGraph(graph, {}, ports);
  return Object.fromEntries(
    [...graph.outputs].map(([name, { stage }]) => [name, survey.of.get(stage)?.fingerprint ?? '']),
  );
}

export const defaultGraph = (loaded: LoadedFile): Graph => loaded.pipelines.get('default') as Graph;

export const namesOf = (loaded: LoadedFile): string[] => [...defaultGraph(loaded).outputs.keys()];

/** All that is wrong, as it is said, with the folder left out. */
export async function mistakes(files: Files, loading: Loading = {}): Promise<string> {
  try {
    await load(files, loading);
  } catch (error) {
    if ((error as Error).name !== 'FileMistakes' && (error as Error).name !== 'Mistake') throw error;
    return (error as Error).message.replace(/\S*millrace-file-\w+\//g, '');
  }
  return '';
}
