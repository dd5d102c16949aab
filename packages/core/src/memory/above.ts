import type { Digest, ObjectId, Store } from '../ports/store.js';
import { memoryStore } from './store.js';

/** Hits come from a store, and what is written stays in memory: a look ahead that leaves nothing. */
export function storeAbove(below: Store): Store {
  const above = memoryStore();
  const dropped = new Set<string>();
  const redraws = new Map<Digest, number>();
  const holder = (object: ObjectId): Store => (above.missing([object]).length === 0 ? above : below);
  return {
    ...above,
    where: below.where,
    openRows: (object, checks) => holder(object).openRows(object, checks),
    getBytes: (object) => holder(object).getBytes(object),
    placeFile: (object, to, how) => holder(object).placeFile(object, to, how),
    missing: (objects) => below.missing(above.missing(objects)),
    entry: (fingerprint) => below.entry(fingerprint),
    cutoff: (key) => below.cutoff(key),
    entries: () => below.entries(),
    memory: (identity) => [
      ...below.memory(identity),
      ...above.memory(identity).map((each) => ({ ...each, counter: each.counter + ABOVE })),
    ],
    redraw: (identity) => {
      const open = redraws.get(identity);
      return { ...below.redraw(identity), ...(open !== undefined && { open }) };
    },
    openRedraw(identity) {
      const { done, open = done + 1 } = below.redraw(identity);
      redraws.set(identity, open);
      return open;
    },
    journals: (identity, redraw) => [
      ...[...below.journals(identity, redraw)].filter(({ id }) => !dropped.has(id)),
      ...above.journals(identity, redraw),
    ],
    dropJournal(id) {
      dropped.add(id);
      above.dropJournal(id);
    },
    fact: (name) => above.fact(name) ?? below.fact(name),
    runs: (most, before) => below.runs(most, before),
  };
}

/** What is written here is newer than all that is stored. */
const ABOVE = 2 ** 40;
