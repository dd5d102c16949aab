import {
  type CallContext,
  type Columns,
  type EngineOptions,
  type Folder,
  type Handle,
  type Kind,
  type Notes,
  type Ok,
  type Row,
  type RowAnswer,
  stage,
  type Within,
} from '@millrace/core';
import { answersViaBatch, type BatchOptions } from '../batch/generate.js';
import { columnsRead, type FunctionSaid, functionUse } from '../functions/user-function.js';
import type { SamplingDefaults } from '../models/config.js';
import { driftOf } from '../models/drift.js';
import { callError } from '../models/failure.js';
import type { Model } from '../models/model.js';
import type { OpenModel } from '../models/open.js';
import type { Finish, GenerateAnswer, OutputSchema } from '../models/port.js';
import { costOf } from '../models/prices.js';
import { sentForText } from '../models/sent.js';
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
import { answerFor, outputSchema, parseAnswer, propertyOrder, type SchemaConfig, typeOfSchema } from './output.js';
import { type PromptConfig, promptVariables, requestOf } from './request.js';
import { type ENDINGS, requireSettings } from './settings.js';

/** What one call is told. */
export interface GenerateSettings extends SamplingDefaults, FunctionSaid {
  /** A structured answer: the column holds the parsed object. */
  readonly schema?: SchemaConfig;
  readonly logprobs?: number;
  /** Each row is asked so many times; each draw is remembered for itself, and gives a row of its own. */
  readonly samples?: number;
  /** Answers that count although they did not end of themselves. */
  readonly accept?: readonly (typeof ENDINGS)[number][];
  /** Names a second draw of the same stage. */
  readonly draw?: string;
}

export interface GenerateConfig extends GenerateSettings {
  readonly model: Model;
  readonly prompt: PromptConfig;
  readonly into: string;
}

interface Parsed extends Omit<GenerateConfig, 'schema'> {
  readonly schema?: OutputSchema;
}

function parse(given: unknown): Parsed {
  const { schema, model, ...rest } = given as Omit<GenerateConfig, 'model'> & { readonly model: ModelLike };
  for (const [name, value] of Object.entries({ model, prompt: rest.prompt }))
    if (value === undefined)
      throw new Error(`generate needs a ${name}: nobody can be asked without. Write ${name}: …, here or in across.`);
  const made = toModel(model);
  requireSettings({ ...made.defaults, ...rest });
  return {
    ...made.defaults,
    ...rest,
    into: rest.into ?? 'text',
    model: made,
    ...(schema && { schema: outputSchema(schema) }),
  };
}

/** What decides an answer beside its request: nothing of how it is parsed, accepted or named. */
const call = ({ model, draw, seed }: Parsed) => ({ version: 1, config: { model: semanticModel(model), draw, seed } });

const semantic = ({ model, uses, version, impure, prompt, ...rest }: Parsed) => ({
  ...rest,
  model: semanticModel(model),
  ...(typeof prompt !== 'function' && { prompt }),
});

function orderOf({ schema }: Parsed): { readonly order?: readonly (readonly string[])[] } {
  const order = propertyOrder(schema?.schema);
  return order.length ? { order } : {};
}

const kind: Kind<Parsed, GenerateOptions> = {
  name: 'generate',
  version: 1,
  nature: ({ temperature }) => (temperature === 0 ? 'answered' : 'sampling'),
  config: parse,
  label: ({ model, temperature, samples }) =>
    [model.name, temperature === undefined ? '' : `T=${temperature}`, samples ? `× ${samples}` : '']
      .filter(Boolean)
      .join(' '),
  code: (config) => (typeof config.prompt === 'function' ? { prompt: functionUse(config.prompt, config) } : {}),
  semantic: (config) => ({ ...semantic(config), ...orderOf(config) }),
  formerly: semantic,
  preflight: ({ model }, { via }, budget) => [
    ...modelPreflight(model, budget),
    ...(via === 'batch' && budget.maxCost !== undefined ? [unbounded(budget.maxCost)] : []),
  ],
  work: {
    is: 'rows',
    world: ({ model }, _options, look) => worldOfModel(model, look),
    reads: (config, columns) => readsOf(config, columns),
    answers: () => ({ text: 'text', finish: 'text' }),
    usual: { finish: 'stop' },
    adds: ({ into, schema }): Record<string, string> => (schema ? {} : { [into]: 'text' }),
    call,
    arrays: ({ prompt }) => typeof prompt === 'function',
    request: (row, config) => ({ ...requestOf(row, config, 'digest'), ...orderOf(config) }),
    sends: ([row], config) => sentForText(config.model, requestOf(row as Row, config, 'data')),
    former: (config) =>
      'order' in orderOf(config) ? { request: (row, asked) => requestOf(row, asked, 'digest') } : undefined,
    repeat: ({ samples }) => samples ?? 1,
    refuse: { reads: ['text', 'finish'], check: refusal },
    derive: {
      reads: ['text'],
      columns: ({ into, schema }): Columns => (schema ? { [into]: typeOfSchema(schema.schema) } : {}),
      run: ({ text }, { into, schema }) => (schema ? { [into]: parseAnswer(text, schema.schema) } : {}),
      back: (columns, { into, schema }) => ({ text: answerFor(columns[into], schema?.schema ?? {}) }),
    },
    open: (config, _options, context) => openStageModel(config.model, context),
    close: (model: OpenModel) => model.close(),
    batch: (_config, { via }) => (via === 'batch' ? ALL_ROWS : 1),
    rowsOfRequest: () => 1,
    countsRequests: (_config, { via }) => via === 'batch',
    run: async (rows, context) =>
      context.options.via === 'batch' ? askTogether(rows, context) : [await ask(rows[0] as Row, context)],
  },
};

