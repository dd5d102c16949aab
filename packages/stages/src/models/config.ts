import type { Secret } from '@millrace/core';
import type { PlainObject } from './port.js';

/** What changes a model's answers. Fields that are not the adapter's are refused. */
export interface ModelConfig extends SamplingDefaults {
  /** Another OpenAI-compatible endpoint; the name is then sent to it as written. */
  readonly baseURL?: string;
  /** Of what a server gives under this name: other weights are another model. In keys, and never sent. */
  readonly version?: string | number;
  /** Commit (or tag) of a hub model. */
  readonly revision?: string;
  readonly dtype?: Dtype;
  readonly pooling?: Pooling;
  readonly normalize?: boolean;
  readonly batchInvariant?: boolean;
  readonly dimensions?: number;
  readonly template?: string;
}

/** Used by a stage where its own config is silent; part of the request, not of the model's identity. */
export interface SamplingDefaults {
  readonly temperature?: number;
  readonly topP?: number;
  readonly maxTokens?: number;
  readonly stop?: readonly string[];
  readonly seed?: number;
  readonly extra?: PlainObject;
}

export const DTYPES = ['fp32', 'fp16', 'q8', 'int8', 'uint8', 'q4', 'q4f16', 'bnb4'] as const;
export type Dtype = (typeof DTYPES)[number];

export const POOLINGS = ['mean', 'cls', 'last_token'] as const;
export type Pooling = (typeof POOLINGS)[number];

/** What changes only how the answers are got. */
export interface ModelOptions {
  readonly apiKey?: Secret;
  readonly headers?: Readonly<Record<string, string | Secret>>;
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
  /** Calls at once; for a local model, its workers: each holds a copy of the weights. */
  readonly concurrency?: number;
  /** Of one call, in milliseconds. */
  readonly timeout?: number;
  readonly retries?: number;
  /** Of one answer. A longer one is not read to its end. */
  readonly maxAnswerBytes?: number;
  readonly price?: Price;
  /** Where a local model lies. Its content is what counts. */
  readonly folder?: string;
  /** Where hub models are kept once downloaded. */
  readonly cache?: string;
  /** Download nothing. */
  readonly offline?: boolean;
  readonly device?: string;
  /** Threads of one worker. */
  readonly threads?: number;
}

/** Per million tokens, in one currency of your choice. */
export interface Price {
  readonly input: number;
  readonly output: number;
  /** Of input tokens that the provider had cached; default: `input`. */
  readonly cached?: number;
}

/** A model's config with nothing left to infer. */
export type Resolved = HttpModel | SdkModel | LocalModel | EchoModel | NgramModel;

export interface HttpModel {
  readonly adapter: 'openai';
  readonly endpoint: string;
  readonly name: string;
  readonly version?: string | number;
}

export interface SdkModel {
  readonly adapter: 'ai-sdk';
  readonly provider: string;
  readonly endpoint: string;
  readonly name: string;
  readonly version?: string | number;
}

export interface LocalModel {
  readonly adapter: 'local';
  /** A folder is known by its content, which is looked at when a run begins. */
  readonly weights:
    | { readonly from: 'folder' }
    | { readonly from: 'hub'; readonly id: string; readonly revision: string };
  readonly dtype: Dtype;
  readonly pooling: Pooling;
  readonly normalize: boolean;
  readonly batchInvariant: boolean;
}

export interface EchoModel {
  readonly adapter: 'echo';
  readonly version: 1;
  readonly template: string;
}

export interface NgramModel {
  readonly adapter: 'ngram';
  readonly version: 1;
  readonly dimensions: number;
}

const SAMPLING = ['temperature', 'topP', 'maxTokens', 'stop', 'seed', 'extra'] as const;

/** Which config fields each adapter knows. */
export const CONFIG_FIELDS: Readonly<Record<Resolved['adapter'], readonly string[]>> = {
  openai: ['baseURL', 'version', ...SAMPLING],
  'ai-sdk': ['endpoint', 'version', ...SAMPLING],
  local: ['revision', 'dtype', 'pooling', 'normalize', 'batchInvariant', ...SAMPLING],
  echo: ['template', ...SAMPLING],
  ngram: ['dimensions'],
};

const CALLS = ['requestsPerMinute', 'tokensPerMinute', 'concurrency', 'timeout', 'retries', 'price'];

export const OPTION_FIELDS: Readonly<Record<Resolved['adapter'], readonly string[]>> = {
  openai: ['apiKey', 'headers', 'maxAnswerBytes', ...CALLS],
  'ai-sdk': ['headers', ...CALLS],
  local: ['folder', 'cache', 'offline', 'device', 'threads', ...CALLS],
  echo: CALLS,
  ngram: CALLS,
};

export function samplingOf(config: ModelConfig): SamplingDefaults {
  const set = SAMPLING.filter((field) => config[field] !== undefined).map((field) => [field, config[field]]);
  return Object.fromEntries(set);
}
