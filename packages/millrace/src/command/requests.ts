import { type Plan, type RequestsAhead, requestsOf, type Step, UnknownInputs } from '@millrace/core';
import { Mistake } from '../mistake.js';
import { suggested } from '../render/suggested.js';
import type { Opened } from './opened.js';
import { unwritten } from './plan.js';
import type { StoredOutput } from './readable.js';
import { stepNamed } from './stage-named.js';

export interface StageRequests extends RequestsAhead {
  readonly stage: string;
}

/** The first requests that stages will send, before anything is asked. */
export async function requests(
  asked: { readonly stages: readonly string[]; readonly most: number },
  plan: Plan,
  opened: Opened,
): Promise<StageRequests[]> {
  const { ports } = opened;
  const found: StageRequests[] = [];
  for (const name of asked.stages) {
    const step = stepNamed(name, plan, opened);
    refuseQuiet(step);
    const ahead = await requestsOf(
      plan,
      { node: step.node, most: asked.most },
      { ...ports, store: unwritten(ports.store) },
    ).catch(sayWhatToRun);
    found.push({ stage: step.name, ...ahead });
  }
  return found;
}

function sayWhatToRun(error: unknown): never {
  if (!(error instanceof UnknownInputs)) throw error;
  throw new Mistake(error.message.replace(/Run them first\.$/, `Run them first: ${suggested('run', ...error.above)}.`));
}

/** The requests behind rows that a stage has given. */
export async function requestsBehind(
  rows: readonly number[],
  most: number,
  { place: { step, plan }, entry, current, opened }: StoredOutput & { readonly opened: Opened },
): Promise<RequestsAhead['requests']> {
  const { ports } = opened;
  if (!current || entry.origin === 'imported' || entry.origin === 'accepted')
    throw new Mistake(
      `Cannot show the requests behind the rows of ${step.name}: ${current ? `they were ${entry.origin}, and not asked for as the stage is now` : 'they are of an earlier version of the stage'}. ${suggested('plan', step.name, '--requests', '3')} shows those to come.`,
    );
  const asked = { node: step.node, most, behind: rows };
  return (await requestsOf(plan, asked, { ...ports, store: unwritten(ports.store) })).requests;
}

export function refuseQuiet({ name, node }: Step): void {
  const { kind, config } = node.stage;
  const nature = typeof kind.nature === 'function' ? kind.nature(config) : kind.nature;
  if (kind.work.is !== 'rows' || nature === 'pure')
    throw new Mistake(`Cannot show the requests of ${name}: it asks nobody. Name a stage that asks a model.`);
}
