import type { Journal, MemoryStore, Store } from '@millrace/core';
import type { Outside } from '../kit.js';

/** A store that dies at its n-th write, before or after it is done, and what it left in doubt. */
export interface Mortal {
  readonly store: Store;
  /** Answers that were appended to a journal: these are kept. */
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
        appended += answersIn(frame);
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

/** As many as there are keys; a forced row that failed has one too, with a count that is none. */
function answersIn(frame: Uint8Array): number {
  const { buffer, byteOffset, byteLength } = frame;
  const view = new DataView(buffer, byteOffset, byteLength);
  const keys = view.getUint32(0, true);
  if (view.getUint32(4, true) === 0) return keys;
  const counts = Array.from({ length: keys }, (_, i) => view.getUint32(8 + keys * 16 + i * 4, true));
  return counts.filter((count) => count !== 0xffffffff).length;
}
