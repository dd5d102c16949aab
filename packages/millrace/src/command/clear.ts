import type { Swept } from '@millrace/arrow-store';
import { type ImportedRows, objectsOf, planGraph, type Step, type Stored } from '@millrace/core';
import { takeBack } from './import.js';
import type { Opened } from './opened.js';
import { stepsNamed, withBelow } from './stage-named.js';

export interface ClearAsked {
  /** And all stages below them. */
  readonly below?: boolean;
  /** Every version of these stages, not only the newest. */
  readonly all?: boolean;
  readonly dryRun?: boolean;
}

export interface Cleared extends Swept {
  /** Stages of other entries that hold the same data, which stays for them. */
  readonly keptFor: readonly string[];
  /** Stages whose imported results count no more. */
  readonly takenBack: readonly string[];
}

/** Removes what is stored of some stages: their next run computes it again, but for what other entries hold. */
export async function clear(names: readonly string[], asked: ClearAsked, opened: Opened): Promise<Cleared> {
  const { plan } = await planGraph(opened.graph, {}, opened.ports);
  const named = names.flatMap((name) => stepsNamed(name, plan, opened));
  const steps = asked.below ? withBelow(plan.steps, named) : named;
  const current = steps.map(({ fingerprint }) => fingerprint);
  const earlier = [...opened.store.entries()]
    .filter((entry) =>
      steps.some(
        ({ node }) =>
          (entry.recipe as { kind?: string }).kind === node.recipe.kind &&
          namesOf(entry).some((name) => node.names.includes(name)),
      ),
    )
    .map(({ fingerprint }) => fingerprint);
  const newest = earlier.slice(0, 1);
  const fingerprints = new Set([...current, ...(asked.all ? earlier : steps.some(isStored(opened)) ? [] : newest)]);
  const keptFor = holders(fingerprints, withBelow(plan.steps, named), opened);
  const imported = importsIn(fingerprints, opened);
  const swept = opened.store.clear([...fingerprints], { dryRun: asked.dryRun ?? false });
  if (!asked.dryRun)
    for (const entry of imported) {
      takeBack(entry, opened);
      opened.store.forget(entry.fingerprint);
    }
  return { ...swept, keptFor, takenBack: imported.map((entry) => namesOf(entry)[0] ?? '') };
}

/** Imports that are these results, or whose rows count in them. */
function importsIn(fingerprints: ReadonlySet<string>, { store }: Opened): Stored[] {
  const entries = [...store.entries()];
  const identities = new Set(
    entries.flatMap(({ fingerprint, rows }) => (rows && fingerprints.has(fingerprint) ? [rows.identity] : [])),
  );
  return entries.filter(
    ({ origin, fingerprint, detail }) =>
      origin === 'imported' &&
      (fingerprints.has(fingerprint) ||
        identities.has((detail['imported'] as ImportedRows | undefined)?.identity ?? '')),
  );
}

/** Entries that stay and hold data of what is cleared: of earlier versions, and of stages below. Those above only pass theirs on. */
function holders(cleared: ReadonlySet<string>, below: readonly Step[], { store }: Opened): string[] {
  const entries = [...store.entries()];
  const gone = new Set(entries.filter(({ fingerprint }) => cleared.has(fingerprint)).flatMap(objectsOf));
  const names = new Set(below.flatMap(({ node }) => node.names));
  return entries.flatMap((entry) => {
    const name = namesOf(entry).find((each) => names.has(each));
    const holds = name !== undefined && !cleared.has(entry.fingerprint) && objectsOf(entry).some((id) => gone.has(id));
    return holds ? [name] : [];
  });
}

const namesOf = ({ detail }: Stored): readonly string[] => (detail['names'] ?? []) as readonly string[];

const isStored =
  ({ store }: Opened) =>
  ({ fingerprint }: { readonly fingerprint: string }): boolean =>
    store.entry(fingerprint) !== undefined;
