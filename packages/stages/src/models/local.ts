import { cannot, textMessages } from './abilities.js';
import type { LocalModel } from './config.js';
import { withDeadline } from './deadline.js';
import { cacheOf, folderOf } from './disk.js';
import { callError } from './failure.js';
import type { Embedded, Generate, Setup } from './local-jobs.js';
import { identityOf, type Model, type ModelFacts } from './model.js';
import type { EmbedModel, EmbedRequest, GenerateModel, GenerateRequest } from './port.js';
import { type WorkerPool, workerPool } from './worker-pool.js';

const WORKER = new URL('./local-worker.mjs', import.meta.url);

/** A model computed on this machine, in workers, so that the pipeline's own thread stays free. */
export interface OpenLocal {
  readonly generate: GenerateModel;
  readonly embed: EmbedModel;
  close(): Promise<void>;
}

export function openLocal(
  model: Model & { readonly config: LocalModel },
  facts: ModelFacts,
  entry = WORKER,
): OpenLocal {
  const pool = workerPool({ size: model.options.concurrency ?? 1, setup: setupOf(model), entry });
  const identity = identityOf(model, facts);
  const { batchInvariant } = model.config;
  return {
    generate: { identity, generate: generateWith(model, pool) },
    embed: { identity, batchInvariant, embed: embedWith(model, pool) },
    close: () => pool.close(),
  };
}

function setupOf(model: Model & { readonly config: LocalModel }): Setup {
  const { weights, dtype, pooling, normalize, batchInvariant } = model.config;
  const { device, threads, offline = false } = model.options;
  const { name } = model;
  const from =
    weights.from === 'hub' ? { hub: { id: weights.id, revision: weights.revision } } : { folder: folderOf(model) };
  const how = { ...(device ? { device } : {}), ...(threads ? { threads } : {}) };
  return { name, ...from, ...how, offline, cache: cacheOf(model), dtype, pooling, normalize, batchInvariant };
}

const limitOf = ({ name, options }: Model) => ({
  what: name,
  ...(options.timeout ? { timeoutMs: options.timeout } : {}),
});

const generateWith =
  (model: Model, pool: WorkerPool): GenerateModel['generate'] =>
  async (request, ctx) => {
    const started = performance.now();
    const job = jobOf(model.name, request);
    const { text, finish, input, output } = await withDeadline(limitOf(model), ctx, (signal) => pool.run(job, signal));
    return { text, finish, usage: { input, output }, model: model.name, latencyMs: performance.now() - started };
  };

function jobOf(name: string, request: GenerateRequest): Generate {
  cannot(name, request, ['schema', 'logprobs', 'topP', 'extra']);
  const { maxTokens, stop = [], temperature = 0, seed } = request;
  if (temperature > 0 && seed === undefined)
    throw callError(
      'bad-request',
      `${name} draws only from a seed, so that a draw can be repeated, and temperature ${temperature} came without one. Set seed, or temperature 0.`,
      { everyRow: true },
    );
  return {
    kind: 'generate',
    ...('prompt' in request ? { prompt: request.prompt } : { messages: textMessages(name, request) }),
    ...(maxTokens === undefined ? {} : { maxTokens }),
    stop,
    ...(temperature > 0 && seed !== undefined ? { draw: { seed, temperature } } : {}),
  };
}

/** Texts of one message to a worker: enough to hide the trip, few enough to spread over the workers. */
const CHUNK = 16;

const embedWith =
  (model: Model, pool: WorkerPool): EmbedModel['embed'] =>
  async (texts, request, ctx) => {
    cannot(model.name, request, ['extra']);
    const started = performance.now();
    const { truncate = 'fail' } = request;
    const jobs = Array.from({ length: Math.ceil(texts.length / CHUNK) }, (_, i) =>
      texts.slice(i * CHUNK, (i + 1) * CHUNK),
    );
    const parts = await withDeadline(limitOf(model), ctx, (signal) =>
      Promise.all(jobs.map((some) => pool.run({ kind: 'embed', texts: some, truncate }, signal))),
    );
    const vectors = parts.flatMap((part) => part.vectors).map((vector) => shorten(model, vector, request));
    const usage = { input: parts.reduce((sum: number, part: Embedded) => sum + part.input, 0), output: 0 };
    return { vectors, usage, model: model.name, latencyMs: performance.now() - started };
  };

/** The first dimensions only, as models trained for it allow; of unit length again where the model's are. */
function shorten(model: Model, vector: Float32Array, { dimensions }: EmbedRequest): Float32Array {
  if (dimensions === undefined || dimensions === vector.length) return vector;
  if (dimensions > vector.length)
    throw callError(
      'bad-request',
      `${model.name} has vectors of ${vector.length} dimensions, and ${dimensions} were asked for. Ask for fewer.`,
      { everyRow: true },
    );
  const cut = vector.slice(0, dimensions);
  const length = Math.sqrt(cut.reduce((sum, x) => sum + x * x, 0));
  const isUnit = model.config.adapter === 'local' && model.config.normalize && length > 0;
  return isUnit ? cut.map((x) => x / length) : cut;
}
