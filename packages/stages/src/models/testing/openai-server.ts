import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { chat, embeddings, models } from './openai-routes.js';
import type { Answer, Fault, Route, Seen } from './wire.js';

export interface ServerOptions {
  readonly delayMs?: number;
  /** If given, any other `Authorization: Bearer` gets 401, with the wrong key repeated as real servers do. */
  readonly key?: string;
  readonly dimensions?: number;
  /** Asked for each request that has no scripted fault; `n` counts all requests from 0. */
  readonly faultOf?: (seen: Seen, n: number) => Fault | undefined;
}

export interface OpenAIServer {
  readonly baseURL: string;
  /** Every request, in order of arrival. */
  readonly seen: readonly Seen[];
  /** Requests whose caller went away before the answer. */
  readonly dropped: () => number;
  /** The most requests that were open at once. */
  readonly peak: () => number;
  /** The next requests meet these faults, one each. */
  fail(...faults: readonly Fault[]): void;
  /** Adds or replaces a route: `POST /v1/files`; `:id` stands for one part of the path. */
  route(pattern: string, route: Route): void;
  close(): Promise<void>;
}

interface State {
  readonly options: ServerOptions;
  readonly seen: Seen[];
  readonly faults: Fault[];
  readonly routes: Map<string, Route>;
  open: number;
  peak: number;
  dropped: number;
}

/** A real server on a free local port that speaks OpenAI's protocol, answers like `test/echo` and `test/ngram`, and fails when told. */
export async function startOpenAIServer(options: ServerOptions = {}): Promise<OpenAIServer> {
  const routes = new Map<string, Route>([
    ['POST /v1/chat/completions', chat],
    ['POST /v1/embeddings', embeddings(options.dimensions ?? 64)],
    ['GET /v1/models', models],
  ]);
  const state: State = { options, routes, seen: [], faults: [], open: 0, peak: 0, dropped: 0 };
  const server = createServer(
    // A caller that was killed in the midst of its request is no fault of the server.
    (request, response) => void serve(state, request, response).catch(() => response.destroy()),
  );
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    baseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    seen: state.seen,
    dropped: () => state.dropped,
    peak: () => state.peak,
    fail: (...faults) => void state.faults.push(...faults),
    route: (pattern, route) => void routes.set(pattern, route),
    close: () => stop(server),
  };
}

const stop = (server: Server): Promise<void> =>
  new Promise((closed) => {
    server.close(() => closed());
    server.closeAllConnections();
  });

async function serve(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  state.peak = Math.max(state.peak, ++state.open);
  response.on('close', () => {
    state.open--;
    if (!response.writableFinished) state.dropped++;
  });
  const seen = await read(request);
  const n = state.seen.push(seen) - 1;
  const fault = state.faults.shift() ?? state.options.faultOf?.(seen, n);
  if (state.options.delayMs) await sleep(state.options.delayMs, undefined, { ref: false });
  const answer = refusal(state, seen) ?? (await answerTo(state, seen));
  send(response, answer, fault);
}

async function read(request: IncomingMessage): Promise<Seen> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const isJson = request.headers['content-type']?.includes('json') && bytes.length > 0;
  const { method = 'GET', url = '/', headers } = request;
  return { method, path: url, headers, body: isJson ? JSON.parse(bytes.toString()) : bytes };
}

function refusal({ options: { key } }: State, { headers }: Seen): Answer | undefined {
  if (!key || headers.authorization === `Bearer ${key}`) return undefined;
  const message = `Incorrect API key provided: ${headers.authorization?.slice(7) ?? 'none'}.`;
  return { status: 401, body: { error: { message, type: 'invalid_request_error', code: 'invalid_api_key' } } };
}

async function answerTo(state: State, seen: Seen): Promise<Answer> {
  const path = seen.path.split('?')[0]!;
  const route = [...state.routes].find(([pattern]) => matches(pattern, `${seen.method} ${path}`))?.[1];
  const missing = {
    status: 404,
    body: { error: { message: `No route for ${seen.method} ${path}`, code: 'not_found' } },
  };
  return route ? route(seen) : missing;
}

const matches = (pattern: string, line: string): boolean =>
  new RegExp(`^${pattern.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:\w+/g, '[^/]+')}$`).test(line);

function send(response: ServerResponse, answer: Answer, fault: Fault | undefined): void {
  if (fault?.fault === 'stall') return;
  if (fault?.fault === 'reset') response.socket?.destroy();
  else if (fault?.fault === 'cut') cut(response, answer);
  else write(response, fault ? faulty(answer, fault) : answer);
}

function faulty(answer: Answer, fault: Fault): Answer {
  switch (fault.fault) {
    case 'status':
      return { ...fault, body: fault.body ?? { error: { message: 'scripted' } } };
    case 'malformed':
      return { body: Buffer.from('{"choices": [{"mess') };
    case 'body':
      return { body: fault.body };
    case 'wrong-order':
      return reordered(answer, (data) => data.toReversed());
    case 'wrong-count':
      return reordered(answer, (data) => data.slice(1));
    default:
      throw new Error(`BUG: ${fault.fault} is no fault of a whole answer.`);
  }
}

const bytesOf = (body: unknown): Buffer => (Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body)));

function write(response: ServerResponse, { status = 200, body, headers = {} }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(bytesOf(body));
}

function cut(response: ServerResponse, { body }: Answer): void {
  const bytes = bytesOf(body);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length });
  response.write(bytes.subarray(0, bytes.length >> 1), () => response.socket?.destroy());
}

function reordered({ body }: Answer, change: (data: readonly unknown[]) => readonly unknown[]): Answer {
  const { data = [], ...rest } = body as { data?: readonly unknown[] };
  return { body: { ...rest, data: change(data) } };
}
