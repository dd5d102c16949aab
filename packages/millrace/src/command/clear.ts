import type { Swept } from '@millrace/arrow-store';
import { planGraph } from '@millrace/core';
import type { Opened } from './opened.js';
import { stepNamed, withBelow } from './stage-named.js';

export interface ClearAsked {
  /** And all stages below them. */
  readonly below?: boolean;
  /** Every version of these stages, not only the newest. */
  readonly all?: boolean;
  readonly dryRun?: boolean;
}

/** Removes what is stored of some stages: their next run computes it again. */
export async function clear(names: readonly string[], asked: ClearAsked, opened: Opened): Promise<Swept> {
  const { plan } = await planGraph(opened.graph, {}, opened.ports);
  const named = names.map((name) => stepNamed(name, plan, opened));
  const steps = asked.below ? withBelow(plan.steps, named) : named;
  const current = steps.map(({ fingerprint }) => fingerprint);
  const earlier = [...opened.store.entries()]
    .filter(({ recipe, detail }) =>
      steps.some(
        ({ node }) =>
          (recipe as { kind?: string }).kind === node.recipe.kind &&
          ((detail['names'] ?? []) as readonly string[]).some((name) => node.names.includes(name)),
      ),
    )
    .map(({ fingerprint }) => fingerprint);
  const newest = earlier.slice(0, 1);
  const fingerprints = new Set([...current, ...(asked.all ? earlier : steps.some(isStored(opened)) ? [] : newest)]);
  return opened.store.clear([...fingerprints], { dryRun: asked.dryRun ?? false });
}

const isStored =
  ({ store }: Opened) =>
  ({ fingerprint }: { readonly fingerprint: string }): boolean =>
    store.entry(fingerprint) !== undefined;
