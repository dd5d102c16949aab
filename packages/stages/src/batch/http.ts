import { CallError, kindOfCode, retryAfter } from '../models/failure.js';
import { failed, revealed, type Server } from '../models/http.js';

export interface Asked {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string | FormData;
  readonly headers?: Readonly<Record<string, string>>;
}

const TIMEOUT_MS = 300_000;

/** One request of the batch service, read to its end: what was read, or a `CallError`. */
export async function call<T>(
  server: Server,
  asked: Asked,
  { signal, read }: { signal: AbortSignal; read: (response: Response) => Promise<T> },
): Promise<T> {
  const what = `${server.name} at ${server.endpoint}${asked.path}`;
  const late = AbortSignal.timeout(server.options.timeout ?? TIMEOUT_MS);
  try {
    const response = await send(server, asked, AbortSignal.any([signal, late]));
    if (!response.ok) throw await refusal(server, what, response);
    return await read(response);
  } catch (error) {
    if (error instanceof CallError || signal.aborted) throw error;
    const { message, cause } = error as Error & { cause?: { code?: string } };
    if (late.aborted) throw failed(server, 'timeout', `${what} gave no answer in time.`);
    throw failed(server, 'network', `${what} could not be reached: ${cause?.code ?? message}.`);
  }
}

export async function json<T>(server: Server, asked: Asked, signal: AbortSignal): Promise<T> {
  const text = await call(server, asked, { signal, read: (response) => response.text() });
  try {
    return JSON.parse(text) as T;
  } catch {
    throw failed(
      server,
      'malformed',
      `${server.name} at ${server.endpoint}${asked.path} answered with no JSON: ${text.slice(0, 100)}.`,
    );
  }
}

const send = (server: Server, { method, path, body, headers }: Asked, signal: AbortSignal): Promise<Response> =>
  fetch(`${server.endpoint}${path}`, {
    method,
    signal,
    headers: {
      ...(typeof body === 'string' && { 'content-type': 'application/json' }),
      ...headers,
      ...revealed(server),
    },
    ...(body !== undefined && { body }),
  });

async function refusal(server: Server, what: string, response: Response) {
  const text = await response.text().catch(() => '');
  const said = errorIn(text);
  const { kind, ...details } = kindOfCode(response.status, said.code);
  const wait = retryAfter((name) => response.headers.get(name), Date.now());
  return failed(server, kind, `${what} answered ${response.status}: ${said.message || 'nothing'}.`, {
    status: response.status,
    ...details,
    ...(wait !== undefined && { retryAfterMs: wait }),
  });
}

function errorIn(text: string): { message: string; code: string } {
  try {
    const { error } = JSON.parse(text) as { error?: { message?: string; code?: string; type?: string } };
    return { message: String(error?.message ?? ''), code: [error?.code, error?.type].filter(Boolean).join(', ') };
  } catch {
    return { message: text.slice(0, 200), code: '' };
  }
}
