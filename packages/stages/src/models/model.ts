import { secret } from '@millrace/core';
import {
  CONFIG_FIELDS,
  DTYPES,
  type HttpModel,
  type LocalModel,
  type ModelConfig,
  type ModelOptions,
  OPTION_FIELDS,
  POOLINGS,
  type Resolved,
  type SamplingDefaults,
  samplingOf,
} from './config.js';
import type { PlainObject } from './port.js';
import { PROVIDERS } from './providers.js';
import { checkAmounts, checkSecrets, frozen, oneOf, onlyKnown, refuse } from './refusals.js';

/** A declared model: frozen data. Declaring opens nothing and reads nothing. */
export interface Model {
  readonly kind: 'model';
  /** As the user wrote it, for people. */
  readonly name: string;
  readonly config: Resolved;
  readonly defaults: SamplingDefaults;
  readonly options: ModelOptions;
}

/** What is known of a model only by looking: the content of its folder, and the runtime that computes it. */
export interface ModelFacts {
  readonly weights?: string;
  readonly runtime?: string;
}

/** Names a model. Everything that changes its answers is resolved here; what is not pinned is refused here. */
export function model(name: string, config: ModelConfig = {}, options: ModelOptions = {}): Model {
  const declared = declare(name, { config, options });
  return seal({ name, config: declared.config, options: { ...declared.options, ...options } }, config);
}

/** Checks what all models have in common and freezes the result. */
export function seal(made: Pick<Model, 'name' | 'config' | 'options'>, config: ModelConfig): Model {
  const { adapter } = made.config;
  onlyKnown(made.name, config, CONFIG_FIELDS[adapter]);
  onlyKnown(made.name, made.options, OPTION_FIELDS[adapter]);
  checkSecrets(made.name, made.options);
  checkAmounts(made.name, made.options);
  return frozen({ kind: 'model' as const, ...made, defaults: samplingOf(config) });
}

/** The part of a recipe that says which model answers. Defaults for sampling are part of each request instead. */
export function identityOf(model: Model, facts: ModelFacts = {}): PlainObject {
  if (model.config.adapter !== 'local') return { ...model.config };
  const { weights, ...config } = model.config;
  if (!facts.runtime || (weights.from === 'folder' && !facts.weights))
    throw new Error(`BUG: the identity of ${model.name} was asked for before its files were looked at.`);
  const from = weights.from === 'folder' ? { content: facts.weights! } : { id: weights.id, revision: weights.revision };
  return { ...config, weights: from, runtime: facts.runtime };
}

interface Declared {
  readonly config: Resolved;
  readonly options: ModelOptions;
}

interface Given {
  readonly config: ModelConfig;
  readonly options: ModelOptions;
}

function declare(name: string, { config, options }: Given): Declared {
  if (typeof name !== 'string' || !/^\S(.*\S)?$/.test(name))
    refuse(String(name), 'a model needs a name', 'Write model("openai/gpt-4o-mini") or another name.');
  const [prefix, rest] = splitName(name);
  if (prefix === 'local') return local(name, { config, options });
  if (prefix === 'test') return { config: embedded(name, rest, config), options: {} };
  return http(name, config);
}

const splitName = (name: string): [string, string] => {
  const slash = name.indexOf('/');
  return slash < 0 ? ['', name] : [name.slice(0, slash), name.slice(slash + 1)];
};

function http(name: string, { baseURL, version }: ModelConfig): Declared {
  const ofVersion = versionOf(name, version);
  if (baseURL !== undefined)
    return {
      config: { ...openai(name, { baseURL: checkEndpoint(name, baseURL), sent: name }), ...ofVersion },
      options: {},
    };
  const [prefix, sent] = splitName(name);
  const provider = Object.hasOwn(PROVIDERS, prefix) ? PROVIDERS[prefix] : undefined;
  if (!provider)
    return refuse(
      name,
      'the name says no endpoint, and two servers with one model name are two models',
      `Begin it with one of ${[...Object.keys(PROVIDERS), 'local', 'test'].join(', ')}, or pass { baseURL }.`,
    );
  const options = provider.key ? { apiKey: secret.env(provider.key) } : {};
  return { config: { ...openai(name, { baseURL: provider.baseURL, sent }), ...ofVersion }, options };
}

