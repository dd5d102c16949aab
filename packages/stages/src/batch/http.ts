import { excerpt, MOST_READ, timerMs } from '@millrace/core';
import { CallError, callError, kindOfCode, retryAfter } from '../models/failure.js';
import { LONGEST_SAID, MOST_BYTES, revealed, type Server, unheard } from '../models/http.js';
import { ask } from '../network/ask.js';
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
  const text = await failing(server, asked, signal, async (ends) =>
    textOf(await answer(server, asked, ends), mostOf(server)),
  );
  try {
    return JSON.parse(text) as T;
  } catch {
    throw callError('malformed', `${whatOf(server, asked)} answered with no JSON: ${excerpt(text, 100)}.`);
  }
}

/** The lines of an answer as they come: results of a batch have no size that memory could be sized for. */
export async function* lines(server: Server, asked: Asked, signal: AbortSignal): AsyncGenerator<string> {
  const ends = new AbortController();
  const read = linesOf(
    await failing(server, asked, signal, (late) => answer(server, asked, AbortSignal.any([late, ends.signal]))),
    mostOf(server),
  );
  try {
    for (;;) {
      const { done, value } = await failing(server, asked, signal, () => read.next());
      if (done) return;
      yield value;
    }
  } finally {
    ends.abort();
  }
}

/** Ends in time, and says why it failed. */
async function failing<T>(
  server: Server,
  asked: Asked,
  signal: AbortSignal,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const what = whatOf(server, asked);
  const late = AbortSignal.timeout(timerMs(server.options.timeout ?? TIMEOUT_MS));
  try {
    return await act(AbortSignal.any([signal, late]));
  } catch (error) {
    if (error instanceof CallError || signal.aborted) throw error;
    throw late.aborted ? callError('timeout', `${what} gave no answer in time.`) : unheard(server, what, error);
  }
}

async function answer(server: Server, asked: Asked, signal: AbortSignal): Promise<Response> {
  const { method, path, body, headers } = asked;
  const own = { ...(typeof body === 'string' && { 'content-type': 'application/json' }), ...headers };
  const init = { method, signal, headers: { ...own, ...revealed(server) }, ...(body !== undefined && { body }) };
  const response = await ask(`${server.endpoint}${path}`, init, 'same origin');
  if (!response.ok) throw await refusal(server, asked, response);
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
