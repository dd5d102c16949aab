import type { Recipe } from '../identity/recipe.js';
import type { Digest, RunRecord, Store, Stored } from '../ports/store.js';
import { newestNamed } from './decide.js';
import type { Node } from './node.js';

/** Which entry a stage is compared with: the one that the last run used under its name, else the newest of that name. */
export function earlierEntries(store: Store): (node: Node) => Stored | undefined {
  let last: Readonly<Record<string, Digest>> | undefined;
  return (node) => {
    last ??= (runsBegun(store, 1)[0]?.about.stages ?? {}) as Readonly<Record<string, Digest>>;
    for (const name of node.names) {
      const fingerprint = Object.hasOwn(last, name) ? last[name] : undefined;
      const entry = fingerprint === undefined ? undefined : store.entry(fingerprint);
      if (entry && (entry.recipe as Recipe).kind === node.recipe.kind) return entry;
    }
    return newestNamed(node, store);
  };
}

/** So many of the newest runs that a person began. What a reader made again is none. Reads pages of records, as few as it takes. */
export function runsBegun(store: Store, most: number): readonly RunRecord[] {
  const begun: RunRecord[] = [];
  for (let before: string | undefined; begun.length < most; ) {
    const page = store.runs(most - begun.length, before);
    begun.push(...page.filter(({ about }) => about.remakes === undefined));
    before = page.at(-1)?.id;
    if (before === undefined) break;
  }
  return begun;
}
