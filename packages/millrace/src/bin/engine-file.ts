import { createHash } from 'node:crypto';
import { createRequire, Module } from 'node:module';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';
import { runtimeName, userCache } from '../process.js';
import { readIfThere, readText, sweepOld, writeIfPossible } from './disk.js';

/** Set by the build: names the text of the engine. */
declare const ENGINE_DIGEST: string;

export interface Loaded<E> {
  readonly exports: E;
  /** Keeps the machine code for the next process, where there was none. */
  readonly keep: () => void;
}

/**
 * Loads the engine with the machine code of an earlier process, which halves the start. The code lies in the user's own
 * cache, where nobody else can write, and the runtime checks that it fits. It holds the path it was made at, so that
 * each installed copy has its own.
 */
export function loadEngine<E>(file: string): Loaded<E> {
  const require = createRequire(file);
  const known = require.cache[file];
  if (known) return { exports: known.exports as E, keep: () => undefined };
  const folder = join(userCache(), 'millrace');
  const place = createHash('sha256').update(file).digest('hex').slice(0, 16);
  const cache = join(folder, `engine-${ENGINE_DIGEST}-${place}-${runtimeName()}`);
  const cachedData = readIfThere(cache);
  const script = new Script(wrapped(readText(file)), { filename: file, ...(cachedData && { cachedData }) });
  const fresh = !cachedData || script.cachedDataRejected === true;
  const exports = evaluate(script, file, require) as E;
  const keep = () => {
    writeIfPossible(cache, script.createCachedData());
    sweepOld(folder, 'engine-');
  };
  return { exports, keep: fresh ? keep : () => undefined };
}

const GIVEN = ['exports', 'require', 'module', '__filename', '__dirname', '$import'];

const wrapped = (text: string): string => `(function(${GIVEN.join(',')}){${text}\n})`;

/** Code from a cache cannot import; it asks this module to. */
const importFor = (specifier: string): Promise<unknown> => import(specifier);

function evaluate(script: Script, file: string, require: ReturnType<typeof createRequire>): unknown {
  const module = new Module(file);
  module.filename = file;
  require.cache[file] = module;
  const run = script.runInThisContext() as (...given: unknown[]) => void;
  run.call(module.exports, module.exports, require, module, file, dirname(file), importFor);
  module.loaded = true;
  return module.exports;
}
