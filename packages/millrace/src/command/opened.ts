import type { FileStore } from '@millrace/arrow-store';
import type { Graph, RunPorts } from '@millrace/core';
import { isFile, realPath } from '../disk.js';
import { findFile } from '../file/find.js';
import { loadFile } from '../file/load.js';
import type { LoadedFile } from '../file/loaded.js';
import { Mistake } from '../mistake.js';
import { type StoreAsked, storeFor } from '../ports.js';
import { workingFolder } from '../process.js';
import { type Project, projectAt } from '../project.js';
import { spelled } from '../render/spelling.js';
import { shortcutsIn } from '../shortcuts.js';

/** What all commands may be told. */
export interface ProjectAsked extends StoreAsked {
  readonly folder?: string | undefined;
  readonly file?: string | undefined;
  readonly pipeline?: string | undefined;
  readonly set?: readonly string[] | undefined;
  readonly overrides?: readonly string[] | undefined;
}

/** A project's store, where no pipeline is needed. */
export interface OpenedStore {
  readonly project: Project;
  readonly store: FileStore;
}

/** A pipeline with the ports to run it on. */
export interface Opened extends OpenedStore {
  readonly file: LoadedFile;
  readonly graph: Graph;
  readonly ports: RunPorts;
}

export async function openProject(asked: ProjectAsked): Promise<Opened> {
  const folder = realPath(asked.folder ?? workingFolder());
  const near = await projectAt(folder);
  const path = realPath(findFile(asked.file, folder, near));
  const project = asked.file === undefined ? near : await projectAt(path.slice(0, path.lastIndexOf('/')));
  const storeOf = (said: StoreAsked) =>
    storeFor(
      {
        store: asked.store ?? said.store,
        cache: asked.cache ?? said.cache,
        durability: asked.durability ?? said.durability,
      },
      project,
    );
  const changes = { set: asked.set ?? [], files: asked.overrides ?? [] };
  const file = await loadFile(path, changes, { root: project.root, facts: () => shortcutsIn(storeOf({})) });
  const graph = chosen(file, asked.pipeline);
  const store = storeOf(file.asked);
  return {
    project,
    store,
    file,
    graph,
    ports: { store, code: await file.code(), base: file.base, shortcuts: shortcutsIn(store) },
  };
}

export async function openStoreOf(asked: ProjectAsked): Promise<OpenedStore> {
  const folder = realPath(asked.folder ?? workingFolder());
  const from = asked.file !== undefined && isFile(asked.file) ? realPath(asked.file).replace(/[^/]*$/, '') : folder;
  const project = await projectAt(from);
  return { project, store: storeFor(asked, project) };
}

function chosen({ pipelines, file }: LoadedFile, name: string | undefined): Graph {
  const graph =
    pipelines.get(name ?? 'default') ??
    (name === undefined && pipelines.size === 1 ? [...pipelines.values()][0] : undefined);
  if (graph) return graph;
  const names = [...pipelines.keys()];
  if (name === undefined)
    throw new Mistake(
      `Cannot choose a pipeline in ${file}: it has ${names.join(', ')} and none is the default. Name one: --pipeline ${names[0]}.`,
    );
  throw new Mistake(`There is no pipeline ${name} in ${file}. ${spelled(name, names, 'It has')}`);
}
