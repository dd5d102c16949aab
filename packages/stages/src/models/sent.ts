import type { Model } from './model.js';
import { chatBody, embedBody } from './openai.js';
import type { EmbedRequest, GenerateRequest } from './port.js';

const NEVER = new AbortController().signal;

/** A request as it goes out, for people: what is in no body, as a key, is left out. */
export async function sentForText({ config }: Model, request: GenerateRequest): Promise<unknown> {
  if (config.adapter !== 'openai') return request;
  return { url: `${config.endpoint}/chat/completions`, body: await chatBody(config, request, { signal: NEVER }) };
}

export function sentForVectors({ config }: Model, texts: readonly string[], request: EmbedRequest): unknown {
  if (config.adapter !== 'openai') return { texts, ...request };
  return { url: `${config.endpoint}/embeddings`, body: embedBody(config, texts, request) };
}
