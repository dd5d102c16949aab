import type { Stored } from '@millrace/core';
import { below, exists, hashFile, linkTarget, names, read, stat } from './disk.js';
import { framesOf } from './journal.js';
import { prepare } from './layout.js';
import { newestNumber, raiseCounter, readFileSigned } from './numbers.js';
import type { Place } from './place.js';
import { isHolder } from './process.js';
import { objectsNamed } from './reach.js';
import { recordAt, recordPath, records, segmentsOf } from './records.js';
import { isTop } from './rooms.js';
import { rowMemory } from './rows.js';
import { digest, unsign } from './signed.js';
import { checkTables } from './verify-tables.js';

export interface Verified {
  readonly files: number;
  readonly bytes: number;
  /** Set aside, or mended where that was possible. */
  readonly damaged: readonly { readonly object: string; readonly what: string }[];
  /** Not of the store: left where it is. */
  readonly foreign: readonly { readonly path: string; readonly what: string }[];
  /** What entries refer to and is not there: swept, or set aside before. */
  readonly missing: readonly { readonly fingerprint: string; readonly label: string; readonly object: string }[];
}

export interface VerifyOptions {
  /** And the values of each table, against the digests of its columns. */
  readonly deep?: boolean;
  /** Why an entry is not to be believed, by whoever knows how the digests in it are made. */
  readonly problem?: (entry: Stored) => string | undefined;
}

interface Checked {
  readonly path: string;
  /** From the room on. */
  readonly name: string;
}

type Check = (place: Place, file: Checked) => void | Promise<void>;

/** Every file of a store by its room: against its name or its sum. What is not of the store is named, and stays where it is. */
export const verify = async (place: Place, options: VerifyOptions = {}): Promise<Verified> => {
  const before = place.damage.take();
  const foreign = checkTop(place);
  let files = 0;
  let bytes = 0;
  for (const room of Object.keys(ROOMS))
    for (const { name, is } of below(`${place.root}/${room}`)) {
      const path = `${place.root}/${room}/${name}`;
      const check = is === 'file' ? ROOMS[room]?.find(([pattern]) => pattern.test(name))?.[1] : undefined;
      files++;
      bytes += stat(path)?.bytes ?? 0;
      if (check) await check(place, { path, name });
      else if (!isOfOthers(room, name, path)) foreign.push({ path: `${room}/${name}`, what: whatIs(is) });
    }
  checkSums(place);
  checkEntries(place, options.problem);
  if (options.deep) await checkTables(place);
  const damaged = place.damage.take();
  for (const each of [...before, ...damaged]) place.damage.notice(each.object, each.what);
  return { files, bytes, damaged, foreign, missing: missing(place) };
};

const fine: Check = () => {};

/** What a file in a room is called, and how it is checked. */
const ROOMS: { readonly [room: string]: readonly (readonly [name: { test(name: string): boolean }, check: Check])[] } =
  {
    records: [[/^..\/[0-9a-z]+\/\d{12}\.json$/, record]],
    cutoff: [[/^..\/[0-9a-z]+\/\d{12}-[0-9a-z]+$/, pointing]],
    rows: [
      [/^..\/[0-9a-z]+\/\d{12}-\d+-[0-9a-f]{16}\.json$/, rememberedRows],
      [/^..\/[0-9a-z]+\/redraw-\d+-(open|done|by-[0-9a-z]+-\d{12})$/, fine],
    ],
    objects: [
      [/^(..)\/\1[0-9a-f]{62}\.(arrow|parquet|jsonl|bin|exe)$/, content],
      [/^(..)\/\1[0-9a-f]{62}\.(arrow|parquet|jsonl)\.sum$/, sums],
    ],
    journals: [[/^..\/[0-9a-z]+\/\d+-\d{6}-.*\.\d{3}\.jnl$/, journal]],
    runs: [
      [/^\d{12}\.json$/, signed('the record of a run')],
      [/^\d{12}\.outcome\.json$/, signed('the outcome of a run')],
      [/^\d{12}\.keep$/, fine],
    ],
    locks: [[/^..\/[0-9a-z]+\/\d{12}\.json$/, lock]],
    facts: [[/^..\/[0-9a-f]{32}\.json$/, signed('a fact')]],
    alive: [[{ test: isHolder }, fine]],
    trash: [
      [/^[0-9a-f]{64}\.(arrow|parquet|jsonl|bin|exe)$/, content],
      [/^[0-9a-f]{64}\.(arrow|parquet|jsonl)\.sum$/, sums],
    ],
    work: [],
    tmp: [],
    'by-name': [],
  };

