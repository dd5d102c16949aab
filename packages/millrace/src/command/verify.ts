import type { Verified } from '@millrace/arrow-store';
import { digestProblem, planGraph } from '@millrace/core';
import type { Opened, OpenedStore } from './opened.js';
import { withBelow } from './stage-named.js';
import { type Sampled, sampleStage } from './verify-sample.js';

/** Every file of the store is read; `deep`: and every table, value by value. What is damaged is set aside. */
export const verify = (asked: { readonly deep?: boolean }, { store }: Pick<OpenedStore, 'store'>): Promise<Verified> =>
  store.verify({ ...asked, problem: digestProblem });

export interface SampleVerified {
  readonly stages: readonly Sampled[];
  /** Set aside with what came of them. */
  readonly quarantined: readonly string[];
}

/** Runs some remembered rows of pure stages again and compares. A mismatch sets the entry aside and all that came of it. */
export async function verifySample(asked: { readonly share: number }, opened: Opened): Promise<SampleVerified> {
  const { plan } = await planGraph(opened.graph, {}, opened.ports);
  const stages: Sampled[] = [];
  for (const step of plan.steps) {
    const sampled = await sampleStage(step, asked.share, opened);
    if (sampled) stages.push(sampled);
  }
  const bad = new Set(stages.filter(({ different }) => different > 0).map(({ stage }) => stage));
  const gone = bad.size
    ? withBelow(
        plan.steps,
        plan.steps.filter(({ name }) => bad.has(name)),
      )
    : [];
  if (gone.length) {
    opened.store.clear(gone.map(({ fingerprint }) => fingerprint));
    for (const { fingerprint } of gone) opened.store.forget(fingerprint);
  }
  return { stages, quarantined: gone.map(({ name }) => name) };
}
