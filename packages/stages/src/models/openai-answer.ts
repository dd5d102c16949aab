import { type CallError, callError } from './failure.js';
import type { Reply, Server } from './http.js';
import type { EmbedAnswer, Finish, GenerateAnswer, TokenLogprob, Usage } from './port.js';

interface ChatBody {
  readonly model?: string;
  readonly choices?: readonly Choice[];
  readonly usage?: WireUsage;
}

interface Choice {
  readonly message?: { readonly content?: Content; readonly refusal?: string | null };
  readonly finish_reason?: string | null;
  readonly logprobs?: { readonly content?: readonly WireLogprob[] | null } | null;
}

type Content = string | readonly { readonly type?: string; readonly text?: string }[] | null;

interface WireLogprob {
  readonly token: string;
  readonly logprob: number;
  readonly top_logprobs?: readonly WireLogprob[];
}

interface WireUsage {
  readonly prompt_tokens?: number;
  readonly completion_tokens?: number;
  readonly prompt_tokens_details?: { readonly cached_tokens?: number } | null;
  readonly completion_tokens_details?: { readonly reasoning_tokens?: number } | null;
}

interface EmbeddingsBody {
  readonly model?: string;
  readonly data?: readonly { readonly index?: number; readonly embedding?: readonly number[] }[];
  readonly usage?: WireUsage;
}

/** What a chat completion says, in our words. */
export function answerOf(server: Server, { body, latencyMs }: Reply): GenerateAnswer {
  const { model, choices, usage } = body as ChatBody;
  const choice = choices?.[0];
  if (!choice?.message) throw malformed(server, 'its answer has no choices[0].message');
  const { message } = choice;
  const logprobs = choice.logprobs?.content?.map(logprobOf);
  return {
    text: message.refusal || textOf(message.content),
    finish: message.refusal ? 'refusal' : (FINISH[choice.finish_reason ?? ''] ?? 'other'),
    usage: usageOf(usage),
    model: model ?? '',
    latencyMs,
    ...(logprobs ? { logprobs } : {}),
    raw: body,
  };
}

const FINISH: Readonly<Record<string, Finish>> = {
  stop: 'stop',
  length: 'length',
  content_filter: 'filter',
  tool_calls: 'tool',
  function_call: 'tool',
};

const textOf = (content: Content | undefined): string =>
  typeof content === 'string' ? content : (content ?? []).map((part) => part.text ?? '').join('');

const logprobOf = ({ token, logprob, top_logprobs = [] }: WireLogprob): TokenLogprob => ({
  token,
  logprob,
  top: top_logprobs.map((t) => ({ token: t.token, logprob: t.logprob })),
});

function usageOf(usage: WireUsage | undefined): Usage {
  return counted({
    input: usage?.prompt_tokens,
    output: usage?.completion_tokens,
    cached: usage?.prompt_tokens_details?.cached_tokens,
    reasoning: usage?.completion_tokens_details?.reasoning_tokens,
  });
}

/** Only what was really counted: a server may say anything, and a budget rests on it. */
export const counted = (counts: Readonly<Record<keyof Usage, number | null | undefined>>): Usage =>
  Object.fromEntries(
    Object.entries(counts).filter(([, count]) => Number.isSafeInteger(count) && (count as number) >= 0),
  );

/** Vectors in the order of the texts: by their index, not by their place in the answer. */
export function vectorsOf(server: Server, count: number, { body, latencyMs }: Reply): EmbedAnswer {
  const { model, data, usage } = body as EmbeddingsBody;
  if (!Array.isArray(data) || data.length !== count)
    throw malformed(
      server,
      `it was sent ${count} texts and answered with ${Array.isArray(data) ? data.length : 'no'} vectors`,
    );
  const vectors = new Array<Float32Array | undefined>(count).fill(undefined);
  data.forEach((each: { index?: number; embedding?: readonly number[] }, place) => {
    const index = each.index ?? place;
    if (!(index in vectors) || vectors[index])
      throw malformed(server, `it answered with a vector for text ${index} twice or unasked`);
    vectors[index] = vectorOf(server, index, each.embedding);
  });
  const found = vectors as Float32Array[];
  if (found.some((v) => v.length !== found[0]?.length)) throw malformed(server, 'its vectors differ in length');
  return { vectors: found, usage: { output: 0, ...usageOf(usage) }, model: model ?? '', latencyMs };
}

function vectorOf(server: Server, index: number, numbers: unknown): Float32Array {
  const right = Array.isArray(numbers) && numbers.length > 0 && numbers.every((n) => typeof n === 'number');
  if (!right) throw malformed(server, `its vector for text ${index} is no list of numbers`);
  return Float32Array.from(numbers as number[]);
}

const malformed = (server: Server, why: string): CallError =>
  callError(
    'malformed',
    `${server.name} at ${server.endpoint}: ${why}. Its answer was not used; trying again may help.`,
  );
