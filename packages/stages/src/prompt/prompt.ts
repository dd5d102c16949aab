import type { Message, MessagePart } from '../models/port.js';
import { imageTypeOf } from './media.js';
import {
  missingVariable,
  nullVariable,
  type Parsed,
  parseTemplate,
  type Row,
  type Template,
  type VariableFailure,
} from './template.js';

/** What a user writes: one text, or system text, worked examples and the question; content may hold images. */
export type PromptSpec = string | ChatSpec;
export interface ChatSpec {
  readonly system?: string;
  readonly examples?: readonly { readonly user: ContentSpec; readonly assistant: string }[];
  readonly user: ContentSpec;
}
export type ContentSpec = string | readonly PartSpec[];
/** `image` names a column: bytes of a PNG, JPEG, GIF or WebP, or an http(s) or data URL. */
export type PartSpec = { readonly text: string } | { readonly image: string };

/** As the row has it: its bytes, or where it is. */
type Image =
  | { readonly type: 'image'; readonly mediaType: string; readonly bytes: Uint8Array }
  | { readonly type: 'image'; readonly url: string };
export type RenderedMessage = Message<Image>;
type Part = MessagePart<Image>;

export interface Prompt {
  readonly variables: readonly string[];
  render(row: Row): RenderedPrompt;
}
export type RenderedPrompt =
  | { readonly kind: 'messages'; readonly messages: readonly RenderedMessage[] }
  | VariableFailure
  | { readonly kind: 'bad-image'; readonly variable: string; readonly message: string };
export type ParsedPrompt = { readonly kind: 'prompt'; readonly prompt: Prompt } | Exclude<Parsed, { kind: 'template' }>;

type Failure = Exclude<RenderedPrompt, { kind: 'messages' }>;
type PartTemplate = { readonly text: Template } | { readonly image: string };
type Line = { readonly role: Message['role']; readonly content: Template | readonly PartTemplate[] };
type Made<T> = { readonly kind: 'made'; readonly value: T } | Failure;

const made = <T>(value: T): Made<T> => ({ kind: 'made', value });

/** Reads the templates once; `render` then gives the messages of one row, or the first thing that is wrong with it. */
export function parsePrompt(spec: PromptSpec): ParsedPrompt {
  try {
    const lines = linesOf(typeof spec === 'string' ? { user: spec } : spec);
    const variables = [...new Set(lines.flatMap((line) => variablesOf(line.content)))];
    return { kind: 'prompt', prompt: Object.freeze({ variables, render: (row: Row) => renderLines(lines, row) }) };
  } catch (error) {
    if (error instanceof Malformed) return error.parsed;
    throw error;
  }
}

class Malformed extends Error {
  constructor(readonly parsed: Exclude<Parsed, { kind: 'template' }>) {
    super(parsed.message);
  }
}

const linesOf = (chat: ChatSpec): Line[] => [
  ...(chat.system === undefined ? [] : [{ role: 'system', content: templateOf(chat.system) } as const]),
  ...(chat.examples ?? []).flatMap((example): Line[] => [
    { role: 'user', content: contentOf(example.user) },
    { role: 'assistant', content: templateOf(example.assistant) },
  ]),
  { role: 'user', content: contentOf(chat.user) },
];

function templateOf(text: string): Template {
  const parsed = parseTemplate(text);
  if (parsed.kind === 'malformed-template') throw new Malformed(parsed);
  return parsed.template;
}

const contentOf = (content: ContentSpec): Line['content'] =>
  typeof content === 'string'
    ? templateOf(content)
    : content.map((part) => ('text' in part ? { text: templateOf(part.text) } : { image: part.image }));

const variablesOf = (content: Line['content']): readonly string[] =>
  'variables' in content
    ? content.variables
    : content.flatMap((part) => ('text' in part ? part.text.variables : [part.image]));

function renderLines(lines: readonly Line[], row: Row): RenderedPrompt {
  const messages = all(lines, (line) => renderLine(line, row));
  return messages.kind === 'made' ? { kind: 'messages', messages: messages.value } : messages;
}

function renderLine(line: Line, row: Row): Made<RenderedMessage> {
  const content = 'variables' in line.content ? renderText(line.content, row) : renderParts(line.content, row);
  return content.kind === 'made' ? made({ role: line.role, content: content.value }) : content;
}

function renderText(template: Template, row: Row): Made<string> {
  const rendered = template.render(row);
  return rendered.kind === 'rendered' ? made(rendered.text) : rendered;
}

const renderParts = (parts: readonly PartTemplate[], row: Row): Made<Part[]> =>
  all(parts, (part) => {
    if ('image' in part) return renderImage(part.image, row);
    const text = renderText(part.text, row);
    return text.kind === 'made' ? made<Part>({ type: 'text', text: text.value }) : text;
  });

function renderImage(column: string, row: Row): Made<Part> {
  if (!Object.hasOwn(row, column)) return missingVariable(column, Object.keys(row));
  const value = row[column];
  if (value === null || value === undefined) return nullVariable(column);
  if (typeof value === 'string' && /^(https?:\/\/|data:image\/)/.test(value))
    return made({ type: 'image', url: value });
  const mediaType = value instanceof Uint8Array ? imageTypeOf(value) : undefined;
  return mediaType ? made({ type: 'image', mediaType, bytes: value as Uint8Array }) : badImage(column);
}

const badImage = (variable: string): Failure => ({
  kind: 'bad-image',
  variable,
  message: `The image "${variable}" of the prompt can't be used: the value is neither the bytes of a PNG, JPEG, GIF or WebP nor an http(s) or data URL. Read the file into the column first; a path alone is no content.`,
});

function all<T, U>(items: readonly T[], make: (item: T) => Made<U>): Made<U[]> {
  const values: U[] = [];
  for (const item of items) {
    const one = make(item);
    if (one.kind !== 'made') return one;
    values.push(one.value);
  }
  return made(values);
}
