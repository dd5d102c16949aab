import { isAbsolute, resolve } from 'node:path';
import { inspect } from 'node:util';
import type { EngineOptions, FolderInput, Limit, Look, OpenContext, Plain } from '@millrace/core';
import type { AiSdkModel } from './ai-sdk.js';
import { surveyModel } from './disk.js';
import { driftOf } from './drift.js';
import { type Model, type ModelFacts, model } from './model.js';
import { type OpenModel, openModel } from './open.js';
import { priceOf } from './prices.js';
import { refuse } from './refusals.js';

/** A model by name, or as `model()` made it. */
export type ModelLike = string | Model;

/** Plain JavaScript may hand over anything. */
export function toModel(given: ModelLike): Model {
  if (typeof given === 'string') return model(given);
  const { kind, provider, modelId } = Object(given) as Partial<Model & AiSdkModel>;
  if (kind === 'model') return given;
  if (modelId !== undefined)
    refuse(
      `${provider}/${modelId}`,
      'it is a model object of the AI SDK, which does not say where it sends its requests',
      "Say that: aiModel(it, { endpoint: 'https://api.example.com/v1' }).",
    );
  throw new Error(
    `model is ${inspect(given, { depth: 0 })}, which is no model. Give a name such as 'openai/gpt-4o-mini', or what model() or aiModel() returns.`,
  );
}

/** The part of a call's identity that the declaration alone says; what a local folder holds is in the world. */
export const semanticModel = ({ config }: Model): Plain => config as unknown as Plain;

/** A model's folder lies relative to where the pipeline's paths start, wherever the process stands. */
const placedAt = (of: Model, base: string): Model => {
  const { folder } = of.options;
  return folder === undefined ? of : { ...of, options: { ...of.options, folder: resolve(base, folder) } };
};

/** The model whose files a folder stage gives: where its own folder would be is never looked at. */
export const withStageFiles = (of: Model): Model => ({ ...of, options: { ...of.options, folder: FROM_STAGE } });

const FROM_STAGE = '';

/** What only a look tells: the content of a model's folder, the runtime that computes it. */
export const worldOfModel = async (of: Model, look: Look): Promise<Plain> => {
  if (of.config.adapter !== 'local') return null;
  if (of.options.folder === FROM_STAGE) return { ...(await surveyModel(of, FROM_STAGE)) } as Plain;
  // A folder named by its absolute path is meant, wherever it lies: caches of models are made of links.
  const from = isAbsolute(of.options.folder ?? '') ? 'anywhere' : undefined;
  const digestOf = async (file: string) => (await look.file(file, from)).digest;
  return { ...(await surveyModel(placedAt(of, look.base), digestOf)) } as Plain;
};

/** Opened once for a stage, closed when it ends. A folder stage given as the model takes the place of the model's own folder. */
export async function openStageModel(
  of: Model,
  context: Pick<OpenContext, 'world' | 'inputs' | 'base' | 'recall' | 'remember' | 'note'>,
): Promise<OpenModel> {
  const saw = driftOf(of, context);
  const { generate, embed, ...rest } = await openPlaced(of, context);
  return {
    ...rest,
    ...(generate && {
      generate: { ...generate, generate: async (...asked) => seen(await generate.generate(...asked), saw) },
    }),
    ...(embed && { embed: { ...embed, embed: async (...asked) => seen(await embed.embed(...asked), saw) } }),
  };
}

function seen<A extends { readonly model: string }>(answer: A, saw: (model: string) => void): A {
  saw(answer.model);
  return answer;
}

async function openPlaced(
  of: Model,
  { world, inputs, base }: Pick<OpenContext, 'world' | 'inputs' | 'base'>,
): Promise<OpenModel> {
  const folder = inputs.model as FolderInput | undefined;
  const facts = (world ?? undefined) as ModelFacts | undefined;
  if (!folder) return openModel(of.config.adapter === 'local' ? placedAt(of, base) : of, facts);
  const placed = { ...of, options: { ...of.options, folder: await folder.path() } };
  return openModel(placed, { ...facts, weights: folder.digest });
}

/** Engine options that a model's own options stand for, where the stage does not say otherwise. */
export function engineOptionsOf({ name, options }: Model): EngineOptions {
  const { concurrency, retries, timeout } = options;
  const limit = limitOf(name, options);
  return {
    concurrency: concurrency ?? AT_ONCE,
    ...(retries !== undefined && { retries }),
    ...(timeout !== undefined && { timeoutMs: timeout }),
    ...(limit && { limit }),
  };
}

const AT_ONCE = 8;

function limitOf(
  name: string,
  { requestsPerMinute, tokensPerMinute, concurrency }: Model['options'],
): Limit | undefined {
  if (requestsPerMinute === undefined && tokensPerMinute === undefined) return undefined;
  return {
    name: `model ${name}`,
    ...(concurrency !== undefined && { atOnce: concurrency }),
    ...(requestsPerMinute !== undefined && { callsPerMinute: requestsPerMinute }),
    ...(tokensPerMinute !== undefined && { tokensPerMinute }),
  };
}

/** Asked before anything is spent: keys that are not set, prices that nobody knows where money is limited. */
export function modelPreflight(of: Model, { maxCost }: { readonly maxCost?: number | undefined }): string[] {
  const { apiKey } = of.options;
  const missing = `the model ${of.name} needs ${apiKey?.label}, which is not set. Set it in the environment, or give the model another apiKey.`;
  const unpriced = `the price of the model ${of.name} is not known, so nobody can keep the run below a cost of ${maxCost}. Say it in the model's options, in dollars for a million tokens: price: { input: 0.15, output: 0.6 }. Or limit the calls: --max-calls.`;
  return [
    ...(apiKey && !apiKey.present ? [missing] : []),
    ...(maxCost !== undefined && !priceOf(of) ? [unpriced] : []),
  ];
}
