import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  checkNames,
  createPipeline,
  declarationSite,
  type Outputs,
  type Pipeline,
  type RunPorts,
} from '@millrace/core';
import { refuseWhileLoading } from './loading.js';
import { portsFor, type StoreAsked } from './ports.js';
import { workingFolder } from './process.js';

export interface PipelineOptions extends StoreAsked {
  /** Where relative paths start. Default: the folder of the file that declares the pipeline. */
  readonly base?: string | undefined;
}

const OPTIONS: { readonly [name in keyof Required<PipelineOptions>]: true } = {
  base: true,
  store: true,
  cache: true,
  durability: true,
  envFile: true,
};

const declared = new WeakMap<object, PipelineOptions>();

/** The named outputs of a graph of stages, remembered in the project's store. Nothing is opened before it is used. */
export function pipeline<const P extends Outputs>(outputs: P, options: PipelineOptions = {}): Pipeline<P> {
  checkNames('The pipeline is given the option', options, Object.keys(OPTIONS));
  const base = options.base ?? folderOf(declarationSite());
  let ports: Promise<RunPorts> | undefined;
  const made: Pipeline<P> = createPipeline(outputs, () => {
    refuseWhileLoading();
    ports ??= portsFor(made.graph, base, options);
    return ports;
  });
  declared.set(made, options);
  return made;
}

const folderOf = (site: string | undefined): string =>
  site ? dirname(site.startsWith('file:') ? fileURLToPath(site) : site) : workingFolder();

/** What a pipeline was declared with; undefined for anything else. */
export const optionsOf = (value: unknown): PipelineOptions | undefined =>
  typeof value === 'object' && value !== null ? declared.get(value) : undefined;
