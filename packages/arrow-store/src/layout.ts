import { exists, linkNew, makeFolder, moveIfThere, names, read, remove, write } from './disk.js';
import { StoreError } from './failure.js';
import { newestIn, raiseCounter } from './numbers.js';
import type { Place } from './place.js';
import { token } from './process.js';
import { sign, unsign } from './signed.js';

const FORMAT = 1;

const README = `This folder is a store of Millrace: the outputs of pipelines, so that they need not be computed again.
It may be removed as a whole at any time, when no pipeline runs: what it held is computed again.

records/     one small JSON file for each commit: what was computed, from what, how long it took, where its objects are
cutoff/      names only: which record was made by the same computation from the same inputs
rows/        which objects hold the answers of a row-wise stage
objects/     the data: .arrow and .parquet open in pandas, Polars and DuckDB; the name is the sha256 of the content
journals/    answers of stages that are running, or were killed; nothing sweeps them before they stand in an object
runs/        one record for each run
locks/       who computes what right now
alive/       who uses this store right now
facts/       digests of files and code, to look faster
work/        folders of stages that go on where a killed run stopped
tmp/         files in the making
trash/       swept objects, for a while
quarantine/  what was found damaged, each with a note
`;

const FOLDERS = 'records cutoff rows objects journals runs locks alive facts work tmp trash quarantine'.split(' ');

/** All that lies at the top. */
export const ROOMS: ReadonlySet<string> = new Set([...FOLDERS, 'README.txt', 'format', 'counter']);

/** The folder becomes a store, or is one already, or a sentence says why not. */
export const prepare = (root: string): 'was there' | 'made' | 'mended' => {
  const found = formatOf(root, 'write');
  if (found === 'ours') return 'was there';
  const inside = names(root).filter((name) => !/^\.(DS_Store|gitignore)$/.test(name));
  if (inside.length > 0 && !inside.some((name) => FOLDERS.includes(name))) throw foreign(root, inside);
  makeFolder(`${root}/records`);
  place(root, '.gitignore', '*\n');
  place(root, 'README.txt', README);
  place(root, 'format', sign({ format: FORMAT }));
  return found === 'broken' ? 'mended' : 'made';
};

/** For reading there must be a store already. */
export const checkFormat = (root: string): void => {
  if (formatOf(root, 'read') === 'ours' || names(root).includes('records')) return;
  throw new StoreError({
    what: 'There is no store',
    where: root,
    why: 'It was to be read only, so none was made.',
    now: 'Check the path, or open it for writing once.',
  });
};

/** Whole or not at all, also when several begin at once. */
const place = (root: string, name: string, content: string): void => {
  const draft = `${root}/.${name}-${token()}`;
  write(draft, content, true);
  linkNew(draft, `${root}/${name}`);
  remove(draft);
};

const formatOf = (root: string, access: 'read' | 'write'): 'ours' | 'broken' | 'none' => {
  const text = read(`${root}/format`)?.toString('utf8');
  if (text === undefined) return 'none';
  const said = unsign(text)?.is as { readonly format: number } | undefined;
  if (said && said.format > FORMAT) throw newer(root, said.format);
  // A broken one is written anew: what it stands for is checked file by file.
  if (!said && access === 'write') moveIfThere(`${root}/format`, `${root}/quarantine/${token()}-format`);
  return said ? 'ours' : 'broken';
};

/** A counter that was lost or cut starts after the newest number in use. */
export const mendCounter = (place: Place): void => {
  if (exists(`${place.root}/counter`)) return;
  raiseCounter(place, newestNumber(place.root));
};

export const newestNumber = (root: string): number =>
  ['records', 'cutoff', 'rows']
    .flatMap((room) => names(`${root}/${room}`).map((shard) => `${root}/${room}/${shard}`))
    .flatMap((shard) => names(shard).map((key) => newestIn(`${shard}/${key}`)))
    .reduce((most, number) => Math.max(most, number), 0);

const foreign = (root: string, inside: readonly string[]): StoreError =>
  new StoreError({
    what: 'This folder is not a store',
    where: root,
    why: `It holds other things (${inside.slice(0, 3).join(', ')}${inside.length > 3 ? ', …' : ''}).`,
    now: 'Choose an empty folder, or one that does not exist yet.',
  });

const newer = (root: string, format: number): StoreError =>
  new StoreError({
    what: 'This store was written by a newer Millrace',
    where: root,
    why: `Its format is ${format}; this version knows formats up to ${FORMAT}.`,
    now: 'Update Millrace, or choose another store.',
  });
