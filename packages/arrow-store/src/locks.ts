import { setTimeout as pause } from 'node:timers/promises';
import type { Lock, Store } from '@millrace/core';
import { DAY } from './alive.js';
import { linkNew, makeEmpty, names, read, remove, removeTree, stat, write } from './disk.js';
import { sharded } from './keys.js';
import { newestIn, numbered, padded } from './numbers.js';
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
    const folder = sharded(`${place.root}/locks`, name);
    const done = await turn(folder, signal);
    try {
      const generation = await taken(place, folder, signal);
      const held = lockOf(folder, generation, () => {
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

const taken = async (place: Place, folder: string, signal: AbortSignal): Promise<number> => {
  for (let wait = FIRST_PAUSE; ; wait = Math.min(wait * 1.5, LONGEST_PAUSE)) {
    signal.throwIfAborted();
    const generation = attempt(place, folder);
    if (generation !== undefined) return generation;
    await pause(wait * (0.5 + Math.random()), undefined, { signal });
  }
};

const attempt = (place: Place, folder: string): number | undefined => {
  const newest = newestIn(folder);
  if (newest > 0 && !isFree(place, fileOf(folder, newest))) return undefined;
  const draft = place.draft();
  write(draft, sign({ holder: place.lives.own(), at: new Date().toISOString() }), false);
  const won = linkNew(draft, fileOf(folder, newest + 1));
  remove(draft);
  return won && stillNewest(folder, newest + 1) ? newest + 1 : undefined;
};

/** Older generations say nothing any more. If a newer one came in between, ours was late. */
const stillNewest = (folder: string, generation: number): boolean => {
  const all = numbered(folder);
  const newest = all.at(-1);
  if (newest !== `${padded(generation)}.json`) {
    remove(fileOf(folder, generation));
    return false;
  }
  for (const name of all.slice(0, -1)) remove(`${folder}/${name}`);
  return true;
};

const isFree = (place: Place, file: string): boolean => {
  const bytes = read(file);
  if (!bytes) return false;
  if (bytes.length === 0) return true;
  const said = unsign(bytes.toString('utf8'))?.is as { readonly holder: string } | undefined;
  // Broken: nobody knows the holder. As with a far one: wait, then go on.
  return said ? !place.lives.alive(said.holder) : !place.lives.moves(file, bytes.toString('hex'));
};

const lockOf = (folder: string, generation: number, released: () => void): Lock => {
  let open = true;
  const held = () => open && newestIn(folder) === generation;
  return {
    held,
    release() {
      if (!open) return;
      try {
        if (held()) makeEmpty(fileOf(folder, generation));
      } finally {
        open = false;
        released();
      }
    },
  };
};

/** Whoever comes later begins at one again; a day, since nobody waits for so long with a list in hand. */
export const removeOldLocks = (place: Place, now: number): void => {
  for (const shard of names(`${place.root}/locks`))
    for (const name of names(`${place.root}/locks/${shard}`)) {
      const folder = `${place.root}/locks/${shard}/${name}`;
      const newest = fileOf(folder, newestIn(folder));
      if ((stat(newest)?.modified ?? now) < now - DAY && isFree(place, newest)) removeTree(folder);
    }
};

const fileOf = (folder: string, generation: number): string => `${folder}/${padded(generation)}.json`;
