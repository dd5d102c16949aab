import {
  type CallContext,
  type ColOf,
  type Columns,
  type EngineOptions,
  type Folder,
  type Handle,
  type Kind,
  type New,
  type Notes,
  type Ok,
  type Row,
  stage,
  type Table,
  type Within,
} from '@millrace/core';
import { requireText } from '../functions/table.js';
import { type FunctionSaid, functionUse } from '../functions/user-function.js';
import { callError } from '../models/failure.js';
import type { Model } from '../models/model.js';
import type { OpenModel } from '../models/open.js';
import type { EmbedRequest, PlainObject } from '../models/port.js';
import { costOf } from '../models/prices.js';
import { sentForVectors } from '../models/sent.js';
import {
  engineOptionsOf,
  type ModelLike,
  modelPreflight,
  openStageModel,
  semanticModel,
  toModel,
  withStageFiles,
  worldOfModel,
} from '../models/stage-model.js';
import { checkSettings } from '../registry/check-settings.js';
import { embedSettings } from './fields.js';
import { shares } from './shares.js';

/** What one text's vector depends on, beside the text and the model. */
export interface EmbedSettings extends FunctionSaid {
  readonly dimensions?: number;
  /** A text that is longer than the model's window: `fail` (default) or cut at the `end`. */
  readonly truncate?: 'fail' | 'end';
  /** Put before each text, as some models want it: `query: `. */
  readonly prefix?: string;
  /** Length 1. Default: as the model gives them. */
  readonly normalise?: boolean;
  /** Done to each text before it is sent. */
  readonly preprocess?: (text: string) => string;
  /** Free parts of the key. */
  readonly extra?: PlainObject;
}

interface Parsed extends EmbedSettings {
  readonly model: Model;
  readonly from: string;
  readonly into: string;
}

function parse(given: unknown): Parsed {
  const { model, into, ...rest } = given as Omit<Parsed, 'model'> & { readonly model: ModelLike };
  const { dimensions } = rest;
  if (dimensions !== undefined && !(Number.isInteger(dimensions) && dimensions > 0))
    throw new Error(
      `embed was given dimensions ${dimensions}: a vector has a whole number of them, from 1 on. Leave it out to take what the model gives.`,
    );
  return { ...rest, into: into ?? 'vector', model: toModel(model) };
}

export const vectorType = (config: EmbedSettings): Columns[string] =>
  config.dimensions ? { fixed: 'float32', size: config.dimensions } : { list: 'float32' };

/** The request as sent: the text as the model gets it, so that equal texts of any column are one call. */
export function embedRequest(text: unknown, config: EmbedSettings): PlainObject | null {
  if (typeof text !== 'string') return null;
  const prepared: unknown = config.preprocess ? config.preprocess(text) : text;
  if (typeof prepared !== 'string')
    throw new Error(
      `The function preprocess of this embed returned ${String(prepared)}, which is no text. Return the text that the model is to get.`,
    );
  return {
    text: `${config.prefix ?? ''}${prepared}`,
    ...settingsOf(config),
    ...(config.normalise && { normalise: true }),
  };
}

const settingsOf = ({ dimensions, truncate, extra }: EmbedSettings): EmbedRequest => ({
  ...(dimensions !== undefined && { dimensions }),
  ...(truncate !== undefined && { truncate }),
  ...(extra && { extra }),
});

export const embedCall = (model: Model): { readonly version: number; readonly config: unknown } => ({
  version: 1,
  config: { model: semanticModel(model) },
});

const TEXTS_AT_ONCE = 64;

const kind: Kind<Parsed> = {
  name: 'embed',
  version: 1,
  nature: 'answered',
  config: parse,
  label: ({ model, from }) => `${model.name} of ${from}`,
  code: (config) => (config.preprocess ? { preprocess: functionUse(config.preprocess, config) } : {}),
  semantic: ({ model, preprocess, uses, version, impure, ...rest }) => ({ ...rest, model: semanticModel(model) }),
  preflight: ({ model }, _options, budget) => modelPreflight(model, budget),
  work: {
    is: 'rows',
    world: ({ model }, _options, look) => worldOfModel(model, look),
    reads: ({ from }) => ({ text: from }),
    answers: (config, columns) => {
      requireText('embed', config.from, columns?.[config.from]);
      return { vector: vectorType(config) };
    },
    adds: ({ into }) => ({ [into]: 'vector' }),
    call: ({ model }) => embedCall(model),
    request: ({ text }, config) => embedRequest(text, config),
    sends: (rows, config) => {
      const texts = rows.flatMap(({ text }) => embedRequest(text, config)?.text ?? []);
      return sentForVectors(config.model, texts as string[], settingsOf(config));
    },
    batch: () => TEXTS_AT_ONCE,
    open: (config, _options, context) => openStageModel(config.model, context),
    close: (model: OpenModel) => model.close(),
    run: embedRows,
  },
};

