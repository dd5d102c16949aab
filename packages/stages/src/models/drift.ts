import { digestValue, type OpenContext, redactValue } from '@millrace/core';
import type { Model } from './model.js';

/** Says when a name stands for another model than it did, once for each change. */
export function driftOf(
  { name, config }: Model,
  { recall, remember, note }: Pick<OpenContext, 'recall' | 'remember' | 'note'>,
): (answered: string) => void {
  const fact = `answered by ${digestValue(config)}`;
  const said = new Set<string>();
  let last = recall(fact) as string | undefined;
  return (named) => {
    // As it is kept: what is remembered shows no secret.
    const answered = redactValue(named);
    if (answered === last) return;
    const change = `The model ${name} is answered by ${answered} now, and was by ${last}. Rows that are remembered keep the answers of ${last}: name a dated model to have all of one, give the model another version if its weights are others, or force the stage to ask them again.`;
    if (last !== undefined && !said.has(answered)) note(change);
    said.add(answered);
    last = answered;
    remember(fact, answered);
  };
}
