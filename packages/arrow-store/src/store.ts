import { resolve } from 'node:path';
import { type Format, type Store, SWEPT_UNNOTED } from '@millrace/core';
import { kindAt, names, removeTree, roomAt } from './disk.js';
import { facts } from './facts.js';
import { StoreError } from './failure.js';
import { openJournals } from './journal.js';
import { safe } from './keys.js';
import { checkFormat, prepare, rootOf } from './layout.js';
import { type Listed, list } from './list.js';
import { openLocks } from './locks.js';
import { mendCounter, newestNumber } from './numbers.js';
import { FileObjects } from './objects.js';
import { type Overlay, overlaid } from './overlay.js';
import { type Durability, Place } from './place.js';
import { isHolder } from './process.js';
import { records } from './records.js';
import { rowMemory } from './rows.js';
import { openRuns, workLease } from './runs.js';
import { clear, type SweepOptions, type Swept, sweep } from './sweep.js';
import { temporaryRoot } from './temporary.js';
import type { Verified, VerifyOptions } from './verify.js';

export interface StoreOptions {
  /** When it cannot be written: `stop` (default) says so and ends; `warn` goes on with a temporary store. */
  readonly onFailure?: 'stop' | 'warn';
  /** Where a stage does not ask for one. */
  readonly format?: Format;
  /** `read`: nothing is written there, whatever the rights say. */
  readonly access?: 'write' | 'read';
  /**
   * When an answer survives a loss of power: `second` (default) within a second, `each` before it counts, so that only calls in
   * flight are asked again. A killed process loses no answer in either.
   */
  readonly durability?: Durability;
  /** How long the holder of a lock on another machine may stand still before it counts as dead. */
  readonly patienceMs?: number;
}

/** What is done to a store, not with it. Plain results; what they say is up to others. */
export interface Maintenance {
  ls(): readonly Listed[];
  /** Every file is read, also all objects; `deep`: and every table, value by value. */
  verify(options?: VerifyOptions): Promise<Verified>;
  gc(options?: SweepOptions): Swept;
  clear(fingerprints: readonly string[], options?: { readonly dryRun?: boolean }): Swept;
}

export type FileStore = Store & Maintenance;

const PATIENCE = 10_000;

/** Opens the store in a folder, or makes one there. One that can only be read gives hits; new results are temporary. */
export const openStore = (path: string, options: StoreOptions = {}): FileStore => {
  const root = resolve(path);
  const over = () => temporaryStore(options);
  try {
    const store = opened(root, { ...options, durable: true });
    if (!store.writable) return above(store, { over, from: 'at once' });
    return options.onFailure === 'warn' ? above(store, { over, from: 'after a failure' }) : store;
  } catch (error) {
    if (options.onFailure !== 'warn' || !(error instanceof StoreError)) throw error;
    return told(over(), { object: root, what: `results are kept for this run only: ${error.message}` });
  }
};

const above = (store: FileStore, overlay: Overlay): FileStore => {
  const { ls, verify, gc, clear } = store;
  return Object.assign(overlaid(store, overlay), { ls, verify, gc, clear });
};

/** Ends with the process, however it ends. */
export const temporaryStore = ({ format = 'auto' }: Pick<StoreOptions, 'format'> = {}): FileStore => {
  const folder = temporaryRoot();
  const store = opened(folder.path, { format, durable: false });
  const close = async () => {
    await store.close();
    folder.remove();
  };
  return { ...store, close };
};

const opened = (root: string, options: StoreOptions & { readonly durable: boolean }): FileStore => {
  const { access = 'write', durable, durability = 'second', patienceMs = PATIENCE } = options;
  const real = rootOf(root);
  const found = access === 'write' ? prepare(real) : checkFormat(real);
  const place = new Place(real, { access, durable, durability, patience: patienceMs });
  if (found === 'mended') place.damage.notice('format', 'it was broken and was written anew');
  if (place.writable) tidyNowAndLater(place);
  if (place.writable && durable) noteUnnoted(place);
  const runs = openRuns(place);
  const locks = openLocks(place);
  const journals = openJournals(place);
  return {
    where: root,
    writable: place.writable,
    room: () => roomAt(real),
    ...methods(new FileObjects(place, runs.keep, options.format ?? 'auto')),
    ...records(place),
    ...rowMemory(place),
    ...journals.journals,
    ...facts(place),
    ...runs.runs,
    lock: locks.lock,
    ls: () => list(place),
    verify: async (options) => (await import('./verify.js')).verify(place, options),
    gc: (options) => sweep(place, options),
    clear: (fingerprints, options = {}) => clear(place, fingerprints, options),
    noticed: () => place.damage.take(),
    scratch: () => place.scratch(),
    workFolder: (name) => {
      runs.keep([workLease(safe(name))]);
      return place.workFolder(name);
    },
    dropWorkFolder: (name) => place.dropWorkFolder(name),
    close: async () => closeAll([journals, locks, runs, place]),
  };
};

/** One that cannot be closed, as a journal on a full disk, does not keep the others open. */
const closeAll = (rooms: readonly { close(): void }[]): void => {
  const [first, ...others] = rooms;
  try {
    first?.close();
  } finally {
    if (others.length > 0) closeAll(others);
  }
};

/** Stores of 0.1 did not note what they swept. What they miss counts as swept, so that no run pays for it unasked. */
const noteUnnoted = (place: Place): void => {
  const { fact, putFact } = facts(place);
  if (fact(SWEPT_UNNOTED) === undefined) putFact(SWEPT_UNNOTED, newestNumber(place.root));
};

/** What other machines left is removed by who is open for long enough to have seen that they do not beat. */
const tidyNowAndLater = (place: Place): void => {
  mendCounter(place);
  tidy(place);
  place.lives.whileOthersMayBeDead(() => tidyQuietly(place));
};

/** Nobody waits for it: what cannot be removed now is removed another time. */
const tidyQuietly = (place: Place): void => {
  try {
    tidy(place);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
  }
};

/** What killed processes left behind: folders that they named, and nothing else. */
const tidy = (place: Place): void => {
  place.lives.sweep();
  const tmp = `${place.root}/tmp`;
  for (const name of names(tmp).filter(isHolder))
    if (kindAt(`${tmp}/${name}`) === 'folder' && !place.lives.alive(name)) removeTree(`${tmp}/${name}`);
};

const methods = (objects: FileObjects): Pick<Store, keyof FileObjects> => ({
  putRows: (batches, columns, format) => objects.putRows(batches, columns, format),
  openRows: (object, checks) => objects.openRows(object, checks),
  putBytes: (bytes) => objects.putBytes(bytes),
  getBytes: (object) => objects.getBytes(object),
  putFile: (from) => objects.putFile(from),
  placeFile: (object, to, how) => objects.placeFile(object, to, how),
  missing: (ids) => objects.missing(ids),
});

const told = (store: FileStore, first: { readonly object: string; readonly what: string }): FileStore => {
  const list = [first];
  return { ...store, noticed: () => [...list.splice(0), ...store.noticed()] };
};
