import { type Kind, kindAt, names } from './disk.js';
import { linked, notAFolder } from './failure.js';
import { isObject } from './keys.js';
import { isHolder } from './process.js';

export const isShard = (name: string): boolean => /^[0-9a-z]{2}$/.test(name);

const isRunFile = (name: string): boolean => /^\d{12}\.(json|outcome\.json|keep|spent)$/.test(name);

/** An object that was swept, or its checks. */
export const isTrash = (name: string): boolean => isObject(name.replace(/\.sum$/, ''));

/** The folders of a store, and which names we give directly in them. Whatever has another name there is not ours. */
const ROOMS: { readonly [room: string]: (name: string) => boolean } = {
  records: isShard,
  cutoff: isShard,
  rows: isShard,
  objects: isShard,
  journals: isShard,
  runs: isRunFile,
  locks: isShard,
  alive: isHolder,
  facts: isShard,
  work: isShard,
  tmp: isHolder,
  trash: isTrash,
  quarantine: (name) => /^[0-9a-f]{8}-/.test(name),
  // People's names for stages: only its links are ours.
  'by-name': () => true,
};

export const SHARDED: readonly string[] = Object.keys(ROOMS).filter((room) => ROOMS[room] === isShard);

export const MARK = 'format';

const FILES = [MARK, 'counter', 'README.txt'];

/** All that lies at the top. Names that begin with a dot are of no concern to us. */
export const isTop = (name: string): boolean =>
  name.startsWith('.') || FILES.includes(name) || Object.hasOwn(ROOMS, name);

/** A link instead of a room leads out of the store: nothing behind it is read, written or removed. */
export const checkRooms = (root: string): void => {
  for (const room of Object.keys(ROOMS)) checkIs('folder', `${root}/${room}`);
  for (const file of [MARK, 'counter']) checkIs('file', `${root}/${file}`);
};

const checkIs = (expected: Kind, path: string): void => {
  const is = kindAt(path);
  if (is === 'link') throw linked(path);
  if (is !== undefined && is !== expected && expected === 'folder') throw notAFolder(path);
};

/** Rooms with nothing in them that we would not have named so. */
export const holdsOnlyOurs = (root: string): boolean =>
  names(root).every(isTop) && Object.entries(ROOMS).every(([room, isOurs]) => names(`${root}/${room}`).every(isOurs));
