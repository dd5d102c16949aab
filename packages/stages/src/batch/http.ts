import { excerpt, MOST_READ, timerMs } from '@millrace/core';
import { redactEchoes } from '../models/echoed.js';
import { CallError, callError, kindOfCode, retryAfter } from '../models/failure.js';
import { LONGEST_SAID, MOST_BYTES, partial, revealed, type Server, unheard } from '../models/http.js';
import { ask, PARTIAL } from '../network/ask.js';
import { linesOf, startOf, textOf } from '../network/body.js';

export interface Asked {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string | FormData;
  readonly headers?: Readonly<Record<string, string>>;
}

const TIMEOUT_MS = 300_000;

const whatOf = (server: Server, { path }: Asked): string => `${server.name} at ${server.endpoint}${path}`;

const mostOf = ({ options }: Server): number => options.maxAnswerBytes ?? MOST_BYTES;

/** One request of the batch service and its answer, or a `CallError`. */
export async function json<T>(server: Server, asked: Asked, signal: AbortSignal): Promise<T> {
  const call = { server, asked, signal };
  const text = await inTime(call, async (ends) => textOf(await answer(server, asked, ends), mostOf(server)));
  try {
    return redactEchoes(server, JSON.parse(text) as T);
  } catch {
    throw callError('malformed', `${whatOf(server, asked)} answered with no JSON: ${excerpt(text, 100)}.`);
  }
}

/** The lines of an answer as they come: results of a batch have no size that memory could be sized for. */
export async function* lines(server: Server, asked: Asked, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const call = { server, asked, signal };
  const over = new AbortController();
  try {
    const response = await inTime(call, (ends) => answer(server, asked, AbortSignal.any([ends, over.signal])));
    const read = linesOf(response, mostOf(server));
    for (let next = await inTime(call, () => read.next()); !next.done; next = await inTime(call, () => read.next()))
      yield next.value;
  } finally {
    over.abort();
  }
}

interface Call {
  readonly server: Server;
  readonly asked: Asked;
  readonly signal: AbortSignal;
}

/** One wait for the server: it ends in time, and a failure says why. */
async function inTime<T>({ server, asked, signal }: Call, act: (ends: AbortSignal) => Promise<T>): Promise<T> {
  const what = whatOf(server, asked);
  const late = AbortSignal.timeout(timerMs(server.options.timeout ?? TIMEOUT_MS));
  const ends = AbortSignal.any([signal, late]);
  try {
    return await Promise.race([act(ends), aborted(ends)]);
  } catch (error) {
    if (error instanceof CallError || signal.aborted) throw error;
    throw late.aborted ? callError('timeout', `${what} gave no answer in time.`) : unheard(server, what, error);
  }
}

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });

async function answer(server: Server, asked: Asked, signal: AbortSignal): Promise<Response> {
  const { method, path, body, headers } = asked;
  const own = { ...(typeof body === 'string' && { 'content-type': 'application/json' }), ...headers };
  const init = { method, signal, headers: { ...own, ...revealed(server) }, ...(body !== undefined && { body }) };
  const response = await ask(`${server.endpoint}${path}`, init, 'same origin');
  if (!response.ok) throw await refusal(server, asked, response);
  if (response.status === PARTIAL) throw partial(whatOf(server, asked));
  return response;
}

async function refusal(server: Server, asked: Asked, response: Response): Promise<CallError> {
  const said = errorIn(await startOf(response, MOST_READ).catch(() => ''));
  const { kind, ...details } = kindOfCode(response.status, said.code);
  const wait = retryAfter((name) => response.headers.get(name), Date.now());
  return callError(kind, `${whatOf(server, asked)} answered ${response.status}: ${said.message || 'nothing'}.`, {
    status: response.status,
    ...details,
    ...(wait !== undefined && { retryAfterMs: wait }),
  });
}

function errorIn(text: string): { message: string; code: string } {
  try {
    const { error } = JSON.parse(text) as { error?: { message?: string; code?: string; type?: string } };
    const code = [error?.code, error?.type].filter(Boolean).join(', ');
    return { message: excerpt(String(error?.message ?? ''), LONGEST_SAID), code: excerpt(code, 100) };
  } catch {
    return { message: excerpt(text, 200), code: '' };
  }
}
