import {
  CannotRun,
  differences,
  nameOf,
  newestNamed,
  type Plan,
  planGraph,
  type Reason,
  type Step,
  type Store,
  type Stored,
} from '@millrace/core';
import type { Opened } from './opened.js';
import { stageNameOf, stepNamed } from './stage-named.js';

export interface Why {
  readonly stage: string;
  readonly label: string;
  readonly fingerprint: string;
  readonly status: Step['decision']['status'];
  readonly reasons: readonly Reason[];
  /** The stages above from which the change came, and what changed there. */
  readonly roots: readonly { readonly stage: string; readonly reasons: readonly Reason[] }[];
  /** The entry that is used, if one is. */
  readonly entry?: Pick<Stored, 'fingerprint' | 'at' | 'origin' | 'cost' | 'worth'>;
  /** The nearest other entry of this stage, and how that one differs. */
  readonly nearest?: { readonly fingerprint: string; readonly at: string; readonly reasons: readonly Reason[] };
}

/** Why a stage would run or is reused. */
export async function why(name: string, opened: Opened): Promise<Why> {
  const plan = await planAbout(name, opened);
  const step = stepNamed(name, plan, opened);
  const { decision, label, fingerprint } = step;
  const entry = 'entry' in decision ? decision.entry : undefined;
  const near = nearestOther(step, opened.store);
  return {
    stage: step.name,
    label,
    fingerprint,
    status: decision.status,
    reasons: step.reasons,
    roots: rootsOf(step, plan.steps),
    ...(entry && {
      entry: {
        fingerprint: entry.fingerprint,
        at: entry.at,
        origin: entry.origin,
        cost: entry.cost,
        worth: entry.worth,
      },
    }),
    ...(near && { nearest: near }),
  };
}

/** As a run of all stages would go; where that is refused, as a run of this one. */
async function planAbout(name: string, { graph, ports }: Opened): Promise<Plan> {
  const only = [stageNameOf(name, graph)];
  const planned = await planGraph(graph, {}, ports).catch((error) => {
    if (error instanceof CannotRun) return planGraph(graph, { only }, ports);
    throw error;
  });
  return planned.plan;
}

/** Up the graph to where something changed of itself. */
function rootsOf(step: Step, steps: readonly Step[]): Why['roots'] {
  const roots = new Map<string, readonly Reason[]>();
  const seen = new Set<string>();
  const climb = (at: Step) => {
    if (seen.has(at.name)) return;
    seen.add(at.name);
    const own = at.reasons.filter(({ is }) => is !== 'upstream');
    if (own.length && at !== step) roots.set(at.name, own);
    for (const above of changedAbove(at, steps)) climb(above);
  };
  climb(step);
  return [...roots].map(([stage, reasons]) => ({ stage, reasons }));
}

const changedAbove = (at: Step, steps: readonly Step[]): Step[] =>
  at.node.inputs.flatMap(({ node }) => steps.find((step) => step.node === node && step.reasons.length > 0) ?? []);

/** Of all entries of this kind with another recipe the one with the fewest differences; of equals the newest. */
function nearestOther({ node, fingerprint }: Step, store: Store): Why['nearest'] {
  const others = [...store.entries()].filter((entry) => entry.fingerprint !== fingerprint && sameStage(entry, node));
  const named = newestNamed(node, store);
  const candidates = named && named.fingerprint !== fingerprint ? [named, ...others] : others;
  let best: { entry: Stored; reasons: Reason[] } | undefined;
  for (const entry of candidates) {
    const reasons = differences(entry, node);
    if (!best || reasons.length < best.reasons.length) best = { entry, reasons };
  }
  return best && { fingerprint: best.entry.fingerprint, at: best.entry.at, reasons: best.reasons };
}

const sameStage = (entry: Stored, node: Step['node']): boolean => {
  const names = (entry.detail['names'] ?? []) as readonly string[];
  return (entry.recipe as { kind?: string }).kind === node.recipe.kind && names.includes(nameOf(node));
};
