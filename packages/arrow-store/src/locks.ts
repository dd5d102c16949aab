import { setTimeout as pause } from 'node:timers/promises';
import type { Lock, Store } from '@millrace/core';
import { linkNew, makeEmpty, names, read, remove, removeIfEmpty, type Stat, stat, write } from './disk.js';
import { linked } from './failure.js';
import { isKeyFolder } from './keys.js';
import { counterOf, newestIn, numbered, padded } from './numbers.js';
import type { Place } from './place.js';
import { sign, unsign } from './signed.js';
import { turn } from './turns.js';

const FIRST_PAUSE = 3;
const LONGEST_PAUSE = 200;

export interface OpenLocks {
  readonly lock: Store['lock'];
  close(): void;
}

/**
 * `locks/ab/abcd…/000000000003.json` names the holder of the third generation. A generation is made by a link, so one
 * wins; only the next after the newest may be made, and only when the newest was given back (it is empty) or its holder
 * is dead. Numbers never start again while the folder stands, so whoever was taken for dead and wakes sees that a newer
 * one is there.
 */
export const openLocks = (place: Place): OpenLocks => {
  const open = new Set<Lock>();
  const lock = async (name: string, signal: AbortSignal): Promise<Lock> => {
    const folder = place.keyFolder('locks', name);
    const done = await turn(folder, signal);
    try {
      const held = lockOf(folder, await taken(place, folder, signal), () => {
        open.delete(held);
        done();
      });
      open.add(held);
      return held;
    } catch (error) {
      done();
      throw error;
    }
  };
  return {
    lock,
    close: () => {
      for (const each of open) each.release();
    },
  };
};

const taken = async (place: Place, folder: string, signal: AbortSignal): Promise<Held> => {
  for (let wait = FIRST_PAUSE; ; wait = Math.min(wait * 1.5, LONGEST_PAUSE)) {
    signal.throwIfAborted();
    const held = attempt(place, folder);
    if (held) return held;
    await pause(wait * (0.5 + Math.random()), undefined, { signal });
  }
};

interface Held {
  readonly generation: number;
  /** What our file says: where a folder of locks was removed, numbers began again. */
  readonly says: string;
}

const attempt = (place: Place, folder: string): Held | undefined => {
  const before = numbered(folder).filter((name) => mayHold(place, `${folder}/${name}`));
  const newest = before.at(-1);
  if (newest !== undefined && !isFree(place, `${folder}/${newest}`)) return undefined;
  const superseded = before.slice(0, -1).filter((name) => (stat(`${folder}/${name}`)?.bytes ?? 0) > 0);
  const generation = newest === undefined ? 1 : counterOf(newest) + 1;
  const draft = place.draft();
  const says = sign({ holder: place.lives.own(), at: new Date().toISOString() });
  write(draft, says, false);
  const won = linkNew(draft, fileOf(folder, generation));
  remove(draft);
  return won && isOurs(place, { folder, generation, superseded }) ? { generation, says } : undefined;
};

/** A folder in the place of a lock is of nobody. */
const mayHold = (place: Place, file: string): boolean => {
  const is = place.stoodAt(file, 'a lock');
  if (is === 'link') throw linked(file);
  return is !== 'folder';
};

interface Claim {
  readonly folder: string;
  readonly generation: number;
  /** Not given back, and newer ones were there when we came: as long as they lie there, the folder is the same. */
  readonly superseded: readonly string[];
}

/**
 * If a newer one came in between, ours was late. All others must still be free: the folder may have been removed and
 * begun anew since we looked. Then they say nothing any more.
 */
const isOurs = (place: Place, { folder, generation, superseded }: Claim): boolean => {
  const all = numbered(folder);
  const older = all.slice(0, -1);
  const taken = (name: string) => !superseded.includes(name) && !isFree(place, `${folder}/${name}`);
  const ours = all.at(-1) === `${padded(generation)}.json` && !older.some(taken);
  for (const name of ours ? older : [`${padded(generation)}.json`]) remove(`${folder}/${name}`);
  return ours;
};

const isFree = (place: Place, file: string): boolean => {
  const bytes = read(file);
  if (!bytes) return false;
  if (bytes.length === 0) return true;
  const said = unsign(bytes.toString('utf8'))?.is as { readonly holder: string } | undefined;
  // Broken: nobody knows the holder. As with a far one: wait, then go on.
  return said ? !place.lives.alive(said.holder) : !place.lives.moves(file, bytes.toString('hex'));
};

const lockOf = (folder: string, { generation, says }: Held, released: () => void): Lock => {
  let open = true;
  const file = fileOf(folder, generation);
  const held = () => open && newestIn(folder) === generation && read(file)?.toString('utf8') === says;
  return {
    held,
    release() {
      if (!open) return;
      try {
        if (held()) makeEmpty(file);
      } finally {
        open = false;
        released();
      }
    },
  };
};

const DAY = 24 * 3_600_000;

/**
 * Locks that were given back: whoever comes later begins at one again. That they lie for a day by the disk's own dates
 * saves a waiter with a list in hand a second try; no more depends on it.
 */
export const removeOldLocks = (place: Place, now: number): void => {
  for (const shard of names(`${place.root}/locks`))
    for (const name of names(`${place.root}/locks/${shard}`).filter((name) => isKeyFolder(shard, name))) {
      const folder = `${place.root}/locks/${shard}/${name}`;
      const all = numbered(folder).map((each) => `${folder}/${each}`);
      const stays = ({ bytes, modified }: Stat) => bytes > 0 || modified >= now - DAY;
      if (all.map(stat).some((there) => there && stays(there))) continue;
      for (const file of all) remove(file);
      removeIfEmpty(folder);
    }
};

const fileOf = (folder: string, generation: number): string => `${folder}/${padded(generation)}.json`;
