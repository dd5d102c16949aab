import type { Store } from '@millrace/core';
import { loadDataFile } from './data-file.js';
import type { LoadedFile, Overrides } from './loaded.js';
import { overridesOf } from './overrides.js';

export interface LoadPorts {
  /** The project's root: includes and functions may not lead out of it. */
  readonly root: string;
  /** Where the parsed form of a file is noted, so that the next run need not parse. */
  readonly facts: () => Pick<Store, 'fact' | 'putFact'>;
}

/** Reads a pipeline file in whatever it is written. */
export async function loadFile(path: string, changes: Overrides, ports: LoadPorts): Promise<LoadedFile> {
  if (/\.[cm]?[jt]s$/.test(path)) {
    const { loadCodeFile } = await import('./code-file.js');
    const { params } = await overridesOf(changes, { code: true });
    return loadCodeFile(path, params);
  }
  return loadDataFile(path, changes, ports);
}
