import { cannot } from './abilities.js';
import { callError } from './failure.js';
import type { Server } from './http.js';
import { base64Of } from './images.js';
import { counted } from './openai-answer.js';
import type { CallContext, EmbedAnswer, Finish, GenerateAnswer, GenerateRequest, ImagePart, Message } from './port.js';

/** Version 2 says numbers and words where 3 and 4 say objects. */
type Count = number | { readonly total?: number; readonly cacheRead?: number; readonly reasoning?: number } | undefined;

export interface SdkAnswer {
  readonly content: readonly { readonly type: string; readonly text?: string }[];
  readonly finishReason: string | { readonly unified: string };
  readonly usage?: {
    readonly inputTokens?: Count;
    readonly outputTokens?: Count;
    readonly cachedInputTokens?: number;
    readonly reasoningTokens?: number;
  };
  readonly response?: { readonly modelId?: string; readonly body?: unknown };
  readonly warnings?: readonly Warning[];
}

interface Warning {
  readonly type: string;
  readonly setting?: string;
  readonly feature?: string;
  readonly details?: string;
  readonly message?: string;
}

export interface SdkEmbeddings {
  readonly embeddings: readonly (readonly number[])[];
  readonly usage?: { readonly tokens?: number };
  readonly response?: { readonly body?: unknown };
}

/** Our request as a call of the provider interface. */
export async function callOptions(
  name: string,
  { request, version }: { request: GenerateRequest; version: string },
  ctx: CallContext,
): Promise<object> {
  cannot(name, request, ['logprobs']);
  const { temperature, topP, maxTokens, stop, seed, schema, extra } = request;
  const messages: readonly Message[] =
    'prompt' in request ? [{ role: 'user', content: request.prompt }] : request.messages;
  const fields = {
    temperature,
    topP,
    maxOutputTokens: maxTokens,
    stopSequences: stop && [...stop],
    seed,
    responseFormat: schema && { type: 'json', name: schema.name, schema: schema.schema },
    providerOptions: extra,
  };
  const set = Object.entries(fields).filter(([, value]) => value !== undefined);
  return { prompt: await Promise.all(messages.map((m) => messageOf(m, version, ctx))), ...Object.fromEntries(set) };
}

async function messageOf({ role, content }: Message, version: string, ctx: CallContext): Promise<object> {
  const parts = typeof content === 'string' ? [{ type: 'text' as const, text: content }] : content;
  if (role !== 'system')
    return { role, content: await Promise.all(parts.map((p) => (p.type === 'text' ? p : fileOf(p, version, ctx)))) };
  const texts = parts.map((p) => (p.type === 'text' ? p.text : undefined));
  if (texts.includes(undefined))
    throw callError(
      'bad-request',
      'A system message holds an image, which no provider takes. Put it into a user message.',
    );
  return { role, content: texts.join('') };
}

async function fileOf(image: ImagePart, version: string, ctx: CallContext): Promise<object> {
  const data = await base64Of(image, ctx);
  return { type: 'file', mediaType: image.mediaType, data: version === 'v4' ? { type: 'data', data } : data };
}

export function answerOf(
  { content, finishReason, usage, response, warnings = [] }: SdkAnswer,
  latencyMs: number,
): GenerateAnswer {
  const reason = typeof finishReason === 'string' ? finishReason : finishReason.unified;
  return {
    text: content.map((part) => (part.type === 'text' ? (part.text ?? '') : '')).join(''),
    finish: FINISH[reason] ?? 'other',
    usage: counted({
      input: total(usage?.inputTokens),
      output: total(usage?.outputTokens),
      cached: usage?.cachedInputTokens ?? detail(usage?.inputTokens, 'cacheRead'),
      reasoning: usage?.reasoningTokens ?? detail(usage?.outputTokens, 'reasoning'),
    }),
    model: response?.modelId ?? '',
    latencyMs,
    ...(warnings.length > 0 ? { warnings: warnings.map(warningText) } : {}),
    ...(response?.body === undefined ? {} : { raw: response.body }),
  };
}

const FINISH: Readonly<Record<string, Finish>> = {
  stop: 'stop',
  length: 'length',
  'content-filter': 'filter',
  'tool-calls': 'tool',
};

const total = (count: Count): number | undefined => (typeof count === 'object' ? count.total : count);
const detail = (count: Count, name: 'cacheRead' | 'reasoning'): number | undefined =>
  typeof count === 'object' ? count[name] : undefined;

const warningText = ({ type, setting, feature, details, message }: Warning): string =>
  [type, setting ?? feature, details ?? message].filter(Boolean).join(': ');

interface Embedded {
  readonly texts: readonly string[];
  readonly answers: readonly SdkEmbeddings[];
}

export function embeddingsOf(server: Server, { texts, answers }: Embedded, latencyMs: number): EmbedAnswer {
  const vectors = answers.flatMap(inOrder).map((numbers) => Float32Array.from(numbers));
  if (
    vectors.length !== texts.length ||
    vectors.some((v) => v.length !== vectors[0]?.length || !v.every(Number.isFinite))
  )
    throw callError(
      'malformed',
      `${server.name} at ${server.endpoint} answered ${texts.length} texts with ${vectors.length} vectors, or with vectors of several lengths. The answer was not used; trying again may help.`,
    );
  const tokens = answers.map((answer) => answer.usage?.tokens);
  const input = tokens.every((n) => n !== undefined) ? tokens.reduce((a, b) => a + b, 0) : undefined;
  return {
    vectors,
    usage: counted({ input, output: 0, cached: undefined, reasoning: undefined }),
    model: '',
    latencyMs,
  };
}

// Providers take vectors in the order of the answer; OpenAI's protocol gives each its index, and some servers answer in another order.
function inOrder({ embeddings, response }: SdkEmbeddings): readonly (readonly number[])[] {
  const data = (response?.body as { data?: readonly { index?: unknown }[] } | undefined)?.data;
  const places =
    Array.isArray(data) && data.length === embeddings.length ? data.map((each: { index?: unknown }) => each.index) : [];
  const isPermutation =
    new Set(places).size === embeddings.length && places.every((p) => typeof p === 'number' && p in embeddings);
  return isPermutation ? embeddings.map((_, i) => embeddings[places.indexOf(i)]!) : embeddings;
}
