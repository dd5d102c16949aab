import type { Journal, Store } from '@millrace/core';
import { StoreError } from './failure.js';

export interface Overlay {
  /** Made when it is needed; gone with the process. */
  readonly over: () => Store;
  /** `at once`: the store below can only be read. `after a failure`: the rest of this process writes above. */
  readonly from: 'at once' | 'after a failure';
}

/** Numbers from above are newer than all below. */
const ABOVE = 2 ** 40;

const raised = <T extends { readonly counter: number }>(it: T): T => ({ ...it, counter: it.counter + ABOVE });

/** Hits come from both, new results go above: nothing is lost to a store that cannot be written but its memory. */
export const overlaid = (below: Store, { over, from }: Overlay): Store => {
  let above = from === 'at once' ? over() : undefined;
  const told: { object: string; what: string }[] = [];
  const forgotten = new Set<string>();

  const give = (error: unknown): Store => {
    if (!(error instanceof StoreError)) throw error;
    told.push({ object: below.where, what: `results are kept for this run only: ${error.message}` });
    above ??= over();
    return above;
  };
  const put = <T>(act: (store: Store) => T): T => {
    if (above) return act(above);
    try {
      return act(below);
    } catch (error) {
      return act(give(error));
    }
  };
  const putLater = async <T>(act: (store: Store) => Promise<T>): Promise<T> => {
    if (above) return act(above);
    try {
      return await act(below);
    } catch (error) {
      return act(give(error));
    }
  };
  const holder = (object: string): Store => (above && above.missing([object]).length === 0 ? above : below);
  const both = <T>(act: (store: Store) => Iterable<T>): T[] => [...(above ? act(above) : []), ...act(below)];
  const shown = <T extends { readonly fingerprint: string }>(it: T | undefined) =>
    it && forgotten.has(it.fingerprint) ? undefined : it;
  const redraw = (identity: string) => {
    const { done, open = 0 } = below.redraw(identity);
    const upper = above?.redraw(identity) ?? { done: 0 };
    const newest = Math.max(done, upper.done);
    const began = Math.max(open, upper.open ?? 0);
    return began > newest ? { done: newest, open: began } : { done: newest };
  };
  const upper = <T extends { readonly counter: number }>(it: T | undefined) => it && raised(it);

  return {
    where: below.where,
    get writable() {
      return above === undefined;
    },
    room: () => (above ?? below).room(),
    // Rows are read once: what failed half-way fails, and the next ones go above.
    putRows: async (batches, columns, format) => {
      try {
        return await (above ?? below).putRows(batches, columns, format);
      } catch (error) {
        if (!above) give(error);
        throw error;
      }
    },
    openRows: (object, checks) => holder(object).openRows(object, checks),
    putBytes: (bytes) => putLater((store) => store.putBytes(bytes)),
    getBytes: (object) => holder(object).getBytes(object),
    putFile: (path) => putLater((store) => store.putFile(path)),
    placeFile: (object, to, how) => holder(object).placeFile(object, to, how),
    missing: (objects) => below.missing(above ? above.missing(objects) : objects),

    entry: (fingerprint) => upper(above?.entry(fingerprint)) ?? shown(below.entry(fingerprint)),
    cutoff: (key) => upper(above?.cutoff(key)) ?? shown(below.cutoff(key)),
    *entries() {
      const seen = new Set<string>();
      for (const entry of above?.entries() ?? []) {
        seen.add(entry.fingerprint);
        yield raised(entry);
      }
      for (const entry of below.entries()) if (!seen.has(entry.fingerprint) && shown(entry)) yield entry;
    },
    commit: (entry, index) =>
      put((store) => (store === below ? store.commit(entry, index) : raised(store.commit(entry, index)))),
    forget(fingerprint) {
      put((store) => store.forget(fingerprint));
      if (above) forgotten.add(fingerprint);
    },

    memory: (identity) => [...below.memory(identity), ...(above?.memory(identity) ?? []).map(raised)],
    remember: (identity, redraw, segment) => put((store) => store.remember(identity, redraw, segment)),
    redraw,
    openRedraw(identity) {
      const { done, open = done + 1 } = redraw(identity);
      return put((store) => openedAt(store, identity, open));
    },
    closeRedraw: (identity, redraw) => put((store) => store.closeRedraw(identity, redraw)),

    journal: (identity, redraw) => moving({ put, instead: give }, (store) => store.journal(identity, redraw)),
    journals: (identity, redraw) => both((store) => store.journals(identity, redraw)),
    dropJournal: (id) => put((store) => store.dropJournal(id)),

    lock: (name, signal) => putLater((store) => store.lock(name, signal)),
    fact: (name) => above?.fact(name) ?? below.fact(name),
    putFact: (name, value) => put((store) => store.putFact(name, value)),
    beginRun: (about) => put((store) => store.beginRun(about)),
    runs: (most, before) => both((store) => store.runs(most, before)).slice(0, most),
    noticed: () => [...told.splice(0), ...both((store) => store.noticed())],
    scratch: () => put((store) => store.scratch()),
    workFolder: (name) => put((store) => store.workFolder(name)),
    dropWorkFolder: (name) => put((store) => store.dropWorkFolder(name)),
    close: async () => {
      await above?.close();
      await below.close();
    },
  };
};

/** Redraws above go on counting where those below ended. */
const openedAt = (store: Store, identity: string, number: number): number => {
  for (;;) {
    const opened = store.openRedraw(identity);
    if (opened >= number) return opened;
    store.closeRedraw(identity, opened);
  }
};

interface Ways {
  readonly put: <T>(act: (store: Store) => T) => T;
  /** Where to go on after a failure. */
  readonly instead: (error: unknown) => Store;
}

/** A journal whose disk is full goes on above. */
const moving = ({ put, instead }: Ways, make: (store: Store) => Journal): Journal => {
  const made = new Map<Store, Journal>();
  const at = (store: Store): Journal => {
    const journal = made.get(store) ?? make(store);
    made.set(store, journal);
    return journal;
  };
  const first = put(at);
  return {
    id: first.id,
    append(frame) {
      const on = (store: Store) => at(store).append(frame);
      return put(on)?.catch((error: unknown) => on(instead(error)));
    },
    close: () => {
      for (const journal of made.values()) journal.close();
    },
  };
};
