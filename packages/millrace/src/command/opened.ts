import { dirname, resolve, sep } from 'node:path';
import type { FileStore } from '@millrace/arrow-store';
import type { Graph, RunPorts } from '@millrace/core';
import { isFile, isOfOthers, realPath } from '../disk.js';
import { findFile, givenFile } from '../file/find.js';
import { loadFile } from '../file/load.js';
import type { LoadedFile } from '../file/loaded.js';
import { Mistake } from '../mistake.js';
import { isForgetful, type Reading, type StoreAsked, storeFor } from '../ports.js';
import { workingFolder } from '../process.js';
import { alsoRead, type Project, projectAt, reachOf } from '../project.js';
import { spelled } from '../render/spelling.js';
import { shortcutsIn } from '../shortcuts.js';

/** What all commands may be told. */
export interface ProjectAsked extends StoreAsked, Reading {
  readonly folder?: string | undefined;
  /** The project's settings, where they are not those of its folder. */
  readonly config?: string | undefined;
  readonly file?: string | undefined;
  readonly pipeline?: string | undefined;
  readonly set?: readonly string[] | undefined;
  readonly overrides?: readonly string[] | undefined;
  /** Stages or outputs that are all that is wanted: what is declared wrong elsewhere blocks nothing. */
  readonly needs?: readonly string[] | undefined;
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

/** What a store that begins empty could tell. Such a store listens to signals, which code that is loaded may never hear. */
const NO_FACTS = { fact: () => undefined, putFact: () => undefined };

export async function openProject(asked: ProjectAsked): Promise<Opened> {
  const { path, project } = await located(asked);
  const storeOf = (said: StoreAsked) =>
    storeFor(
      {
        store: asked.store ?? said.store,
        makesNoStore: asked.makesNoStore,
        cache: asked.cache ?? said.cache,
        durability: asked.durability ?? said.durability,
      },
      project,
    );
  const changes = { set: asked.set ?? [], files: asked.overrides ?? [] };
  const file = await loadFile(path, changes, {
    root: project.root,
    alsoRead: alsoRead(project),
    named: asked.file !== undefined,
    needs: asked.needs,
    facts: () => (isForgetful(asked) ? NO_FACTS : shortcutsIn(storeOf({}))),
  });
  const graph = chosen(file, asked.pipeline);
  const store = storeOf(file.asked);
  const { base } = file;
  const ports = { store, code: await file.code(), base, shortcuts: shortcutsIn(store), reach: reachOf(project, base) };
  return { project, store, file, graph, ports };
}

/** The pipeline file with its project: the folder that the file lies in says whose code may run. */
async function located(asked: ProjectAsked): Promise<{ readonly path: string; readonly project: Project }> {
  const folder = realPath(asked.folder ?? workingFolder());
  if (asked.file !== undefined) {
    const path = realPath(givenFile(resolve(folder, asked.file)));
    return { path, project: await projectAt(dirname(path), asked.config) };
  }
  const near = await projectAt(folder, asked.config);
  const found = findFile(folder, near);
  if (isOfOthers(found)) throw new ForeignFile(found);
  const above = folder.startsWith(`${dirname(found)}${sep}`);
  return { path: realPath(found), project: above ? await projectAt(dirname(found), asked.config) : near };
}

/** Whoever owns a pipeline says what runs: another user's is run only where it is named. */
export class ForeignFile extends Mistake {
  constructor(file: string) {
    super(
      `Cannot use ${file}: it, or its folder, belongs to another user, who could make it run anything. Make it yours, or name it if you trust it: --file ${file}.`,
    );
  }
}

export async function openStoreOf(asked: ProjectAsked): Promise<OpenedStore> {
  const folder = realPath(asked.folder ?? workingFolder());
  const from = asked.file !== undefined && isFile(asked.file) ? dirname(realPath(asked.file)) : folder;
  const project = await projectAt(from, asked.config);
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
