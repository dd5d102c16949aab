import {
  type AnyHandle,
  createPipeline,
  type memoryStore,
  type Output,
  type Row,
  type RunAsked,
  type RunEvent,
  type Store,
} from '@millrace/core';
import { model } from '@millrace/stages';
import { codeReader, go } from '../kit.js';
import { type Lab, lab } from '../lab.js';

/** Runs stages of the library and tells what ran, as `ran 2 of 3`. */
export async function ran(store: Store, outputs: Record<string, AnyHandle>, asked: RunAsked & { base?: string } = {}) {
  const { base = '/', ...rest } = asked;
  const events: RunEvent[] = [];
  // biome-ignore lint/suspicious/noExplicitAny: each test knows its own outputs.
  const out: any = await createPipeline(outputs, () => ({ store, code: codeReader, base })).run({
    ...rest,
    onEvent: (event) => events.push(event),
  });
  const did: Record<string, string> = {};
  for (const event of events)
    if (event.is === 'stage-finished')
      did[event.stage] =
        event.status === 'ran' && event.ranRows !== undefined ? `ran ${event.ranRows} of ${event.rows}` : event.status;
  return { out, did, events, calls: out.outcome.cost.calls as number };
}

export const rows = (from: number, to: number): { readonly id: number; readonly text: string }[] =>
  Array.from({ length: to - from }, (_, i) => ({ id: from + i, text: `a question that is long enough ${from + i}` }));

export const objectsOf = (output: Output | undefined, column: string): string[] => {
  if (output?.is !== 'table') throw new Error('no table');
  const at = output.columns.find(({ name }) => name === column)?.group ?? -1;
  return (output.groups[at]?.segments ?? []).flatMap(({ data }) => data ?? []);
};

export const echo = model('test/echo', { temperature: 0 });

/** Runs until so many calls were answered; then the process is gone. */
export async function killed(
  world: Lab,
  outputs: Record<string, AnyHandle>,
  { at, asked }: { at: number; asked?: RunAsked },
) {
  const store = world.store as ReturnType<typeof memoryStore>;
  const answer = world.outside.answer.bind(world.outside);
  let next: ReturnType<typeof memoryStore> | undefined;
  let left = at;
  world.outside.answer = (key, text) => {
    const given = answer(key, text);
    if (left-- === 0) {
      next = store.kill();
      world.outside.dead = true;
    }
    return given;
  };
  const { calls } = await go(world, outputs, asked);
  world.outside.answer = answer;
  world.outside.dead = false;
  return { calls, world: lab(next ?? store.kill(), world.outside) };
}

export const asksAll = ({ k }: Lab, data: readonly Row[]) => ({
  answers: k.asked(k.rows(data), { from: 'text', into: 'answer' }),
});
