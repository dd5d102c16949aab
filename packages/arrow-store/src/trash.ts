import { dirname } from 'node:path';
import type { ObjectId } from '@millrace/core';
import { filesBelow, moveIfThere, names, remove, stat, write } from './disk.js';
import { isObject } from './keys.js';
import type { Place } from './place.js';
import { isTrash } from './rooms.js';
import { leased } from './runs.js';

const HOUR = 3_600_000;

export interface Size {
  readonly bytes: number;
  readonly modified: number;
}

export interface Garbage extends Size {
  readonly object: ObjectId;
}

/** What a run touched or leased meanwhile comes back. */
export const intoTrash = (place: Place, garbage: readonly Garbage[], began: number): void => {
  for (const { object } of garbage)
    for (const name of [object, `${object}.sum`]) moveIfThere(objectPath(place, name), `${place.root}/trash/${name}`);
  restoreTouched(place, garbage);
  restoreWanted(place, began);
};

const restore = (place: Place, name: string): void => {
  if (moveIfThere(`${place.root}/trash/${name}`, objectPath(place, name)))
    place.syncNow(dirname(objectPath(place, name)));
};

/** The run that put it may have ended already: a record names it by now. */
const restoreTouched = (place: Place, garbage: readonly Garbage[]): void => {
  for (const { object, modified } of garbage) {
    const there = stat(`${place.root}/trash/${object}`);
    if (there && there.modified !== modified) restore(place, object);
  }
};

const restoreWanted = (place: Place, began: number): void => {
  const held = leased(place);
  const trash = `${place.root}/trash`;
  const wanted = (name: string) => held.has(name) || (stat(`${trash}/${name}`)?.modified ?? 0) >= began;
  for (const object of names(trash).filter(isObject).filter(wanted)) restore(place, object);
  // Checks go where their object is, which others bring back as well.
  for (const sum of names(trash)
    .filter(isTrash)
    .filter((name) => name.endsWith('.sum') && stat(objectPath(place, name.slice(0, -4)))))
    restore(place, sum);
};

/** Another sweep may just have moved there what a run holds by now, and not have brought it back yet: leases are read after the names. */
export const emptyTrash = (place: Place, mayGo: (name: string) => boolean, graceMs: number): void => {
  const now = timeOfDisk(place);
  const trash = `${place.root}/trash`;
  const over = names(trash).filter((name) => {
    const there = isTrash(name) && mayGo(name) ? stat(`${trash}/${name}`) : undefined;
    return there && !there.folder && there.changed <= now - graceMs;
  });
  const held = over.length > 0 ? leased(place) : new Set<string>();
  for (const name of over) if (!held.has(name.replace('.sum', ''))) remove(`${trash}/${name}`);
};

/** Of objects that were set aside. An hour, since a writer puts the checks before the object. */
export const removeLoneSums = (place: Place, now: number): void => {
  for (const name of objectFiles(place).filter((name) => name.endsWith('.sum'))) {
    const path = `${place.root}/objects/${name}`;
    if (!stat(path.slice(0, -4)) && (stat(path)?.modified ?? now) < now - HOUR) remove(path);
  }
};

/** What has a name of ours in the folder that the name says. */
const objectFiles = (place: Place): string[] =>
  filesBelow(`${place.root}/objects`).filter(
    (name) => name.indexOf('/') === 2 && isTrash(name.slice(3)) && name.startsWith(name.slice(3, 5)),
  );

export const objectPath = (place: Place, name: string): string => `${place.shard('objects', name)}/${name}`;

export const sizesOf = (place: Place): Map<ObjectId, Size> =>
  new Map(
    objectFiles(place).flatMap((name) => {
      const object = name.slice(3);
      const there = isObject(object) ? stat(`${place.root}/objects/${name}`) : undefined;
      return there ? [[object, { bytes: there.bytes, modified: there.modified }] as const] : [];
    }),
  );

/** The clock that the dates of files come from, which on a network folder is not ours. */
export const timeOfDisk = (place: Place): number => {
  const draft = place.draft();
  write(draft, '', false);
  const now = stat(draft)?.modified ?? 0;
  remove(draft);
  return now;
};
