import { workerData } from 'node:worker_threads';

/** @typedef {import('./local-runtime.js').Library} Library */
/** @typedef {import('./local-runtime.js').Pipe} Pipe */
/** @typedef {import('./local-runtime.js').Task} Task */

export const setup = /** @type {import('./local-jobs.js').Setup} */ (workerData);

/** A failure whose kind is known. */
export class Refusal extends Error {
  /** @param {import('./failure.js').FailureKind} kind @param {string} message */
  constructor(kind, message) {
    super(message);
    this.kind = kind;
  }
}

/** @type {Promise<Library> | undefined} */
let library;

export function loadLibrary() {
  library ??= import('@huggingface/transformers').then((lib) =>
    configure(/** @type {Library} */ (/** @type {unknown} */ (lib))),
  );
  return library.catch((error) => {
    throw new Refusal(
      'not-found',
      `Local models are computed by @huggingface/transformers, which can't be loaded: ${error.message}. Install it: npm install @huggingface/transformers`,
    );
  });
}

/** @param {Library} lib */
function configure(lib) {
  const { folder, hub, cache, offline } = setup;
  const silent = { logLevel: lib.LogLevel.ERROR };
  if (!hub) Object.assign(lib.env, silent, { allowRemoteModels: false, localModelPath: parentOf(folder ?? '') });
  // Passed as `revision`, the library still looks some files up at main; so the commit is in every address instead, and
  // in the cache's path. A hub model is never taken from a folder of the same name, which has no revision.
  else
    Object.assign(lib.env, silent, {
      allowRemoteModels: !offline,
      remotePathTemplate: `{model}/resolve/${encodeURIComponent(hub.revision)}/`,
      cacheDir: `${cache}/${hub.revision}/`,
      localModelPath: `${cache}/none/`,
    });
  return lib;
}

/** @param {string} path */
const parentOf = (path) => path.slice(0, path.lastIndexOf('/') + 1);

/** @type {Map<Task, Promise<Pipe>>} */
const pipes = new Map();

/** One pipeline for each task, loaded when first asked for; a failed load is tried again. @param {Task} task */
export function pipe(task) {
  const loading = pipes.get(task) ?? load(task);
  pipes.set(task, loading);
  loading.catch(() => pipes.delete(task));
  return loading;
}

/** @param {Task} task */
async function load(task) {
  const { folder, hub, dtype, device, threads, offline } = setup;
  const lib = await loadLibrary();
  const options = {
    dtype,
    local_files_only: Boolean(folder) || offline,
    ...(device ? { device } : {}),
    ...(threads ? { session_options: { intraOpNumThreads: threads } } : {}),
  };
  const id = hub?.id ?? folder?.slice(parentOf(folder).length) ?? '';
  return lib.pipeline(task, id, options).catch((error) => {
    const kind = isNetwork(error) ? 'network' : 'not-found';
    throw new Refusal(
      kind,
      `The model ${setup.name} (${dtype}) can't be loaded for ${task}: ${error.message} Is it complete, and made for this?`,
    );
  });
}

/** @param {Error} error */
const isNetwork = (error) => /fetch failed|ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT/.test(`${error.message} ${error.cause}`);

/** The most tokens the model takes. @param {Pipe} pipe */
export function windowOf({ tokenizer, model }) {
  const { max_position_embeddings, n_positions } = model.config;
  return Math.min(tokenizer.model_max_length ?? Infinity, max_position_embeddings ?? n_positions ?? Infinity);
}
