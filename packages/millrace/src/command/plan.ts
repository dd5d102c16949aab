import { foreseen, type Plan, planGraph, type RunAsked, type Step, type Store } from '@millrace/core';
import type { Opened } from './opened.js';

/** What a run would do, why, and what it takes at most. Writes nothing. */
export const plan = (asked: RunAsked, { graph, ports }: Opened): Promise<Plan> =>
  foreseen(graph, asked, { ...ports, store: unwritten(ports.store) });

/** … only what it would do: nothing is looked into. */
export const decided = async (asked: RunAsked, { graph, ports }: Opened): Promise<Plan> =>
  (await planGraph(graph, asked, { ...ports, store: unwritten(ports.store) })).plan;

/** Not even what was learnt of files on the way. */
export const unwritten = (store: Store): Store =>
  Object.create(store, { putFact: { value: () => undefined } }) as Store;

export const wouldRun = ({ decision }: Step): boolean => decision.status === 'run' || decision.status === 'later';