/** A row without a text has no vector; an empty text is sent as it is. */
async function embedRows(
  rows: readonly Row[],
  { config, handle, signal, beside }: CallContext<Parsed, object>,
): Promise<Row[]> {
  const requests = rows.map(({ text }) => embedRequest(text, config));
  const asked = [...requests.keys()].filter((i) => requests[i] !== null);
  const texts = asked.map((i) => String(requests[i]?.text));
  const vectors = await embedTexts(texts, {
    config,
    model: handle as OpenModel,
    signal,
    beside: (notes) => besideEach(notes, texts, (n, own) => beside(asked[n] as number, own)),
  });
  const out: Row[] = rows.map(() => ({ vector: null }));
  for (const [n, i] of asked.entries()) out[i] = { vector: vectors[n] };
  return out;
}

/** What a request took is shared by its texts, so that a vector that is kept keeps what it cost. */
function besideEach(
  { tokens, money, ...notes }: Notes,
  texts: readonly string[],
  beside: (text: number, notes: Notes) => void,
): void {
  const [ofTokens, ofMoney] = [tokens, money].map((sum) => sum !== undefined && shares(sum, texts));
  for (const at of texts.keys())
    beside(at, {
      ...(at === 0 && notes),
      ...(ofTokens && { tokens: ofTokens[at] as number }),
      ...(ofMoney && { money: ofMoney[at] as number }),
    });
}

interface EmbedWith {
  readonly config: EmbedSettings & { readonly model: Model };
  readonly model: OpenModel;
  readonly signal: AbortSignal;
  readonly beside: (notes: Record<string, unknown>) => void;
}

export async function embedTexts(
  texts: readonly string[],
  { config, model, signal, beside }: EmbedWith,
): Promise<Float32Array[]> {
  if (!model.embed)
    throw callError('bad-request', `The model ${config.model.name} gives no vectors. Use it in generate.`, {
      everyRow: true,
    });
  if (texts.length === 0) return [];
  const answer = await model.embed.embed(texts, settingsOf(config), { signal });
  const money = costOf(config.model, { output: 0, ...answer.usage });
  const tokens = answer.usage.input;
  beside({
    model: answer.model,
    latencyMs: answer.latencyMs,
    ...(tokens !== undefined && { tokens }),
    ...(money !== undefined && { money }),
  });
  return answer.vectors.map((vector) => checked(config.normalise ? unit(vector) : vector, config));
}

function checked(vector: Float32Array, { dimensions }: EmbedSettings): Float32Array {
  if (dimensions === undefined || vector.length === dimensions) return vector;
  throw callError(
    'bad-request',
    `The model gave ${vector.length} numbers where dimensions says ${dimensions}. Leave dimensions out, or ask for what the model gives.`,
    { everyRow: true },
  );
}

/** Length 1, in doubles and in order, so that the bits are the same everywhere. A vector of zeros stays. */
function unit(vector: Float32Array): Float32Array {
  let sum = 0;
  for (const value of vector) sum += value * value;
  return sum === 0 ? vector : vector.map((value) => value / Math.sqrt(sum));
}

export interface EmbedInputs {
  /** A folder stage whose files are the model. */
  readonly weights?: Folder;
}

/** Gives each text its vector. Equal texts are one call, whatever their column; known ones are none. */
export function embed<R extends Row, O extends boolean, const I extends string = 'vector'>(
  rows: Table<R, O>,
  config: EmbedSettings & {
    readonly from: ColOf<R, O, string | null>;
    readonly model: ModelLike;
    readonly into?: Ok<I, New<I, R>>;
  },
  options?: EngineOptions & EmbedInputs,
): Table<R & Record<I, Float32Array>, O> {
  checkSettings(embedSettings, config, options);
  return embedStage({ rows }, config, options);
}

export function embedStage<H extends Handle>(
  inputs: { readonly rows: Handle; readonly within?: Within },
  config: object,
  options: (EngineOptions & EmbedInputs) | undefined,
): H {
  const { weights, ...rest } = options ?? {};
  const { model } = parse(config);
  return stage({
    kind,
    inputs: { rows: inputs.rows, ...(weights && { model: weights }) },
    config: weights ? { ...config, model: withStageFiles(model) } : config,
    options: { ...engineOptionsOf(model), ...rest },
    ...(inputs.within && { within: inputs.within }),
  });
}
