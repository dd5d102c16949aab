import { basename, join } from 'node:path';
import { sha } from '../digest.js';
import { digestOf, stampOf, writeWhole } from '../disk.js';
import { conditionsOfProcess } from '../process.js';
import type { PackageLead } from './edges.js';
import { type Looked, leadTheSame, listingOf } from './looked.js';
import { type Found, findContent, type PackageContent } from './package-content.js';
import type { Asked } from './package-text.js';
import { keptIn, SCHEME } from './scheme.js';

/** What was found out about a package, and the stamps of what it rests on: while these are the same nothing is read. */
interface PackageRecord {
  readonly scheme: string;
  readonly about: About;
  readonly content: PackageContent;
  readonly files: Readonly<Record<string, string>>;
  readonly looked: Looked;
  readonly stamps: Readonly<Record<string, string>>;
}

type About = readonly (string | readonly string[])[];

export interface Records {
  readonly cache: string;
  /** Whether only this user can write what lies there. */
  readonly isPrivate: (path: string) => boolean;
}

const aboutOf = ({ from, how }: Asked): About => [from, how, conditionsOfProcess()];

const fileOf = (asked: Asked, cache: string) =>
  join(cache, 'packages', `${basename(asked.from)}-${sha(JSON.stringify(aboutOf(asked))).slice(0, 16)}.json`);

/** The content that is known of a package, if all that it rests on is as it was. */
export const contentKnown = (asked: Asked, { cache, isPrivate }: Records): PackageRecord | undefined => {
  const file = fileOf(asked, cache);
  const record = keptIn<PackageRecord>(file, isPrivate);
  if (!record || JSON.stringify(record.about) !== JSON.stringify(aboutOf(asked))) return undefined;
  const stamps = stampsNow(record);
  if (!stamps) return undefined;
  if (stamps !== record.stamps) writeWhole(file, JSON.stringify({ ...record, stamps }));
  return record;
};

/** Finds the content, again where a file was changed meanwhile. */
export const contentNow = async (asked: Asked, of: PackageLead, records: Records): Promise<PackageRecord> => {
  const known = contentKnown(asked, records);
  if (known) return known;
  let found = await findContent(asked, of);
  for (let more = 2; more > 0 && wasTouched(found); more--) found = await findContent(asked, of);
  const { content, files, looked } = found;
  const stamps = settled([...Object.keys(files), ...Object.keys(looked.folders)]);
  const record = { scheme: SCHEME, about: aboutOf(asked), content, files, looked, stamps };
  writeWhole(fileOf(asked, records.cache), JSON.stringify(record));
  return record;
};

/** The clock of a file system may lag by so much. */
const LAG = 10;

const wasTouched = ({ files, since }: Found) =>
  Object.keys(files).some((file) => (stampOf(file)?.since ?? since) > since - LAG);

/** A file that is written at this moment may be written again within the same tick of the clock. */
const TICK = 2000;

const settled = (paths: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    paths.flatMap((path) => {
      const stamp = stampOf(path);
      return stamp && Date.now() - stamp.since > TICK ? [[path, stamp.text]] : [];
    }),
  );

/** The stamps of all that a record rests on; undefined where something is not as it was. */
const stampsNow = ({ files, looked: { folders, places }, stamps }: PackageRecord) => {
  const read: string[] = [];
  const isSame = (path: string, holds: () => boolean): boolean => {
    if (stamps[path] !== undefined && stampOf(path)?.text === stamps[path]) return true;
    read.push(path);
    return holds();
  };
  const same =
    leadTheSame(places) &&
    Object.entries(folders).every(([at, { names, digest }]) => isSame(at, () => listingOf(at, names) === digest)) &&
    Object.entries(files).every(([file, digest]) => isSame(file, () => digestOf(file) === digest));
  if (!same) return undefined;
  const fresh = settled(read);
  return Object.keys(fresh).length === 0 ? stamps : { ...stamps, ...fresh };
};
