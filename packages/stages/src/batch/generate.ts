import { type CallContext, digestValue } from '@millrace/core';
import { propertyOrder } from '../generate/output.js';
import type { HttpModel } from '../models/config.js';
import { withoutEchoes } from '../models/echoed.js';
import { CallError, callError } from '../models/failure.js';
import type { Server } from '../models/http.js';
import type { Model } from '../models/model.js';
import { chatBody } from '../models/openai.js';
import { answerOf } from '../models/openai-answer.js';
import type { GenerateAnswer, GenerateRequest } from '../models/port.js';
import { openaiBatches } from './openai.js';
import type { BatchRequest } from './service.js';
import type { BatchSettings } from './settings.js';
import { generateViaBatch } from './via-batch.js';

export interface BatchOptions extends BatchSettings {
  /** Requests of one batch. Default: the provider's limit. */
  readonly most?: number;
}

type Context = Pick<
  CallContext<unknown, object>,
  'signal' | 'drain' | 'identity' | 'keep' | 'lock' | 'note' | 'underway' | 'seeds' | 'again' | 'mayRetry' | 'sent'
>;

/** All requests at once through the provider's batch service; each answer, or why there is none, in its place. */
export async function answersViaBatch(
  model: Model,
  requests: readonly GenerateRequest[],
  { context, batch }: { context: Context; batch: BatchOptions },
): Promise<(GenerateAnswer | CallError)[]> {
  const server = serverOf(model);
  const signal = AbortSignal.any([context.signal, context.drain]);
  const asked = await Promise.all(
    requests.map(async (request, i): Promise<BatchRequest> => {
      const body = await chatBody(model.config as HttpModel, request, { signal });
      const order = propertyOrder(body);
      return { id: context.seeds[i] ?? digestValue(order.length ? [body, order] : body), body };
    }),
  );
  const { most, ...settings } = batch;
  const service = openaiBatches(server, most === undefined ? {} : { mostRequests: most });
  const { note, underway, lock, again, mayRetry, sent } = context;
  const intents = context.keep(`batch ${context.identity}`).path;
  const answers = new Map<string, GenerateAnswer | CallError>();
  for await (const result of generateViaBatch(asked, {
    service,
    intents,
    lock,
    note,
    underway,
    again,
    mayRetry,
    sent,
    signal,
    settings,
  }))
    answers.set(result.id, 'failure' in result ? new CallError(result.failure) : answered(server, result.body));
  return asked.map(({ id }) => answers.get(id) ?? unanswered(model));
}

function answered(server: Server, body: Record<string, unknown>): GenerateAnswer | CallError {
  try {
    return withoutEchoes(server, answerOf(server, { body, latencyMs: 0 }));
  } catch (error) {
    if (error instanceof CallError) return error;
    throw error;
  }
}

function serverOf({ name, config, options }: Model): Server {
  if (config.adapter === 'openai') return { name, endpoint: config.endpoint, options };
  throw callError(
    'bad-request',
    `The model ${name} is not asked through a service with files and batches. Leave via: 'batch' out, or name a model of such a service.`,
    { everyRow: true },
  );
}

const unanswered = ({ name }: Model): CallError =>
  callError('server', `${name}: the batch ended without an answer to this request. Run again to ask for it.`);
