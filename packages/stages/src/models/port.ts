import type { Plain } from '@millrace/core';

/** Data that means the same on every host: what requests, answers and identities are made of. */
export type PlainObject = { readonly [key: string]: Plain };

/** Answers prompts. One call is one draw: nothing is retried and nothing is remembered behind this port. */
export interface GenerateModel {
  /** Everything about the model that changes its answers; two models with equal identities are one model. */
  readonly identity: PlainObject;
  generate(request: GenerateRequest, ctx: CallContext): Promise<GenerateAnswer>;
}

export interface EmbedModel {
  readonly identity: PlainObject;
  /** Texts sent together get, to the bit, the vectors they get alone; if false, the adapter sends them one by one. */
  readonly batchInvariant: boolean;
  embed(texts: readonly string[], request: EmbedRequest, ctx: CallContext): Promise<EmbedAnswer>;
}

export interface CallContext {
  readonly signal: AbortSignal;
  /** Without it the timeout of the model's options holds. */
  readonly timeoutMs?: number;
  /** The bytes of an image that the request names by digest only. */
  readonly bytes?: (digest: string) => Promise<Uint8Array>;
}

/** The request as sent, and so, with the model's identity, what a row's key is made of. */
export type GenerateRequest = Asked & Sampling;

export type Asked = { readonly prompt: string } | { readonly messages: readonly Message[] };

export interface Sampling {
  readonly temperature?: number;
  readonly topP?: number;
  readonly maxTokens?: number;
  readonly stop?: readonly string[];
  readonly seed?: number;
  /** The answer must be JSON of this schema. */
  readonly schema?: OutputSchema;
  /** How many alternatives to report for each token. */
  readonly logprobs?: number;
  /** Fields of the provider's own, sent as they are. */
  readonly extra?: PlainObject;
}

export interface OutputSchema {
  readonly name: string;
  readonly schema: PlainObject;
}

export interface Message<Image = ImagePart> {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string | readonly MessagePart<Image>[];
}

export type MessagePart<Image = ImagePart> = { readonly type: 'text'; readonly text: string } | Image;

/** `data` is base64. A request in a key names the image by digest; `ctx.bytes` finds it when it is sent. */
export type ImagePart = { readonly type: 'image'; readonly mediaType: string } & (
  | { readonly data: string }
  | { readonly digest: string }
);

export interface GenerateAnswer {
  readonly text: string;
  readonly finish: Finish;
  readonly usage: Usage;
  /** The model that answered, as it named itself: an alias shows here which dated model it stood for. */
  readonly model: string;
  readonly latencyMs: number;
  readonly logprobs?: readonly TokenLogprob[];
  /** What the provider was asked for and did not do. */
  readonly warnings?: readonly string[];
  /** The provider's own answer, where there is one. */
  readonly raw?: unknown;
}

/** `filter`: the provider withheld text. `refusal`: the model said no. */
export type Finish = 'stop' | 'length' | 'refusal' | 'tool' | 'filter' | 'other';

export interface TokenLogprob {
  readonly token: string;
  readonly logprob: number;
  readonly top: readonly { readonly token: string; readonly logprob: number }[];
}

/** Tokens. A count that was not reported is absent, never 0. `input` includes `cached`, `output` includes `reasoning`. */
export interface Usage {
  readonly input?: number;
  readonly output?: number;
  readonly cached?: number;
  readonly reasoning?: number;
}

export interface EmbedRequest {
  readonly dimensions?: number;
  /** What a local model does with a text longer than its window; default: it fails. */
  readonly truncate?: 'fail' | 'end';
  readonly extra?: PlainObject;
}

export interface EmbedAnswer {
  /** One for each text, in the order of the texts; each owns its memory. */
  readonly vectors: readonly Float32Array[];
  readonly usage: Usage;
  readonly model: string;
  readonly latencyMs: number;
}
