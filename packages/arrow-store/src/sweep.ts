import { basename } from 'node:path';
import { type ObjectId, type Segment, type Stored, sweptFact } from '@millrace/core';
import { kindAt, names, remove, removeTree, stat } from './disk.js';
import { facts } from './facts.js';
import { safe } from './keys.js';
import { removeOldLocks } from './locks.js';
import { counterOf, readFileSigned } from './numbers.js';
import type { Place } from './place.js';
import { type Holding, holdings, keyIn } from './reach.js';
import { records } from './records.js';
import { forgetOldRuns, leased, stagesInUse, workLease } from './runs.js';
import { sweepTemporary } from './temporary.js';
import {
  emptyTrash,
  type Garbage,
  intoTrash,
  objectPath,
  removeLoneSums,
  type Size,
  sizesOf,
  timeOfDisk,
} from './trash.js';

export interface SweepOptions {
  /** Let go what no run used for so long. */
  readonly maxAgeMs?: number;
  /** Let go until the objects are no larger together: cheapest to compute again first, paid answers last. */
  readonly maxBytes?: number;
  /** Younger objects stay, and what is swept lies in the trash for so long. */
  readonly graceMs?: number;
  readonly dryRun?: boolean;
}

export interface Swept {
  readonly objects: readonly { readonly object: ObjectId; readonly bytes: number }[];
  /** What stages that never ended had made so far, to go on from. */
  readonly attempts: number;
  readonly bytes: number;
  /** Records whose data went, or part of it. */
  readonly entries: number;
  /** Of `bytes`, what is still in the trash, until its grace is over. */
  readonly waiting: number;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A stage may write nothing for long; and what a provider still works on is not given up by a short age. */
const LEAST_AGE = 30 * DAY;

/** What nothing holds goes; before that, what is let go by age or size. Records stay. */
export const sweep = (place: Place, options: SweepOptions = {}): Swept => {
  const { graceMs = HOUR, dryRun = false } = options;
  place.checkShards();
  const now = timeOfDisk(place);
  const { sizes, held, all } = looked(place);
  const gone = letGo(all, { ...options, now, held, sizes, inUse: inUse(place) });
  const kept = new Set(all.filter((each) => !gone.has(each)).flatMap(({ objects }) => objects));
  const isGarbage = ([object, { modified }]: readonly [ObjectId, Size]) =>
    !kept.has(object) && !held.has(object) && modified <= now - graceMs;
  const garbage = [...sizes].filter(isGarbage).map(([object, size]) => ({ object, ...size }));
  const attempts =
    options.maxAgeMs === undefined
      ? []
      : attemptsBefore(place, now - Math.max(options.maxAgeMs, LEAST_AGE)).filter(
          ({ name }) => !held.has(workLease(name)),
        );
  if (!dryRun) {
    forgetOldRuns(place);
    removeOldLocks(place, now);
    sweepTemporary();
    for (const { path } of attempts) removeTree(path);
  }
  const swept = removed(place, { garbage, gone: [...gone], graceMs, trash: 'all', dryRun });
  if (!dryRun) noteSwept(place, [...gone], new Set(swept.objects.map(({ object }) => object)));
  const bytes = attempts.reduce((sum, each) => sum + each.bytes, swept.bytes);
  return { ...swept, attempts: attempts.length, bytes };
};

/**
 * In this order: who puts an object leases it, touches it, names it in a record and ends. So it was touched after its
 * size was looked at, or it is leased when leases are read, or named when records are.
 */
const looked = (place: Place) => {
  const sizes = sizesOf(place);
  const held = leased(place);
  return { sizes, held, all: holdings(place) };
};

/** On purpose: until somebody reads it, no run makes it again. */
const noteSwept = (place: Place, gone: readonly Holding[], went: ReadonlySet<ObjectId>): void => {
  const { putFact } = facts(place);
  for (const { is, fingerprint, path, objects } of gone)
    if (is === 'entry' && fingerprint !== undefined && objects.some((object) => went.has(object)))
      putFact(sweptFact(fingerprint), counterOf(basename(path)));
};

interface Attempt {
  readonly path: string;
  readonly name: string;
  readonly bytes: number;
}

/** Work folders in which nothing was written since. */
const attemptsBefore = (place: Place, then: number): Attempt[] => {
  const work = `${place.root}/work`;
  return names(work).flatMap((shard) =>
    names(`${work}/${shard}`)
      .filter(isAttempt)
      .flatMap((name) => {
        const path = `${work}/${shard}/${name}`;
        const { modified, bytes } = written(path);
        return modified < then ? [{ path, name, bytes }] : [];
      }),
  );
};

/** Named by digests that we made. */
const isAttempt = (name: string): boolean => /^[0-9a-f]{32}$/.test(name);

/** A file may be given an old date: then the folder it was put into is younger. */
const written = (path: string): Size => {
  const there = kindAt(path) === 'link' ? undefined : stat(path);
  if (!there?.folder) return { bytes: there?.bytes ?? 0, modified: there?.modified ?? 0 };
  const inside = names(path).map((name) => written(`${path}/${name}`));
  return {
    bytes: inside.reduce((sum, { bytes }) => sum + bytes, 0),
    modified: inside.reduce((newest, { modified }) => Math.max(newest, modified), there.modified),
  };
};

/** The data of these entries goes, unless something else holds it; what is remembered of their rows with it. */
export const clear = (place: Place, fingerprints: readonly string[], options: { readonly dryRun?: boolean }): Swept => {
  const { dryRun = false } = options;
  place.checkShards();
  const { sizes, held, all } = looked(place);
  const keys = new Set(fingerprints.map(safe));
  const isFree = ({ objects }: Holding) => !objects.some((object) => held.has(object));
  const isNote = ({ is }: Holding) => is === 'remembered rows';
  const mine = all.filter((each) => !isNote(each) && keys.has(keyIn(each.path)));
  const isOfThese = notesOf(place, keys);
  const notes = all.filter((each) => isNote(each) && isFree(each) && isOfThese(each));
  const gone = [...mine, ...notes];
  const kept = new Set(all.filter((each) => !gone.includes(each)).flatMap(({ objects }) => objects));
  const garbage = [...new Set(gone.flatMap(({ objects }) => objects))].flatMap((object) => {
    const size = kept.has(object) || held.has(object) ? undefined : sizes.get(object);
    return size ? [{ object, ...size }] : [];
  });
  const swept = removed(place, { garbage, gone, graceMs: 0, trash: 'own', dryRun });
  if (!dryRun) for (const note of notes) forgetIfFree(place, note);
  return swept;
};

/** A run that began meanwhile holds what it found. */
const forgetIfFree = (place: Place, { path, objects }: Holding): void => {
  const held = leased(place);
  if (!objects.some((object) => held.has(object))) remove(path);
};

/**
 * Whether remembered rows are of these entries and of no other that stays. Told by the segment as a whole, and by whose
 * rows it holds: its keys alone may be, byte for byte, what lies beside a column above.
 */
const notesOf = (place: Place, cleared: ReadonlySet<string>): ((note: Holding) => boolean) => {
  const going: Stored[] = [];
  const staying: Stored[] = [];
  for (const entry of records(place).entries()) (cleared.has(safe(entry.fingerprint)) ? going : staying).push(entry);
  const gone = new Set(going.flatMap((entry) => (entry.rows ? ownSegments(entry) : passedSegments(entry))));
  const own = new Set(staying.flatMap(ownSegments));
  const passed = new Set(staying.flatMap(passedSegments));
  const shared = new Set(staying.map(identityOf));
  const alone = new Set(going.map(identityOf).filter((identity) => !shared.has(identity)));
  return ({ path }) => {
    const said = readFileSigned(place, path, 'A note of remembered rows');
    if (!said) return false;
    const segment = segmentKey(said.is as Segment);
    const identity = keyIn(path);
    const kept = passed.has(segment) || own.has(`${identity} ${segment}`);
    return !kept && (alone.has(identity) || gone.has(segment) || gone.has(`${identity} ${segment}`));
  };
};

const identityOf = ({ rows }: Stored): string => (rows ? safe(rows.identity) : '');

/** Segments of a stage's own rows, each with whose rows these are: another stage may give the same. */
const ownSegments = (entry: Stored): string[] =>
  segmentsOf(entry, true).map((segment) => `${identityOf(entry)} ${segmentKey(segment)}`);

const passedSegments = (entry: Stored): string[] => segmentsOf(entry, false).map(segmentKey);

const segmentsOf = ({ parts, rows }: Stored, own: boolean): Segment[] =>
  Object.values(parts).flatMap((part) => {
    if (part.is !== 'table') return [];
    const ofOwn = new Set(part.columns.filter(({ name }) => rows?.own.includes(name)).map(({ group }) => group));
    return part.groups.flatMap(({ segments }, group) => (ofOwn.has(group) === own ? segments : []));
  });

const segmentKey = ({ data, keys, counts }: Segment): string => JSON.stringify([data, keys, counts]);

interface Limits extends SweepOptions {
  readonly now: number;
  readonly held: ReadonlySet<string>;
  /** Names of the folders of entries that live runs read. */
  readonly inUse: ReadonlySet<string>;
  readonly sizes: ReadonlyMap<ObjectId, Size>;
}

const inUse = (place: Place): Set<string> => new Set([...stagesInUse(place)].map(safe));

/** What is let go, so that a store fits its age and its size. What a live run holds and what is unfinished is not. */
const letGo = (all: readonly Holding[], limits: Limits): Set<Holding> => {
  const { now, held, inUse, sizes, maxAgeMs = Number.POSITIVE_INFINITY, maxBytes = Number.POSITIVE_INFINITY } = limits;
  const isUsed = ({ path, objects }: Holding) => inUse.has(keyIn(path)) || objects.some((object) => held.has(object));
  const free = all.filter((each) => each.is !== 'unfinished' && !isUsed(each));
  const gone = new Set(free.filter(({ used }) => used < now - maxAgeMs));
  const holders = new Map<ObjectId, number>();
  for (const { objects } of all.filter((each) => !gone.has(each)))
    for (const object of objects) holders.set(object, (holders.get(object) ?? 0) + 1);
  const sizeOf = (object: ObjectId) => sizes.get(object)?.bytes ?? 0;
  let bytes = [...holders.keys()].reduce((sum, object) => sum + sizeOf(object), 0);
  for (const each of free.filter((each) => !gone.has(each)).sort(cheapestFirst)) {
    if (bytes <= maxBytes) break;
    gone.add(each);
    for (const object of each.objects) {
      const left = (holders.get(object) ?? 0) - 1;
      holders.set(object, left);
      if (left === 0) bytes -= sizeOf(object);
    }
  }
  return gone;
};

const cheapestFirst = (a: Holding, b: Holding): number =>
  a.money - b.money || a.seconds - b.seconds || a.used - b.used || (a.path < b.path ? -1 : 1);

interface Removal {
  readonly garbage: readonly Garbage[];
  readonly gone: readonly Holding[];
  readonly graceMs: number;
  /** What lies in the trash already may be in someone else's grace. */
  readonly trash: 'all' | 'own';
  readonly dryRun: boolean;
}

/** Into the trash; what a run touched or leased meanwhile comes back; then, after a while, for good. */
const removed = (place: Place, { garbage, gone, graceMs, trash, dryRun }: Removal): Swept => {
  const began = dryRun ? 0 : timeOfDisk(place);
  if (!dryRun) {
    intoTrash(place, garbage, began);
    removeLoneSums(place, began);
  }
  const went = dryRun ? garbage : garbage.filter(({ object }) => !stat(objectPath(place, object)));
  const size = (of: Removal['garbage']) => of.reduce((sum, { bytes }) => sum + bytes, 0);
  const touched = new Set(went.map(({ object }) => object));
  if (!dryRun) {
    forgetRows(gone, touched);
    emptyTrash(place, trash === 'all' ? () => true : (name) => touched.has(name.replace('.sum', '')), graceMs);
  }
  const entries = gone.filter(({ is, objects }) => is === 'entry' && objects.some((object) => touched.has(object)));
  const waiting = size(went.filter(({ object }) => stat(`${place.root}/trash/${object}`)));
  return {
    objects: went.map(({ object, bytes }) => ({ object, bytes })),
    attempts: 0,
    bytes: size(went),
    entries: entries.length,
    waiting,
  };
};

/** A note of rows that are not there any more says nothing; one whose objects stayed, as they are young or in use, stays. */
const forgetRows = (gone: readonly Holding[], went: ReadonlySet<ObjectId>): void => {
  for (const { is, path, objects } of gone)
    if (is === 'remembered rows' && objects.some((object) => went.has(object))) remove(path);
};
