import type { Digest, Entry, Store, Stored } from '@millrace/core';
import { exists, mark, names } from './disk.js';
import { safe, sharded } from './keys.js';
import { counterOf, newestIn, numbered, padded, putNumbered, readFileSigned } from './numbers.js';
import type { Place } from './place.js';
import { endRedraw } from './rows.js';

type Records = Pick<Store, 'entry' | 'cutoff' | 'entries' | 'commit' | 'forget'>;

/**
 * `records/ab/abcd…/000000000012.json`: one file for each commit of a fingerprint, never changed. The newest counts; a
 * last word of `null` says that it was forgotten. `cutoff/ab/abcd…/000000000012-<fingerprint>`: an empty file whose
 * name says it all.
 */
export const records = (place: Place): Records => {
  const folderOf = (fingerprint: Digest) => sharded(`${place.root}/records`, fingerprint);
  const indexOf = (key: Digest) => sharded(`${place.root}/cutoff`, key);

  const recordAt = (fingerprint: Digest, name: string): Stored | null | undefined => {
    const said = readFileSigned(place, `${folderOf(fingerprint)}/${name}`, 'A record');
    if (!said || said.is === null) return said && null;
    if (safe((said.is as Entry).fingerprint) !== safe(fingerprint)) {
      place.damage.setAside(`${folderOf(fingerprint)}/${name}`, 'a record of another fingerprint stands here');
      return undefined;
    }
    return { ...(said.is as Entry), counter: counterOf(name) };
  };

  const entry = (fingerprint: Digest): Stored | undefined => {
    for (const name of numbered(folderOf(fingerprint)).reverse()) {
      const found = recordAt(fingerprint, name);
      if (found !== undefined) return found ?? undefined;
    }
    return undefined;
  };

  /** The record an index entry points to, unless it was forgotten since. */
  const pointed = (name: string): Stored | undefined => {
    const fingerprint = name.slice(13);
    const later = numbered(folderOf(fingerprint)).filter((each) => each.slice(0, 12) >= name.slice(0, 12));
    const [first, ...rest] = later.map((each) => recordAt(fingerprint, each));
    return first && first.counter === counterOf(name) && !rest.includes(null) ? first : undefined;
  };

  return {
    entry,
    cutoff(key) {
      for (const name of numbered(indexOf(key)).reverse()) {
        const found = pointed(name);
        if (found?.status === 'complete') return found;
      }
      return undefined;
    },
    *entries() {
      for (const { fingerprint } of newestFirst(`${place.root}/records`)) {
        const found = entry(fingerprint);
        if (found) yield found;
      }
    },
    commit(entry, { cutoff, ends }) {
      place.settle();
      if (ends) endRedraw(place, ends, entry.fingerprint);
      const index = cutoff === undefined ? undefined : indexOf(cutoff);
      const over = index ? newestIn(index) : 0;
      const counter = putNumbered(place, folderOf(entry.fingerprint), { is: entry, over });
      // After a loss of power it may be missing: that costs a cut-off, never a wrong one.
      if (index) mark(`${index}/${padded(counter)}-${safe(entry.fingerprint)}`);
      place.settle();
      return { ...entry, counter };
    },
    forget(fingerprint) {
      if (!exists(folderOf(fingerprint))) return;
      putNumbered(place, folderOf(fingerprint), { is: null });
      place.settle();
    },
  };
};

const newestFirst = (root: string): { fingerprint: string; counter: number }[] =>
  names(root)
    .flatMap((shard) => names(`${root}/${shard}`).map((fingerprint) => ({ fingerprint, shard })))
    .map(({ fingerprint, shard }) => ({ fingerprint, counter: newestIn(`${root}/${shard}/${fingerprint}`) }))
    .sort((a, b) => b.counter - a.counter);
