import { type CallError, callError, failure } from '../models/failure.js';
import type { Intent } from './intents.js';
import type { BatchResult, BatchStatus } from './service.js';
import type { ViaBatch } from './settings.js';

/** What becomes of batches that nobody waits for. */
export function leftText(
  { service, settings }: ViaBatch,
  { refs, unsure }: { refs: readonly string[]; unsure: number },
): string {
  const cancelled = settings.onStop === 'cancel' ? `cancelled at ${service.name}, as asked` : undefined;
  const way = cancelled ? '' : " onStop: 'cancel' would end what goes on.";
  const known = refs.length
    ? `${refs.join(', ')}: ${cancelled ?? `left going on at ${service.name}`}.`
    : 'No batch is known to go on.';
  const open = unsure ? ` ${unsure} may have been sent and will be looked for.` : '';
  return `The run no longer waits for its batches. ${known}${open} Run again to collect.${way}`;
}

export const damagedText = (name: string, { ref, torn }: Intent): string =>
  torn
    ? `What was noted of a batch was damaged: ${name} is asked for it. Nothing is sent again that it has.`
    : `Results of the batch ${ref} that were kept were changed or cut, and are not used: they are read again from ${name}. Nothing is sent again that it has.`;

export const countsOf = (ref: string, { total, done, failed }: BatchStatus): string =>
  `The batch ${ref}: ${done} of ${total} done${failed ? `, ${failed} failed` : ''}.`;

export const absent = (id: string, name: string): BatchResult => ({
  id,
  failure: failure('server', `${name} ended the batch without an answer to this request.`),
});

export const refusedBatch = (name: string, why: string): CallError =>
  callError(
    'bad-request',
    `${name} refused the batch: ${why}. Nothing of it was answered; correct that and run again.`,
    { everyRow: true },
  );
