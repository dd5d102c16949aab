import {
  exists,
  linkNew,
  makeFolder,
  makeLastingFolder,
  moveIfThere,
  names,
  read,
  realFolder,
  remove,
  syncFolder,
  write,
} from './disk.js';
import { codeOf, StoreError } from './failure.js';
import { token } from './process.js';
import { holdsARecord } from './recognise.js';
import { checkRooms, holdsOnlyOurs, isTop, MARK } from './rooms.js';
import { sign, unsign } from './signed.js';

const FORMAT = 1;

const README = `This folder is a store of Millrace: the outputs of pipelines, so that they need not be computed again.
It may be removed as a whole at any time, when no pipeline runs: what it held is computed again.

format       says that this is a store, and how it is laid out; a folder without it is left alone
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

/** Where a store really lies. A link to it is fine; inside of it, none is followed. */
export const rootOf = realFolder;

/** The folder becomes a store, or is one already, or a sentence says why not. Nothing is written before that is known. */
export const prepare = (root: string): 'was there' | 'made' | 'mended' => {
  const is = stateOf(root);
  checkRooms(root);
  if (is === 'marked') return settled(root);
  if (is === 'unmarked') return remarked(root);
  makeLastingFolder(root);
  mark(root);
  put(root, '.gitignore', '*\n');
  put(root, 'README.txt', README);
  makeFolder(`${root}/records`);
  return 'made';
};

/** For reading there must be a store already. */
export const checkFormat = (root: string): void => {
  if (stateOf(root) === 'empty') throw noStore(root);
  checkRooms(root);
};

type State = 'empty' | 'marked' | 'unmarked';

/** `unmarked`: the mark is lost or broken, and a record says that this is a store. */
const stateOf = (root: string): State => {
  const format = markOf(root);
  if (format !== undefined && format > FORMAT) throw newer(root, format);
  if (format !== undefined) return 'marked';
  const inside = names(root).filter((name) => !isLeftAlone(name));
  if (inside.length === 0) return 'empty';
  // Another process made it a store since the first look: its mark came before all that is there now.
  if (markOf(root) !== undefined) return stateOf(root);
  if (holdsOnlyOurs(root) && holdsARecord(root)) return 'unmarked';
  throw foreign(root, inside);
};

/** What people's tools and disks put into an empty folder, and drafts of a mark whose writer was killed. */
const isLeftAlone = (name: string): boolean =>
  /^(\.(DS_Store|gitignore|gitkeep|format-[0-9a-f]{8})|lost\+found)$/.test(name);

/** The version of the layout, where our signature is under it. A file of another program says nothing. */
const markOf = (root: string): number | undefined => {
  const said = unsign(read(`${root}/${MARK}`)?.toString('utf8') ?? '')?.is as { readonly format?: unknown } | null;
  return typeof said?.format === 'number' ? said.format : undefined;
};

/** Before anything else is there: a power cut leaves a store, or nothing. */
const mark = (root: string): void => {
  put(root, MARK, sign({ format: FORMAT }));
  syncFolder(root);
};

/** `records` comes after the mark is durable. Whoever finds a mark without it may be earlier than its maker, who may be dead. */
const settled = (root: string): 'was there' => {
  if (!exists(`${root}/records`)) syncFolder(root);
  return 'was there';
};

/** Nothing else is in the folder than what a store has: a broken mark is ours too. */
const remarked = (root: string): 'was there' | 'mended' => {
  try {
    const broken = moveIfThere(`${root}/${MARK}`, `${root}/quarantine/${token()}-${MARK}`);
    mark(root);
    return broken ? 'mended' : 'was there';
  } catch (error) {
    // One that can only be read gives its hits all the same.
    if (['EROFS', 'EACCES', 'EPERM'].includes(codeOf(error) ?? '')) return 'was there';
    throw error;
  }
};

/** Whole or not at all, also when several begin at once. */
const put = (root: string, name: string, content: string): void => {
  const draft = `${root}/.${name}-${token()}`;
  write(draft, content, true);
  linkNew(draft, `${root}/${name}`);
  remove(draft);
};

const noStore = (root: string): StoreError =>
  new StoreError({
    what: 'There is no store',
    where: root,
    why: 'It was to be read only, so none was made.',
    now: 'Check the path, or open it for writing once.',
  });

const foreign = (root: string, inside: readonly string[]): StoreError => {
  const others = inside.filter((name) => !isTop(name));
  const named = others.length > 0 ? others : inside;
  return new StoreError({
    what: 'This folder is not a store',
    where: root,
    why: `It holds other things (${named.slice(0, 3).join(', ')}${named.length > 3 ? ', …' : ''}). It has no file \`${MARK}\` of a store, so nothing in it was touched.`,
    now: `Choose a folder of its own (\`--store .millrace\`), an empty one or one that does not exist yet. If this is a store that lost its mark, copy the file \`${MARK}\` of another store into it.`,
  });
};

const newer = (root: string, format: number): StoreError =>
  new StoreError({
    what: 'This store was written by a newer Millrace',
    where: root,
    why: `Its format is ${format}; this version knows formats up to ${FORMAT}.`,
    now: 'Update Millrace, or choose another store.',
  });