/** What programs leave in the folders that they were given, and our links for people: nothing is known of their content. */
const isOfOthers = (room: string, name: string, path: string): boolean => {
  if (room === 'work') return /^..\/[0-9a-z]+\//.test(name);
  if (room === 'tmp') return isHolder(name.slice(0, name.indexOf('/')));
  return room === 'by-name' && /^(\.\.\/){4}(records|objects)\/[^/.]{2}\/[^/]+$/.test(linkTarget(path) ?? '');
};

const whatIs = (is: string): string =>
  is === 'link' ? 'this link is not of the store, and is not followed' : `this ${is} is not of the store`;

function signed(what: string): Check {
  return (place, { path }) => void readFileSigned(place, path, what);
}

function record(place: Place, { name }: Checked): void {
  const [, fingerprint = '', file = ''] = name.split('/');
  recordAt(place, fingerprint, file);
}

const checkEntries = (place: Place, problemOf: VerifyOptions['problem']): void => {
  for (const entry of problemOf ? records(place).entries() : []) {
    const problem = problemOf?.(entry);
    if (problem !== undefined) place.damage.setAside(recordPath(place, entry), problem);
  }
};

function rememberedRows(place: Place, { name }: Checked): void {
  rowMemory(place).memory(name.split('/')[1] ?? '');
}

/** An index entry without its record is of no use to anyone. */
function pointing(place: Place, { path, name }: Checked): void {
  const [counter = '', fingerprint = ''] = (name.split('/')[2] ?? '').split('-');
  const target = `${place.root}/records/${fingerprint.slice(0, 2)}/${fingerprint}/${counter}.json`;
  if (!exists(target)) place.damage.setAside(path, 'it points to a record that is not there');
}

async function content(place: Place, { path, name }: Checked): Promise<void> {
  const bytes = stat(path)?.bytes;
  const sha256 = name.slice(name.lastIndexOf('/') + 1).slice(0, 64);
  if (bytes === 0 && sha256 !== digest('')) place.damage.setAside(path, 'it is empty');
  else if (bytes !== undefined && (await hashFile(path)) !== sha256)
    place.damage.setAside(path, 'its content is not what its name says');
}

function sums(place: Place, { path }: Checked): void {
  const bytes = read(path);
  if (bytes && digest(bytes.subarray(0, -32)) !== bytes.subarray(-32).toString('hex'))
    place.damage.setAside(path, 'the checks of an object are broken');
}

/** What records say of the checks beside their objects. */
const checkSums = (place: Place): void => {
  for (const entry of records(place).entries())
    for (const { data, checks } of segmentsOf(entry)) {
      const path = `${place.root}/objects/${data?.slice(0, 2)}/${data}.sum`;
      const bytes = checks === undefined ? undefined : read(path);
      if (bytes && !data?.endsWith('.jsonl') && digest(bytes.subarray(0, -32)) !== checks)
        place.damage.setAside(path, 'the checks of an object are not those that its record names');
    }
};

/** The answers that are whole stay where they are. */
function journal(place: Place, { path, name }: Checked): void {
  const broken = framesOf(read(path) ?? Buffer.alloc(0)).broken;
  if (broken) place.damage.notice(`journals/${name}`, `broken in ${broken} places; its other answers are kept`);
}

/** Empty: given back. */
function lock(place: Place, { path }: Checked): void {
  const bytes = read(path);
  if (bytes && bytes.length > 0 && !unsign(bytes.toString('utf8'))) place.damage.setAside(path, 'a lock is broken');
}

const checkTop = (place: Place): { readonly path: string; readonly what: string }[] => {
  const foreign = names(place.root).filter((name) => !isTop(name));
  if (place.writable) mendTop(place);
  return foreign.map((path) => ({ path, what: 'this is not of the store' }));
};

const mendTop = (place: Place): void => {
  prepare(place.root);
  const newest = newestNumber(place.root);
  if ((stat(`${place.root}/counter`)?.bytes ?? 0) >= newest) return;
  raiseCounter(place, newest);
  place.damage.notice('counter', `it stood below ${newest}, the newest number in use, and was raised`);
};

const missing = (place: Place): Verified['missing'] =>
  [...records(place).entries()].flatMap((entry) =>
    objectsNamed(entry)
      .filter((object) => !exists(`${place.root}/objects/${object.slice(0, 2)}/${object}`))
      .map((object) => ({ fingerprint: entry.fingerprint, label: entry.label, object })),
  );
