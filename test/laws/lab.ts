import type { AnyHandle, Plan, RunAsked, Store } from '@millrace/core';
import * as engine from '@millrace/core';
import { codeReader, type Kit, kit, Outside, type World } from './kit.js';

export interface Lab extends World {
  readonly k: Kit;
}

/** The real engine on a store, with a world outside that keeps a list of what it was asked. */
export function lab(store: Store = engine.memoryStore(), outside = new Outside()): Lab {
  return { engine, store, outside, k: kit(engine, outside) };
}

type Outputs = Readonly<Record<string, AnyHandle>>;

export async function planOf(store: Store, outputs: Outputs, asked: RunAsked = {}): Promise<Plan> {
  const ports = { store, code: codeReader, base: '/' };
  return (await engine.planGraph(engine.graphOf(outputs), asked, ports)).plan;
}

/** Stage → what the plan says of it. */
export const statuses = (plan: Plan): Record<string, string> =>
  Object.fromEntries(plan.steps.map(({ name, decision }) => [name, decision.status]));

/** Stage → fingerprint. */
export const printsOf = async (outputs: Outputs): Promise<Record<string, string>> =>
  Object.fromEntries((await planOf(engine.memoryStore(), outputs)).steps.map((step) => [step.name, step.fingerprint]));

export const printOf = async (handle: AnyHandle): Promise<string> => (await printsOf({ it: handle }))['it'] as string;

/** A store that counts how often each of its doors was used. */
export function watched<S extends Store>(store: S): { readonly store: S; take(): Record<string, number> } {
  let counts: Record<string, number> = {};
  const proxy = new Proxy(store, {
    get: (target, name) => {
      const value = Reflect.get(target, name) as unknown;
      if (typeof value !== 'function') return value;
      return (...given: unknown[]) => {
        counts[String(name)] = (counts[String(name)] ?? 0) + 1;
        return (value as (...g: unknown[]) => unknown).apply(target, given);
      };
    },
  });
  return {
    store: proxy,
    take: () => {
      const taken = counts;
      counts = {};
      return taken;
    },
  };
}
