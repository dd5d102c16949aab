import type { Entry, ObjectId, Segment, Stored } from '@millrace/core';
import { filesBelow, pieces, stat } from './disk.js';
import { objectsIn, safe } from './keys.js';
import { padded } from './numbers.js';
import type { Place } from './place.js';
import { records } from './records.js';
import { runsOf } from './runs.js';

/** Journals may be large: no more than a piece of a file is in memory. */
const objectsInFile = (path: string): ObjectId[] => {
  const found = new Set<ObjectId>();
  for (const piece of pieces(path, 16 << 20, 80))
    for (const object of objectsIn(piece.toString('latin1'))) found.add(object);
  return [...found];
};

/** Every object that an entry or a segment refers to. */
export const objectsNamed = (of: Entry | Segment): ObjectId[] => objectsIn(JSON.stringify(of));

/** A file that holds objects, and what it would cost to have them again. */
export interface Holding {
  readonly path: string;
  /** Of an entry. */
  readonly fingerprint?: string;
  readonly objects: readonly ObjectId[];
  readonly is: 'entry' | 'superseded' | 'remembered rows' | 'unfinished';
  readonly money: number;
  readonly seconds: number;
  /** The last commit or use. */
  readonly used: number;
}

type Worth = Pick<Holding, 'money' | 'seconds'>;

const NOTHING: Worth = { money: 0, seconds: 0 };

/** All that holds objects. Journals and facts are read too: what is in no record yet may stand there. */
export const holdings = (place: Place): Holding[] => {
  const entries = new Map([...records(place).entries()].map((entry) => [safe(entry.fingerprint), entry]));
  const named = stagesOfRuns(place);
  const uses = lastUses(place, { entries, named });
  const identities = worthOfIdentities(entries.values());
  const holding = (path: string, about: Worth & Pick<Holding, 'is' | 'fingerprint'>, byName = 0): Holding => {
    const objects = objectsInFile(path);
    // By all that it holds: rows passed on, keys and empty columns are the same objects in what others use.
    const whole = objects.reduce((first, object) => Math.min(first, uses.get(object) ?? 0), Number.POSITIVE_INFINITY);
    return { path, objects, ...about, used: Math.max(stat(path)?.modified ?? 0, byName, whole) };
  };
  const below = (room: string) => filesBelow(`${place.root}/${room}`).map((name) => `${place.root}/${room}/${name}`);
  return [
    ...below('records').flatMap((path) => {
      const newest = entries.get(keyIn(path));
      // What was forgotten holds nothing.
      if (!newest) return [];
      return holding(
        path,
        { ...aboutRecord(newest, path), fingerprint: newest.fingerprint },
        named.get(newest.fingerprint),
      );
    }),
    ...below('rows').map((path) =>
      holding(path, { is: 'remembered rows', ...(identities.get(keyIn(path)) ?? NOTHING) }),
    ),
    ...[...below('journals'), ...below('facts')].map((path) => holding(path, { is: 'unfinished', ...NOTHING })),
  ].filter(({ objects }) => objects.length > 0);
};

/** Records and remembered rows lie in the folder of their fingerprint or identity. */
export const keyIn = (path: string): string => path.split('/').at(-2) ?? '';

const worthOf = ({ worth }: Stored): Worth => ({ money: worth.money ?? 0, seconds: worth.seconds });

const aboutRecord = (newest: Stored, path: string): Worth & Pick<Holding, 'is'> => {
  if (!path.endsWith(`/${padded(newest.counter)}.json`)) return { is: 'superseded', ...NOTHING };
  return { is: newest.status === 'incomplete' ? 'unfinished' : 'entry', ...worthOf(newest) };
};

/** Remembered rows are worth what the dearest entry made of them is. */
const worthOfIdentities = (entries: Iterable<Stored>): Map<string, Worth> => {
  const worths = new Map<string, Worth>();
  for (const entry of entries) {
    const identity = entry.rows?.identity;
    if (identity === undefined) continue;
    const known = worths.get(safe(identity)) ?? NOTHING;
    const { money, seconds } = worthOf(entry);
    worths.set(safe(identity), { money: Math.max(known.money, money), seconds: Math.max(known.seconds, seconds) });
  }
  return worths;
};

/** What runs said to keep, and all that stands behind the stages they named: a run that reuses everything uses it. */
const lastUses = (
  place: Place,
  { entries, named }: { readonly entries: ReadonlyMap<string, Stored>; readonly named: ReadonlyMap<string, number> },
): Map<ObjectId, number> => {
  const uses = new Map<ObjectId, number>();
  const used = (objects: readonly ObjectId[], at: number) => {
    for (const object of objects) uses.set(object, Math.max(at, uses.get(object) ?? 0));
  };
  for (const name of filesBelow(`${place.root}/runs`).filter((name) => name.endsWith('.keep'))) {
    const path = `${place.root}/runs/${name}`;
    used(objectsInFile(path), stat(path)?.modified ?? 0);
  }
  for (const [fingerprint, at] of named) {
    const entry = entries.get(safe(fingerprint));
    if (entry) used(objectsNamed(entry), at);
  }
  return uses;
};

/** Fingerprints that runs named, each with the time of the newest of them. */
const stagesOfRuns = (place: Place): Map<string, number> => {
  const newest = new Map<string, number>();
  for (const { id, at, about } of runsOf(place)) {
    const then = stat(`${place.root}/runs/${id}.json`)?.modified ?? Date.parse(at);
    for (const fingerprint of Object.values((about.stages ?? {}) as Record<string, string>))
      newest.set(fingerprint, Math.max(then, newest.get(fingerprint) ?? 0));
  }
  return newest;
};
