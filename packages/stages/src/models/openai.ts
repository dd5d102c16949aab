import type { Plain } from '@millrace/core';
import { cannotCut } from './abilities.js';
import type { HttpModel } from './config.js';
import { withoutEchoes } from './echoed.js';
import { callError } from './failure.js';
import { post, type Server } from './http.js';
import { base64Of } from './images.js';
import { answerOf, vectorsOf } from './openai-answer.js';
import type {
  CallContext,
  EmbedModel,
  EmbedRequest,
  GenerateModel,
  GenerateRequest,
  Message,
  MessagePart,
  PlainObject,
} from './port.js';
import { maxTokensField } from './providers.js';

/** `/chat/completions` of any server that speaks OpenAI's protocol. */
export function openaiGenerate(model: HttpModel, server: Server): GenerateModel {
  return {
    identity: { ...model },
    async generate(request, ctx) {
      const body = await chatBody(model, request, ctx);
      return withoutEchoes(server, answerOf(server, await post(server, { path: '/chat/completions', body }, ctx)));
    },
  };
}

/** `/embeddings` of the same. What a server does with the texts of one request is its own affair. */
export function openaiEmbed(model: HttpModel, server: Server): EmbedModel {
  return {
    identity: { ...model },
    batchInvariant: true,
    async embed(texts, request, ctx) {
      cannotCut(server.name, request);
      const body = embedBody(model, texts, request);
      const reply = await post(server, { path: '/embeddings', body }, ctx);
      return withoutEchoes(server, vectorsOf(server, texts.length, reply));
    },
  };
}

/** The body of a chat request: also what a line of a batch file holds. */
export async function chatBody(model: HttpModel, request: GenerateRequest, ctx: CallContext): Promise<PlainObject> {
  const { temperature, topP, maxTokens, stop, seed, schema, logprobs } = request;
  const messages =
    'prompt' in request
      ? [{ role: 'user', content: request.prompt }]
      : await Promise.all(request.messages.map((m) => message(m, ctx)));
  return merge(request.extra, {
    model: model.name,
    messages,
    temperature,
    top_p: topP,
    [maxTokensField(model.endpoint)]: maxTokens,
    stop,
    seed,
    response_format: schema && { type: 'json_schema', json_schema: { ...schema, strict: true } },
    ...(logprobs === undefined ? {} : { logprobs: true, top_logprobs: logprobs }),
  });
}

export const embedBody = (
  model: HttpModel,
  texts: readonly string[],
  { dimensions, extra }: EmbedRequest,
): PlainObject => merge(extra, { model: model.name, input: texts, dimensions, encoding_format: 'float' });

function merge(extra: PlainObject = {}, fields: Record<string, Plain | undefined>): PlainObject {
  const set = Object.entries(fields).filter((entry): entry is [string, Plain] => entry[1] !== undefined);
  const twice = set.find(([field]) => field in extra);
  if (twice)
    throw callError(
      'bad-request',
      `extra sets ${twice[0]}, which the request sets too, and one of them would be lost. Set it once.`,
      { everyRow: true },
    );
  return { ...extra, ...Object.fromEntries(set) };
}

async function message({ role, content }: Message, ctx: CallContext): Promise<PlainObject> {
  if (typeof content === 'string') return { role, content };
  return { role, content: await Promise.all(content.map((p) => part(p, ctx))) };
}

async function part(given: MessagePart, ctx: CallContext): Promise<PlainObject> {
  if (given.type === 'text') return { type: 'text', text: given.text };
  return { type: 'image_url', image_url: { url: `data:${given.mediaType};base64,${await base64Of(given, ctx)}` } };
}
