import type { EngineOptions, FolderInput, Limit, Look, OpenContext, Plain } from '@millrace/core';
import { surveyModel } from './disk.js';
import { type Model, type ModelFacts, model } from './model.js';
import { type OpenModel, openModel } from './open.js';
import { priceOf } from './prices.js';

/** A model by name, or as `model()` made it. */
export type ModelLike = string | Model;

export const toModel = (given: ModelLike): Model => (typeof given === 'string' ? model(given) : given);

/** The part of a call's identity that the declaration alone says; what a local folder holds is in the world. */
export const semanticModel = ({ config }: Model): Plain => config as unknown as Plain;

/** What only a look tells: the content of a model's folder, the runtime that computes it. */
export const worldOfModel = async (of: Model, _look: Look): Promise<Plain> =>
  of.config.adapter === 'local' ? ({ ...(await surveyModel(of)) } as Plain) : null;

/** Opened once for a stage, closed when it ends. A folder stage given as the model takes the place of the model's own folder. */
export async function openStageModel(
  of: Model,
  { world, inputs }: Pick<OpenContext, 'world' | 'inputs'>,
): Promise<OpenModel> {
  const folder = inputs.model as FolderInput | undefined;
  if (!folder) return openModel(of, (world ?? undefined) as ModelFacts | undefined);
  const placed = { ...of, options: { ...of.options, folder: await folder.path() } };
  return openModel(placed, { ...((world ?? {}) as ModelFacts), weights: folder.digest });
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

/** Asked before anything is spent: keys that are not set. */
export function modelPreflight(of: Model): string[] {
  const { apiKey } = of.options;
  if (!apiKey || apiKey.present) return [];
  return [
    `the model ${of.name} needs ${apiKey.label}, which is not set. Set it in the environment, or give the model another apiKey.`,
  ];
}

export const hasPrice = (of: Model): boolean => priceOf(of) !== undefined;