function readsOf(config: Parsed, columns: Columns | undefined): Record<string, string> {
  const variables = promptVariables(config.prompt);
  if (variables) return Object.fromEntries(variables.map((name) => [name, name]));
  return columnsRead(config.prompt as () => unknown, undefined, columns);
}

const ALL_ROWS = 1_000_000;

const unbounded = (maxCost: number): string =>
  `via: 'batch' asks all rows without an answer at once, and what they cost is known when they are answered: nobody can keep the run below a cost of ${maxCost}. Limit the calls: --max-calls. Or leave via out.`;

/** Through the provider's batch service: the same requests, the same keys. */
async function askTogether(rows: readonly Row[], context: CallContext<Parsed, GenerateOptions>): Promise<RowAnswer[]> {
  const { config, options, beside } = context;
  const requests = rows.map((row) => requestOf(row, config, 'data'));
  const answers = await answersViaBatch(config.model, requests, { context, batch: options.batch ?? {} });
  const saw = driftOf(config.model, context);
  return answers.map((answer, row) => {
    if (answer instanceof Error) return answer;
    saw(answer.model);
    beside(row, { ...notesOf(answer, config.model), via: 'batch' });
    return { text: answer.text.toWellFormed(), finish: answer.finish };
  });
}

async function ask(row: Row, { config, handle, signal, beside, seeds }: CallContext<Parsed, object>): Promise<Row> {
  const { generate } = handle as OpenModel;
  if (!generate)
    throw callError('bad-request', `The model ${config.model.name} gives no text, only vectors. Use it in embed.`, {
      everyRow: true,
    });
  const request = requestOf(row, config, 'data');
  const seed = config.model.config.adapter === 'local' ? localSeed(request.seed, seeds[0]) : request.seed;
  const answer = await generate.generate({ ...request, ...(seed !== undefined && { seed }) }, { signal });
  beside(0, notesOf(answer, config.model));
  // Half a surrogate pair, as a cut-off answer may end with, is no text that could be stored.
  return { text: answer.text.toWellFormed(), finish: answer.finish };
}

/** A local draw takes its seed from its row key, so that no order of calls is in the answer. */
const localSeed = (seed: number | undefined, key: string | undefined): number | undefined =>
  key === undefined ? seed : (Number.parseInt(key.slice(0, 8), 16) ^ (seed ?? 0)) >>> 0;

function notesOf(answer: GenerateAnswer, model: Model): Notes {
  const { usage, latencyMs, finish, warnings, logprobs } = answer;
  const money = costOf(model, usage);
  const tokens =
    usage.input === undefined && usage.output === undefined ? undefined : (usage.input ?? 0) + (usage.output ?? 0);
  return {
    model: answer.model,
    finish,
    latencyMs,
    usage,
    ...(tokens !== undefined && { tokens }),
    ...(money !== undefined && { money }),
    ...(warnings && { warnings }),
    ...(logprobs && { logprobs }),
  };
}

const ENDED: Readonly<Record<Exclude<Finish, 'stop'>, string>> = {
  length: 'was cut off at maxTokens',
  refusal: 'is a refusal',
  filter: 'was withheld by a filter',
  tool: 'is a call of a tool',
  other: 'ended for a reason that is not known',
};

/** Why an answer does not count: applied after the memory, so that accepting it buys nothing again. */
function refusal({ text, finish }: Row, { accept = [] }: Parsed): string | undefined {
  if (finish !== 'stop' && !accept.includes(finish))
    return `The answer ${ENDED[finish as Exclude<Finish, 'stop'>]}. Accept it with accept: ['${finish}'], or ask otherwise.`;
  if (text === '' && !accept.includes('empty'))
    return "The answer is empty. Accept it with accept: ['empty'], or ask otherwise.";
  return undefined;
}

/** `{{column}}` names in a template. */
type Trim<X extends string> = X extends ` ${infer Y}` ? Trim<Y> : X extends `${infer Y} ` ? Trim<Y> : X;
export type Variables<P extends string, A = never> = P extends `${string}{{${infer V}}}${infer Rest}`
  ? Variables<Rest, A | Trim<V>>
  : A;

/** A template whose variables are all columns, or a sentence. */
export type Template<P extends string, R extends Row, Open extends boolean> = string extends P
  ? P
  : true extends Open
    ? P
    : [Exclude<Variables<P>, keyof R & string>] extends [never]
      ? P
      : `The prompt names {{${Exclude<Variables<P>, keyof R & string> & string}}}, which is no column here`;

export type TypedPrompt<P, R extends Row, Open extends boolean> = P extends string ? Ok<P, Template<P, R, Open>> : P;

/** How the answers are got; in no key. */
export interface GenerateOptions {
  /** `batch`: all at once through the provider's batch service, cheaper and within a day. */
  readonly via?: 'calls' | 'batch';
  readonly batch?: BatchOptions;
}

export interface GenerateInputs extends GenerateOptions {
  /** A folder stage whose files are the model. */
  readonly weights?: Folder;
}

/** A batch is one call that takes its time and looks after its own retries. */
const ONE_CALL: EngineOptions = { concurrency: 1, retries: 0 };

export const generateStage = <H extends Handle>(
  inputs: { readonly rows: Handle; readonly within?: Within },
  config: object,
  options: (EngineOptions & GenerateInputs) | undefined,
): H => {
  const { weights, ...rest } = options ?? {};
  const { model } = parse(config);
  return stage({
    kind,
    inputs: { rows: inputs.rows, ...(weights && { model: weights }) },
    config: weights ? { ...config, model: withStageFiles(model) } : config,
    options: { ...(rest.via === 'batch' ? ONE_CALL : engineOptionsOf(model)), ...rest },
    ...(inputs.within && { within: inputs.within }),
  });
};
