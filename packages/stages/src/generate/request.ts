import { createHash } from 'node:crypto';
import type { Row } from '@millrace/core';
import type { SamplingDefaults } from '../models/config.js';
import type { GenerateRequest, Message, MessagePart, OutputSchema } from '../models/port.js';
import { type PromptSpec, parsePrompt, type RenderedMessage } from '../prompt/prompt.js';

/** A template, chat messages with templates inside, or a function of the row. */
export type PromptConfig = PromptSpec | ((row: Row) => string | readonly Message[]);

export interface RequestConfig extends SamplingDefaults {
  readonly prompt: PromptConfig;
  readonly schema?: OutputSchema;
  readonly logprobs?: number;
}

/** The columns that the prompt names; undefined for a function. */
export function promptVariables(prompt: PromptConfig): readonly string[] | undefined {
  return typeof prompt === 'function' ? undefined : templateOf(prompt).variables;
}

const parsed = new Map<string, ReturnType<typeof parsePrompt>>();

function templateOf(prompt: PromptSpec) {
  const text = JSON.stringify(prompt);
  const known = parsed.get(text) ?? parsePrompt(prompt);
  parsed.set(text, known);
  if (known.kind === 'prompt') return known.prompt;
  throw new Error(known.message);
}

/** The request as sent. In a key, an image stands as its digest. */
export function requestOf(row: Row, config: RequestConfig, images: 'digest' | 'data'): GenerateRequest {
  return { messages: messagesOf(row, config.prompt, images), ...samplingOf(config) };
}

function messagesOf(row: Row, prompt: PromptConfig, images: 'digest' | 'data'): readonly Message[] {
  if (typeof prompt === 'function') {
    const made = prompt(row);
    return typeof made === 'string' ? [{ role: 'user', content: made }] : made;
  }
  const rendered = templateOf(prompt).render(row);
  if (rendered.kind === 'messages')
    return rendered.messages.map((message) => ({ role: message.role, content: contentOf(message.content, images) }));
  throw new Error(rendered.message);
}

const contentOf = (content: RenderedMessage['content'], images: 'digest' | 'data'): Message['content'] =>
  typeof content === 'string' ? content : content.map((part) => partOf(part, images));

function partOf(part: Exclude<RenderedMessage['content'], string>[number], images: 'digest' | 'data'): MessagePart {
  if (part.type === 'text') return part;
  const { mediaType, bytes } = 'url' in part ? ofDataUrl(part.url) : part;
  if (images === 'data') return { type: 'image', mediaType, data: Buffer.from(bytes).toString('base64') };
  return { type: 'image', mediaType, digest: createHash('sha256').update(bytes).digest('hex') };
}

function ofDataUrl(url: string): { mediaType: string; bytes: Uint8Array } {
  const match = /^data:([^;,]+);base64,(.*)$/s.exec(url);
  if (match) return { mediaType: match[1] as string, bytes: Buffer.from(match[2] as string, 'base64') };
  throw new Error(
    'An image is given by an address: what it shows can change while the key stays. Download it into a column first, for example with source.url.',
  );
}

const SAMPLING = ['temperature', 'topP', 'maxTokens', 'stop', 'seed', 'extra', 'schema', 'logprobs'] as const;

const samplingOf = (config: RequestConfig): Omit<GenerateRequest, 'messages' | 'prompt'> =>
  Object.fromEntries(SAMPLING.flatMap((field) => (config[field] === undefined ? [] : [[field, config[field]]])));
