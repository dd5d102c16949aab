import { echoGenerate } from '../echo.js';
import { ngramVector } from '../ngram.js';
import type { GenerateRequest, Message, MessagePart, OutputSchema, PlainObject } from '../port.js';
import type { Answer, Seen } from './wire.js';

interface WireMessage {
  readonly role: Message['role'];
  readonly content: string | readonly { type: 'text' | 'image_url'; text?: string }[];
}

interface WireChat {
  readonly model: string;
  readonly messages: readonly WireMessage[];
  readonly temperature?: number;
  readonly max_tokens?: number;
  readonly max_completion_tokens?: number;
  readonly stop?: string | readonly string[];
  readonly seed?: number;
  readonly logprobs?: boolean;
  readonly response_format?: { readonly type: string; readonly json_schema?: OutputSchema };
}

const echo = echoGenerate({ adapter: 'echo', version: 1, template: '{{answer}}' });

/** Answers as `test/echo` does, under a dated name as real providers do. */
export async function chat({ body }: Seen): Promise<Answer> {
  const asked = body as WireChat;
  const answer = await echo.generate(requestOf(asked), { signal: new AbortController().signal });
  const logprobs = asked.logprobs
    ? { logprobs: { content: [{ token: answer.text, logprob: -0.25, top_logprobs: [] }] } }
    : {};
  const { input = 0, output = 0 } = answer.usage;
  const choice = {
    index: 0,
    message: { role: 'assistant', content: answer.text },
    finish_reason: answer.finish,
    ...logprobs,
  };
  const usage = {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0 },
  };
  const id = 'chatcmpl-1';
  return {
    body: { id, object: 'chat.completion', created: 0, model: `${asked.model}-2025-01-01`, choices: [choice], usage },
  };
}

function requestOf(asked: WireChat): GenerateRequest {
  const { temperature, seed, stop } = asked;
  const maxTokens = asked.max_completion_tokens ?? asked.max_tokens;
  const schema = asked.response_format?.json_schema;
  return {
    messages: asked.messages.map(({ role, content }) => ({ role, content: partsOf(content) })),
    ...(temperature === undefined ? {} : { temperature }),
    ...(seed === undefined ? {} : { seed }),
    ...(stop === undefined ? {} : { stop: [stop].flat() }),
    ...(maxTokens === undefined ? {} : { maxTokens }),
    ...(schema ? { schema } : {}),
  };
}

const partsOf = (content: WireMessage['content']): string | readonly MessagePart[] =>
  typeof content === 'string'
    ? content
    : content.flatMap((part) => (part.type === 'text' ? [{ type: 'text' as const, text: part.text ?? '' }] : []));

/** Vectors as `test/ngram` makes them. */
export const embeddings =
  (dimensions: number) =>
  ({ body }: Seen): Answer => {
    const asked = body as { model: string; input: string | readonly string[]; dimensions?: number };
    const texts = [asked.input].flat();
    const data = texts.map((text, index) => ({
      object: 'embedding',
      index,
      embedding: Array.from(ngramVector(text, asked.dimensions ?? dimensions)),
    }));
    const tokens = texts.reduce((sum, text) => sum + text.length, 0);
    const usage: PlainObject = { prompt_tokens: tokens, total_tokens: tokens };
    return { body: { object: 'list', model: asked.model, data, usage } };
  };

export const models = (): Answer => ({ body: { object: 'list', data: [{ id: 'llama', object: 'model' }] } });
