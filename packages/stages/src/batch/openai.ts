import { isUtf8 } from 'node:buffer';
import { excerpt } from '@millrace/core';
import { redactEchoes } from '../models/echoed.js';
import { callError, kindOfCode } from '../models/failure.js';
import { LONGEST_SAID, type Server } from '../models/http.js';
import type { PlainObject } from '../models/port.js';
import { NoText } from '../network/body.js';
import { json, lines } from './http.js';
import type { BatchRequest, BatchResult, BatchService, BatchStatus } from './service.js';

export interface OpenAIBatchOptions {
  readonly mostRequests?: number;
  /** `completion_window`. */
  readonly window?: string;
}

interface WireBatch {
  readonly id: string;
  readonly status: string;
  readonly created_at?: number;
  readonly metadata?: Readonly<Record<string, string>> | null;
  readonly output_file_id?: string | null;
  readonly error_file_id?: string | null;
  readonly request_counts?: { readonly total: number; readonly completed: number; readonly failed: number };
  readonly errors?: { readonly data?: readonly { readonly message?: string; readonly line?: number }[] } | null;
}

interface WireLine {
  readonly custom_id: string;
  readonly response?: { readonly status_code: number; readonly body: PlainObject } | null;
  readonly error?: { readonly code?: string; readonly message?: string } | null;
}

/** `/files` and `/batches` of any server that speaks OpenAI's protocol. */
export function openaiBatches(
  server: Server,
  { mostRequests = 50_000, window = '24h' }: OpenAIBatchOptions = {},
): BatchService {
  const batch = (ref: string, signal: AbortSignal) =>
    json<WireBatch>(server, { method: 'GET', path: `/batches/${ref}` }, signal);
  return {
    name: `${server.name} at ${server.endpoint}`,
    most: { requests: mostRequests, bytes: 190 << 20 },
    submit: (requests, tag, signal) => submit(server, { requests, tag, window }, signal),
    find: (tag, since, signal) => find(server, { tag, since }, signal),
    status: async (ref, signal) => statusOf(await batch(ref, signal)),
    results: (ref, how) => results(server, () => batch(ref, how.signal), how),
    cancel: async (ref, signal) =>
      void (await json(server, { method: 'POST', path: `/batches/${ref}/cancel`, body: '{}' }, signal)),
  };
}

const URL_OF_LINES = '/v1/chat/completions';

/** In the metadata of a batch: whose it is. */
const TAG = 'millrace';

interface Submitted {
  readonly requests: readonly BatchRequest[];
  readonly tag: string;
  readonly window: string;
}

/** The file is free and may be uploaded twice; the second request is the one that costs. */
async function submit(server: Server, { requests, tag, window }: Submitted, signal: AbortSignal): Promise<string> {
  const lines = requests.map(
    ({ id, body }) => `${JSON.stringify({ custom_id: id, method: 'POST', url: URL_OF_LINES, body })}\n`,
  );
  const form = new FormData();
  form.append('purpose', 'batch');
  form.append('file', new Blob(lines, { type: 'application/jsonl' }), `${tag}.jsonl`);
  const file = await notYet(() => json<{ id: string }>(server, { method: 'POST', path: '/files', body: form }, signal));
  const body = { input_file_id: file.id, endpoint: URL_OF_LINES, completion_window: window, metadata: { [TAG]: tag } };
  const headers = { 'idempotency-key': tag };
  return (
    await json<WireBatch>(server, { method: 'POST', path: '/batches', body: JSON.stringify(body), headers }, signal)
  ).id;
}

/** A failure before the request that costs leaves nothing open. */
async function notYet<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw Object.assign(error as Error, { nothingSent: true });
  }
}

/** Clocks differ, by hours where a time zone is wrong. */
const DAY = 86_400;

/** Newest first, until what is listed is older than the submission can be. */
async function find(
  server: Server,
  { tag, since }: { tag: string; since: number },
  signal: AbortSignal,
): Promise<string | undefined> {
  for (let after = ''; ; ) {
    const path = `/batches?limit=100${after && `&after=${after}`}`;
    const { data, has_more } = await json<{ data: readonly WireBatch[]; has_more?: boolean }>(
      server,
      { method: 'GET', path },
      signal,
    );
    const found = data.find(({ metadata }) => metadata?.[TAG] === tag);
    const last = data.at(-1);
    if (found || !has_more || !last || (last.created_at ?? 0) < since / 1000 - DAY) return found?.id;
    after = last.id;
  }
}

const RUNNING = new Set(['validating', 'in_progress', 'finalizing', 'cancelling', 'queued']);

function statusOf({ status, request_counts, errors }: WireBatch): BatchStatus {
  const { total = 0, completed: done = 0, failed = 0 } = request_counts ?? {};
  const why = errors?.data
    ?.map(({ message, line }) => `${line === undefined || line === null ? '' : `line ${line}: `}${message}`)
    .join('; ');
  if (RUNNING.has(status)) return { is: 'running', total, done, failed };
  const is = status === 'failed' ? 'refused' : status === 'cancelled' ? 'cancelled' : 'ended';
  return { is, total, done, failed, ...(why && { why: excerpt(why, LONGEST_SAID) }) };
}

async function* results(
  server: Server,
  ask: () => Promise<WireBatch>,
  { lenient, signal }: Parameters<BatchService['results']>[1],
): AsyncGenerator<BatchResult> {
  const { output_file_id, error_file_id } = await ask();
  for (const file of [output_file_id, error_file_id]) {
    if (!file) continue;
    const asked = { method: 'GET', path: `/files/${file}/content` } as const;
    for await (const line of lines(server, asked, signal)) {
      const read = lineOf(server, { line, lenient });
      if (read) yield resultOf(server, read);
    }
  }
}

/** No reason to lose hold of the batch: its results are asked for again. */
function lineOf(server: Server, { line, lenient }: { line: Uint8Array; lenient: boolean }): WireLine | undefined {
  const text = new TextDecoder().decode(line).trim();
  try {
    if (!isUtf8(line)) throw new NoText();
    return text ? redactEchoes(server, JSON.parse(text) as WireLine) : undefined;
  } catch {
    if (lenient) return undefined;
    throw callError(
      'malformed',
      `${server.name} at ${server.endpoint} gave results of a batch with a line that is no JSON in UTF-8: ${excerpt(text, 100)}.`,
    );
  }
}

function resultOf(server: Server, { custom_id: id, response, error }: WireLine): BatchResult {
  if (response && response.status_code < 400) return { id, body: response.body };
  const inner = (response?.body?.error ?? error ?? {}) as { message?: string; code?: string; type?: string };
  const status = response?.status_code ?? 500;
  const code = [inner.code, inner.type].filter(Boolean).join(', ');
  const { kind, ...details } = kindOfCode(status, code);
  const message = `${server.name} could not answer this request of a batch (${status}${code && `, ${code}`}): ${excerpt(String(inner.message ?? 'no reason given'), LONGEST_SAID)}.`;
  // One bad line says nothing of the others: those that were sent with it got their answers.
  return { id, failure: { ...callError(kind, message, { status, ...details }).failure, everyRow: false } };
}
