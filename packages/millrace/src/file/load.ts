import { loadDataFile } from './data-file.js';
import type { LoadedFile, LoadPorts, Overrides } from './loaded.js';
import { overridesOf } from './overrides.js';

/** Reads a pipeline file in whatever it is written. */
export async function loadFile(path: string, changes: Overrides, ports: LoadPorts): Promise<LoadedFile> {
  if (/\.[cm]?[jt]s$/.test(path)) {
    const { loadCodeFile } = await import('./code-file.js');
    const { params } = await overridesOf(changes, { code: true });
    return loadCodeFile(path, params, ports);
  }
  return loadDataFile(path, changes, ports);
}
