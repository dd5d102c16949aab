import { createHash } from 'node:crypto';
import { createRequire, Module } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import { sweepOld } from '@millrace/code';
import { isPrivate } from '@millrace/core/private';
import { privateCache } from '@millrace/stages/process';
import { runtimeName } from '../process.js';
import { readIfThere, readText, writeIfPossible } from './disk.js';

/** Set by the build: names the text of the engine. */
declare const ENGINE_DIGEST: string;

export interface Loaded<E> {
  readonly exports: E;
  /** Keeps the machine code for the next process, where there was none. */
  readonly keep: () => void;
}

/**
 * Loads the engine with the machine code of an earlier process, which halves the start. The code lies in the user's own
 * cache, and is used only where nobody else can write, after a digest of its own; the runtime checks that it fits. It holds the path it
 * was made at, so that each installed copy has its own; and all of it, where a long run would drop what it began with.
 */
export function loadEngine<E>(file: string): Loaded<E> {
  const require = createRequire(file);
  const known = require.cache[file];
  if (known) return { exports: known.exports as E, keep: () => undefined };
  const cache = cacheOf(file);
  const kept = cache && isPrivate(cache) ? readIfThere(cache) : undefined;
  const cachedData = kept && unsealed(kept);
  const script = new Script(wrapped(readText(file)), { filename: file, ...(cachedData && { cachedData }) });
  const fresh = !cachedData || script.cachedDataRejected === true;
  if (fresh) setFlagsFromString('--no-flush-bytecode');
  const exports = evaluate(script, file, require) as E;
  const keep = () => {
    setFlagsFromString('--flush-bytecode');
    if (!cache) return;
    writeIfPossible(cache, sealed(script.createCachedData()));
    sweepOld(dirname(cache), 'engine-', basename(cache));
  };
  return { exports, keep: fresh ? keep : () => undefined };
}

const digestOf = (data: string | Uint8Array): Buffer => createHash('sha256').update(data).digest();

function cacheOf(file: string): string | undefined {
  const folder = privateCache();
  const place = digestOf(file).toString('hex').slice(0, 16);
  return folder && join(folder, `engine-${ENGINE_DIGEST}-${place}-${runtimeName()}`);
}

const DIGEST_BYTES = 32;

/** The runtime looks at the length only: a flipped bit would crash it, each time. */
const sealed = (code: Buffer): Buffer => Buffer.concat([digestOf(code), code]);

function unsealed(data: Buffer): Buffer | undefined {
  const code = data.subarray(DIGEST_BYTES);
  return digestOf(code).equals(data.subarray(0, DIGEST_BYTES)) ? code : undefined;
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
