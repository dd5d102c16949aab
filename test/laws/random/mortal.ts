import type { Journal, MemoryStore, Store } from '@millrace/core';
import type { Outside } from '../kit.js';

/** A store that dies at its n-th write, before or after it is done, and what it left in doubt. */
export interface Mortal {
  readonly store: Store;
  /** Entries that were appended to a journal: these are kept. */
  appended(): number;
  /** What was durable, opened again. */
  after(): MemoryStore;
  readonly died: () => boolean;
}

const WRITES: ReadonlySet<string> = new Set([
  'putRows',
  'putBytes',
  'putFile',
  'commit',
  'remember',
  'openRedraw',
  'closeRedraw',
  'journal',
  'dropJournal',
  'putFact',
  'beginRun',
  'append',
]);

export function mortal(store: MemoryStore, at: number, outside: Outside): Mortal {
  let writes = 0;
  let appended = 0;
  let died = false;
  const die = () => {
    died = true;
    outside.dead = true;
    store.kill();
  };
  const write = <T>(make: () => T): T => {
    const now = ++writes;
    if (now === at && at % 2) die();
    const made = make();
    if (now === at && !(at % 2)) die();
    return made;
  };
  const journal = (made: Journal): Journal => ({
    ...made,
    append: (frame) =>
      write(() => {
        made.append(frame);
        appended += Buffer.from(frame.buffer, frame.byteOffset, 4).readUInt32LE(0);
      }),
  });
  const proxy = new Proxy(store, {
    get: (target, name: keyof Store) => {
      const value = target[name] as unknown;
      if (typeof value !== 'function' || !WRITES.has(name)) return value;
      return (...given: unknown[]) => {
        const made = write(() => (value as (...g: unknown[]) => unknown).apply(target, given));
        return name === 'journal' ? journal(made as Journal) : made;
      };
    },
  });
  return {
    store: proxy,
    appended: () => appended,
    died: () => died,
    after: () => {
      outside.dead = false;
      return store.kill();
    },
  };
}
