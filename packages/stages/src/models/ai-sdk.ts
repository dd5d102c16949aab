import { cannot, cannotCut } from './abilities.js';
import { sdkFailure } from './ai-sdk-failure.js';
import { answerOf, callOptions, embeddingsOf, type SdkAnswer, type SdkEmbeddings } from './ai-sdk-wire.js';
import type { ModelOptions, SamplingDefaults, SdkModel } from './config.js';
import { withDeadline } from './deadline.js';
import { withoutEchoes } from './echoed.js';
import { revealed, type Server } from './http.js';
import { checkEndpoint, checkStable, type Model, seal, versionOf } from './model.js';
import type { CallContext, EmbedModel, GenerateModel } from './port.js';
import { refuse } from './refusals.js';

/** What every language or embedding model of the AI SDK has, in versions 2, 3 and 4 of its provider interface. */
export interface AiSdkModel {
  readonly specificationVersion: string;
  readonly provider: string;
  readonly modelId: string;
  readonly maxEmbeddingsPerCall?: PromiseLike<number | undefined> | number | undefined;
  doGenerate?(options: never): PromiseLike<object>;
  doEmbed?(options: never): PromiseLike<object>;
}

export interface AiModelConfig extends SamplingDefaults {
  /** Where the provider sends its requests: the object does not say, and two servers are two models. */
  readonly endpoint: string;
  /** Of what is served under its name: other weights are another model. In keys, and never sent. */
  readonly version?: string | number;
}

// Beside the declared model, so that printing it can't show what the provider's object holds.
const objects = new WeakMap<Model, AiSdkModel>();

/** Declares a model object of any provider of the AI SDK; the provider's own settings pass in `extra`, as its `providerOptions`. */
export function aiModel(sdk: AiSdkModel, config: AiModelConfig, options: ModelOptions = {}): Model {
  const name = `${sdk?.provider}/${sdk?.modelId}`;
  checkObject(name, sdk);
  checkStable(name, sdk.modelId);
  const endpoint = checkEndpoint(name, config?.endpoint);
  const resolved = {
    adapter: 'ai-sdk' as const,
    provider: sdk.provider,
    endpoint,
    name: sdk.modelId,
    ...versionOf(name, config.version),
  };
  const model = seal({ name, config: resolved, options }, config);
  objects.set(model, sdk);
  return model;
}

function checkObject(name: string, sdk: AiSdkModel): void {
  if (typeof sdk !== 'object' || (!sdk.doGenerate && !sdk.doEmbed))
    refuse(
      name,
      'it is no model object of the AI SDK',
      'Pass what openai("gpt-4o-mini") of @ai-sdk/openai gives, or write model("openai/gpt-4o-mini").',
    );
  if (typeof sdk.modelId !== 'string' || sdk.modelId.trim() === '')
    refuse(
      name,
      'it has no name, so its answers would be remembered as those of any other model without one',
      'Give it a modelId.',
    );
  if (!/^v[234]$/.test(sdk.specificationVersion))
    refuse(
      name,
      `its provider interface is ${JSON.stringify(sdk.specificationVersion)}, and v2, v3 and v4 are understood`,
      'Take a version of the provider for AI SDK 5, 6 or 7.',
    );
}

/** The ports that the object has. */
export function openSdk(model: Model, config: SdkModel): { generate?: GenerateModel; embed?: EmbedModel } {
  const sdk = objects.get(model);
  if (!sdk) throw new Error(`BUG: ${model.name} was copied and lost its AI SDK object.`);
  const at: At = { sdk, config, server: { name: model.name, endpoint: config.endpoint, options: model.options } };
  return { ...(sdk.doGenerate ? { generate: generateOf(at) } : {}), ...(sdk.doEmbed ? { embed: embedOf(at) } : {}) };
}

interface At {
  readonly sdk: AiSdkModel;
  readonly config: SdkModel;
  readonly server: Server;
}

function generateOf(at: At): GenerateModel {
  return {
    identity: { ...at.config },
    async generate(request, ctx) {
      const options = await callOptions(at.server.name, { request, version: at.sdk.specificationVersion }, ctx);
      const started = performance.now();
      const answer = await ask<SdkAnswer>(at, { method: 'doGenerate', options }, ctx);
      return withoutEchoes(at.server, answerOf(answer, performance.now() - started));
    },
  };
}

function embedOf(at: At): EmbedModel {
  return {
    identity: { ...at.config },
    batchInvariant: true,
    async embed(texts, request, ctx) {
      cannot(at.server.name, request, ['dimensions']);
      cannotCut(at.server.name, request);
      const started = performance.now();
      const answers: SdkEmbeddings[] = [];
      const size = (await at.sdk.maxEmbeddingsPerCall) ?? texts.length;
      for (let from = 0; from < texts.length; from += size) {
        const options = {
          values: texts.slice(from, from + size),
          ...(request.extra ? { providerOptions: request.extra } : {}),
        };
        answers.push(await ask<SdkEmbeddings>(at, { method: 'doEmbed', options }, ctx));
      }
      return withoutEchoes(at.server, embeddingsOf(at.server, { texts, answers }, performance.now() - started));
    },
  };
}

interface Call {
  readonly method: 'doGenerate' | 'doEmbed';
  readonly options: object;
}

/** One call by the provider interface itself, which tries once: the SDK's retries live above it. */
async function ask<Answer>({ sdk, server }: At, { method, options }: Call, ctx: CallContext): Promise<Answer> {
  const limit = { what: `${server.name} at ${server.endpoint}`, timeoutMs: server.options.timeout ?? 600_000 };
  const headers = revealed(server);
  const call = sdk[method] as (options: object) => PromiseLike<Answer>;
  return withDeadline(limit, ctx, async (abortSignal) => {
    try {
      return await call.call(sdk, { ...options, headers, abortSignal });
    } catch (error) {
      throw sdkFailure(server, error);
    }
  });
}