/** Without one a model is known as ever. */
export function versionOf(name: string, version: ModelConfig['version']): Pick<HttpModel, 'version'> {
  if (version === undefined) return {};
  if (version === '' || !['string', 'number'].includes(typeof version))
    refuse(name, `its version is ${JSON.stringify(version)}`, 'Give a text or a number, or leave it out.');
  return { version };
}

const UNSTABLE = /^(|auto|default|latest|openrouter\/auto)$/;

function openai(name: string, { baseURL, sent }: { baseURL: string; sent: string }): HttpModel {
  checkStable(name, sent);
  return { adapter: 'openai', endpoint: baseURL, name: sent };
}

export function checkStable(name: string, sent: string): void {
  if (UNSTABLE.test(sent))
    refuse(
      name,
      'the server may answer with any model, and its answers would be remembered as those of one',
      'Name the model itself.',
    );
}

/** An endpoint is written into recipes, logs and pages, so it may hold no secret. */
export function checkEndpoint(name: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol))
    return refuse(
      name,
      `its endpoint ${JSON.stringify(text)} is no http(s) address`,
      'Write it like "http://localhost:8000/v1".',
    );
  if (url.username || url.password || url.search || url.hash)
    return refuse(
      name,
      'its endpoint carries a password, a query or a fragment, and endpoints are part of keys and pages',
      'Pass secrets as { apiKey: secret.env("NAME") } or { headers } in the options.',
    );
  return url.href.replace(/\/+$/, '');
}

const HUB_ID = /^[\w.-]+\/[\w.-]+$/;
const PINNED = /^([0-9a-f]{40}|v?\d[\w.-]*)$/;

function local(name: string, { config, options }: Given): Declared {
  const [, rest] = splitName(name);
  const isPath = /^\.{0,2}\//.test(rest);
  const isHub = HUB_ID.test(rest) && !isPath && options.folder === undefined;
  if (rest === '') refuse(name, 'it names no folder and no hub model', 'Write model("local/./models/mine").');
  if (config.revision !== undefined && !isHub)
    refuse(
      name,
      'a revision is of a hub model, and this is a folder',
      'Leave the revision out: a folder is known by its content.',
    );
  const made = computed(name, config);
  if (!isHub)
    return { config: { ...made, weights: { from: 'folder' } }, options: { folder: isPath ? rest : `models/${rest}` } };
  return {
    config: { ...made, weights: { from: 'hub', id: rest, revision: revision(name, config.revision) } },
    options: {},
  };
}

function revision(name: string, given: string | undefined): string {
  if (given !== undefined && PINNED.test(given)) return given;
  const why =
    given === undefined ? 'a hub model moves with its main branch' : `the revision ${JSON.stringify(given)} moves`;
  return refuse(
    name,
    `${why}, so remembered answers would be those of another model`,
    `Pass { revision: "<the 40 digits of the commit>" }, or write local/./${splitName(name)[1]} for a folder.`,
  );
}

function computed(name: string, config: ModelConfig): Omit<LocalModel, 'weights'> {
  const { dtype = 'fp32', pooling = 'mean', normalize = true, batchInvariant = false } = config;
  oneOf(name, { dtype }, DTYPES);
  oneOf(name, { pooling }, POOLINGS);
  if (batchInvariant && /8$/.test(dtype))
    refuse(
      name,
      `with dtype ${dtype} a text's vector changes with the texts sent beside it`,
      'Leave batchInvariant out.',
    );
  return { adapter: 'local', dtype, pooling, normalize, batchInvariant };
}

function embedded(name: string, rest: string, config: ModelConfig): Resolved {
  if (rest === 'echo') return { adapter: 'echo', version: 1, template: config.template ?? '{{answer}}' };
  if (rest !== 'ngram')
    return refuse(name, 'there is no such built-in model', 'Write test/echo (text) or test/ngram (vectors).');
  const { dimensions = 256 } = config;
  if (!Number.isInteger(dimensions) || dimensions < 1)
    refuse(name, `dimensions ${dimensions} is no whole number above 0`, 'Pass { dimensions: 256 }.');
  return { adapter: 'ngram', version: 1, dimensions };
}
