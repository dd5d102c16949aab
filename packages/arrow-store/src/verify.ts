import { exists, filesBelow, hashFile, names, read, stat } from './disk.js';
import { framesOf } from './journal.js';
import { safe } from './keys.js';
import { newestNumber, prepare, ROOMS as TOP } from './layout.js';
import { raiseCounter, readFileSigned } from './numbers.js';
import type { Place } from './place.js';
import { objectsNamed } from './reach.js';
import { records } from './records.js';
import { rowMemory } from './rows.js';
import { digest, unsign } from './signed.js';

export interface Verified {
  readonly files: number;
  readonly bytes: number;
  /** Set aside, or mended where that was possible. */
  readonly damaged: readonly { readonly object: string; readonly what: string }[];
  /** What entries refer to and is not there: swept, or set aside before. */
  readonly missing: readonly { readonly fingerprint: string; readonly label: string; readonly object: string }[];
}

interface Checked {
  readonly path: string;
  /** From the room on. */
  readonly name: string;
  readonly deep: boolean;
}

type Check = (place: Place, file: Checked) => void | Promise<void>;

/** Every file of a store by its room. Whatever is not of the store is set aside. */
export const verify = async (place: Place, options: { readonly deep?: boolean } = {}): Promise<Verified> => {
  const before = place.damage.take();
  checkTop(place);
  let files = 0;
  let bytes = 0;
  for (const [room, checks] of Object.entries(ROOMS))
    for (const name of filesBelow(`${place.root}/${room}`)) {
      const path = `${place.root}/${room}/${name}`;
      files++;
      bytes += stat(path)?.bytes ?? 0;
      const check = checks.find(([pattern]) => pattern.test(name))?.[1] ?? foreign;
      await check(place, { path, name, deep: options.deep ?? false });
    }
  const damaged = place.damage.take();
  for (const each of [...before, ...damaged]) place.damage.notice(each.object, each.what);
  return { files, bytes, damaged, missing: missing(place) };
};

/** What a file in a room is called, and how it is checked. */
const ROOMS: { readonly [room: string]: readonly (readonly [name: RegExp, check: Check])[] } = {
  records: [[/^..\/[0-9a-z]+\/\d{12}\.json$/, record]],
  cutoff: [[/^..\/[0-9a-z]+\/\d{12}-[0-9a-z]+$/, pointing]],
  rows: [
    [/^..\/[0-9a-z]+\/\d{12}-\d+-[0-9a-f]{16}\.json$/, rememberedRows],
    [/^..\/[0-9a-z]+\/redraw-\d+-(open|done|by-[0-9a-z]+-\d{12})$/, () => {}],
  ],
  objects: [
    [/^..\/[0-9a-f]{64}\.(arrow|parquet|jsonl|bin|exe)$/, content],
    [/^..\/[0-9a-f]{64}\.(arrow|parquet|jsonl)\.sum$/, sums],
  ],
  journals: [[/^..\/[0-9a-z]+\/\d+-\d{6}-.*\.\d{3}\.jnl$/, journal]],
  runs: [
    [/^\d{12}\.json$/, signed('the record of a run')],
    [/^\d{12}\.outcome\.json$/, signed('the outcome of a run')],
    [/^\d{12}\.keep$/, () => {}],
  ],
  locks: [[/^..\/[0-9a-z]+\/\d{12}\.json$/, lock]],
  facts: [[/^..\/[0-9a-f]{32}\.json$/, signed('a fact')]],
};

function foreign(place: Place, { path }: Checked): void {
  if (exists(path)) place.damage.setAside(path, 'this file is not of the store');
}

function signed(what: string): Check {
  return (place, { path }) => void readFileSigned(place, path, what);
}

function record(place: Place, { path, name }: Checked): void {
  const said = readFileSigned(place, path, 'a record')?.is as { readonly fingerprint: string } | null | undefined;
  if (said && safe(said.fingerprint) !== name.split('/')[1])
    place.damage.setAside(path, 'a record of another fingerprint stands here');
}

function rememberedRows(place: Place, { name }: Checked): void {
  rowMemory(place).memory(name.split('/')[1] ?? '');
}

/** An index entry without its record is of no use to anyone. */
function pointing(place: Place, { path, name }: Checked): void {
  const [counter = '', fingerprint = ''] = (name.split('/')[2] ?? '').split('-');
  const target = `${place.root}/records/${fingerprint.slice(0, 2)}/${fingerprint}/${counter}.json`;
  if (!exists(target)) place.damage.setAside(path, 'it points to a record that is not there');
}

async function content(place: Place, { path, name, deep }: Checked): Promise<void> {
  const bytes = stat(path)?.bytes;
  const sha256 = name.slice(3, 67);
  if (bytes === 0 && sha256 !== digest('')) place.damage.setAside(path, 'it is empty');
  else if (deep && bytes !== undefined && (await hashFile(path)) !== sha256)
    place.damage.setAside(path, 'its content is not what its name says');
}

function sums(place: Place, { path }: Checked): void {
  const bytes = read(path);
  if (bytes && digest(bytes.subarray(0, -32)) !== bytes.subarray(-32).toString('hex'))
    place.damage.setAside(path, 'the checks of an object are broken');
}

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

const checkTop = (place: Place): void => {
  if (!place.writable) return;
  prepare(place.root);
  for (const name of names(place.root).filter((name) => !TOP.has(name) && !name.startsWith('.')))
    place.damage.setAside(`${place.root}/${name}`, 'this is not of the store');
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
