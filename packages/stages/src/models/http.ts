import { excerpt, Secret } from '@millrace/core';
import { ask, type Init, LedElsewhere, PARTIAL } from '../network/ask.js';
import { bytesText, NoText, TooLong, textOf } from '../network/body.js';
import { sendable, Unsendable } from '../network/headers.js';
import type { ModelOptions } from './config.js';
import { withDeadline } from './deadline.js';
import { CallError, callError, type FailureKind, kindOfCode, retryAfter } from './failure.js';
import type { CallContext } from './port.js';

/** One server, and how it is reached. */
export interface Server {
  /** For messages. */
  readonly name: string;
  readonly endpoint: string;
  readonly options: ModelOptions;
}

export interface Reply {
  readonly body: Record<string, unknown>;
  readonly latencyMs: number;
}

interface Heard {
  readonly status: number;
  readonly header: (name: string) => string | null;
  readonly text: string;
}

const DEFAULT_TIMEOUT = 600_000;

/** One POST, one answer or one `CallError`; whoever calls decides on another try. */
export async function post(server: Server, request: { path: string; body: unknown }, ctx: CallContext): Promise<Reply> {
  const what = `${server.name} at ${server.endpoint}${request.path}`;
  const timeoutMs = server.options.timeout ?? DEFAULT_TIMEOUT;
  const started = performance.now();
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...revealed(server) },
    body: JSON.stringify(request.body),
  };
  const heard = await withDeadline({ what, timeoutMs }, ctx, (signal) =>
    hear(server, `${server.endpoint}${request.path}`, { ...init, signal }).catch((error: unknown) => {
      throw unheard(server, what, error);
    }),
  );
  return { body: read(server, what, heard), latencyMs: performance.now() - started };
}

/** An answer of text takes some kilobytes; what has no end must not fill the memory. */
export const MOST_BYTES = 32 << 20;

async function hear({ options }: Server, url: string, init: Init): Promise<Heard> {
  const response = await ask(url, init, 'same origin');
  const text = await textOf(response, options.maxAnswerBytes ?? MOST_BYTES);
  return { status: response.status, header: (name) => response.headers.get(name), text };
}

/** Why a request gave no answer that could be read. */
export function unheard({ endpoint }: Server, what: string, error: unknown): CallError {
  if (error instanceof CallError) return error;
  if (error instanceof TooLong)
    return callError(
      'too-large',
      `${what} answered with more than ${bytesText(error.most)}; it was not read further. Raise the option maxAnswerBytes of the model and run with --retry-failed, or ask for less.`,
    );
  if (error instanceof NoText)
    return callError(
      'malformed',
      `${what} answered, and ${error.message}. Nothing of it was taken: look at the server, and at what lies between.`,
    );
  if (error instanceof LedElsewhere)
    return callError(
      'not-found',
      `${what} was not asked: ${error.message}. Requests hold secrets, and an answer counts as that of ${endpoint}: set baseURL to the address that is meant.`,
    );
  return callError(
    'network',
    `${what} could not be reached: ${reasonOf(error)}. Is the server up, and is the address right?`,
  );
}

/** The headers with their secrets, at the last moment before they are sent. */
export function revealed({ name, options: { apiKey, headers = {} } }: Server): Record<string, string> {
  try {
    const own = Object.entries(headers).map(([key, value]) => [key, value instanceof Secret ? value.reveal() : value]);
    const key = apiKey ? { authorization: `Bearer ${apiKey.reveal().trim()}` } : {};
    return sendable({ ...key, ...Object.fromEntries(own) });
  } catch (error) {
    if (error instanceof Unsendable) throw callError('auth', `${name} was not asked: ${error.message}.`);
    throw callError('auth', `${name} needs a key. ${error instanceof Error ? error.message : ''}`);
  }
}

function read(server: Server, what: string, heard: Heard): Record<string, unknown> {
  const body = parse(heard.text);
  const error = body && 'error' in body && body.error ? errorOf(body.error) : undefined;
  // Some gateways answer 200 and put the failure into the body.
  const status = heard.status < 400 && error ? (error.status ?? 502) : heard.status;
  if (status === PARTIAL) throw partial(what);
  if (status >= 300)
    throw answered(server, { what, heard, status, said: error ?? { text: excerpt(heard.text, 300), code: '' } });
  if (!body)
    throw callError('malformed', `${what} answered with something that is no JSON object: ${excerpt(heard.text, 120)}`);
  return body;
}

/** It was not asked for, and what it holds may be JSON all the same. */
export const partial = (what: string): CallError =>
  callError(
    'malformed',
    `${what} answered ${PARTIAL}: a part of an answer, where all of it was asked for. Nothing of it was taken: look at the server, and at what lies between.`,
    { status: PARTIAL },
  );

interface Said {
  readonly text: string;
  readonly code: string;
  readonly status?: number;
}

function answered(
  _server: Server,
  { what, heard, status, said }: { what: string; heard: Heard; status: number; said: Said },
): CallError {
  const { kind, ...details } = kindOfCode(status, said.code);
  const after = retryAfter(heard.header, Date.now());
  const wait = after === undefined ? {} : { retryAfterMs: after };
  const code = said.code ? ` (${said.code})` : '';
  return callError(
    kind,
    `${what} answered ${status}${code}: ${said.text.trim() || 'nothing'}. ${WAY[kind] ?? ''}`.trim(),
    { status, ...details, ...wait },
  );
}

const WAY: Partial<Record<FailureKind, string>> = {
  auth: 'Every call would fail like this: check the key, its rights and the account.',
  'not-found': 'Every call would fail like this: check the name of the model and the address.',
  'bad-request': 'The same request would fail again: change it.',
  refused: 'The provider will not answer this request.',
};

function errorOf(error: unknown): Said {
  if (typeof error !== 'object' || error === null) return { text: excerpt(String(error), LONGEST_SAID), code: '' };
  const { message, code, type } = error as Record<string, unknown>;
  const numeric = typeof code === 'number' && code >= 400 && code < 600 ? { status: code } : {};
  return {
    text: excerpt(String(message ?? ''), LONGEST_SAID),
    code: excerpt([code, type].filter((x) => typeof x === 'string').join(', '), 100),
    ...numeric,
  };
}

/** Of what a server says of its failure. */
export const LONGEST_SAID = 1000;

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  const { message = String(error), cause } = error as { message?: string; cause?: { code?: string; message?: string } };
  const code = cause?.code ?? cause?.message;
  return code ? `${message} (${code})` : message;
}
