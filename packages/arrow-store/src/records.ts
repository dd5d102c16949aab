import type { Digest, Entry, Segment, Store, Stored } from '@millrace/core';
import { exists, mark, names } from './disk.js';
import { isKeyFolder, safe } from './keys.js';
import { counterOf, newestIn, numbered, padded, putNumbered, readFileSigned } from './numbers.js';
import type { Place } from './place.js';
import { endRedraw } from './redraws.js';
import { recordProblem } from './sound.js';

type Records = Pick<Store, 'entry' | 'cutoff' | 'entries' | 'commit' | 'forget'>;

/**
 * `records/ab/abcd…/000000000012.json`: one file for each commit of a fingerprint, never changed. The newest counts; a
 * last word of `null` says that it was forgotten. `cutoff/ab/abcd…/000000000012-<fingerprint>`: an empty file whose
 * name says it all.
 */
export const records = (place: Place): Records => {
  const folderOf = (fingerprint: Digest) => place.keyFolder('records', fingerprint);
  const indexOf = (key: Digest) => place.keyFolder('cutoff', key);

  const entry = (fingerprint: Digest): Stored | undefined => {
    for (const name of numbered(folderOf(fingerprint)).reverse()) {
      const found = recordAt(place, fingerprint, name);
      if (found !== undefined) return found ?? undefined;
    }
    return undefined;
  };

  /** The record an index entry points to, unless it was forgotten since. */
  const pointed = (name: string): Stored | undefined => {
    const fingerprint = name.slice(13);
    const later = numbered(folderOf(fingerprint)).filter((each) => each.slice(0, 12) >= name.slice(0, 12));
    const [first, ...rest] = later.map((each) => recordAt(place, fingerprint, each));
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

/** One commit: `null` where it says that the entry was forgotten, undefined where it is not there or was set aside. */
export const recordAt = (place: Place, fingerprint: Digest, name: string): Stored | null | undefined => {
  const path = `${place.keyFolder('records', fingerprint)}/${name}`;
  const said = readFileSigned(place, path, 'A record');
  if (!said || said.is === null) return said && null;
  const problem = recordProblem(said.is, fingerprint);
  if (problem === undefined) return { ...(said.is as Entry), counter: counterOf(name) };
  place.damage.setAside(path, problem);
  return undefined;
};

export const segmentsOf = ({ parts }: Stored): Segment[] =>
  Object.values(parts).flatMap((output) =>
    output.is === 'table' ? output.groups.flatMap(({ segments }) => segments) : [],
  );

export const recordPath = (place: Place, { fingerprint, counter }: Stored): string =>
  `${place.keyFolder('records', fingerprint)}/${padded(counter)}.json`;

const newestFirst = (root: string): { fingerprint: string; counter: number }[] =>
  names(root)
    .flatMap((shard) =>
      names(`${root}/${shard}`)
        .filter((name) => isKeyFolder(shard, name))
        .map((fingerprint) => ({ fingerprint, shard })),
    )
    .map(({ fingerprint, shard }) => ({ fingerprint, counter: newestIn(`${root}/${shard}/${fingerprint}`) }))
    // A link in the place of a folder holds none.
    .filter(({ counter }) => counter > 0)
    .sort((a, b) => b.counter - a.counter);
