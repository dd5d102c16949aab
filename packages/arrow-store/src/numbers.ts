import { relative } from 'node:path';
import { appendByte, linkNew, names, read, remove, sized, write } from './disk.js';
import { isUnreadable } from './failure.js';
import type { Place } from './place.js';
import { sign, unsign } from './signed.js';

export const DIGITS = 12;

export const padded = (counter: number): string => String(counter).padStart(DIGITS, '0');

export const counterOf = (name: string): number => Number(name.slice(0, DIGITS));

/** Names that begin with a counter, oldest first. */
export const numbered = (folder: string): string[] =>
  names(folder)
    .filter((name) => /^\d{12}[.-]/.test(name))
    .sort();

export const newestIn = (folder: string): number => {
  const last = numbered(folder).at(-1);
  return last === undefined ? 0 : counterOf(last);
};

/** The newest number in use. */
export const newestNumber = (root: string): number =>
  ['records', 'cutoff', 'rows']
    .flatMap((room) => names(`${root}/${room}`).map((shard) => `${root}/${room}/${shard}`))
    .flatMap((shard) => names(shard).map((key) => newestIn(`${shard}/${key}`)))
    .reduce((most, number) => Math.max(most, number), 0);

/** A counter that was lost begins after the newest number in use. */
export const mendCounter = (place: Place): void => {
  const is = place.stoodAt(counterAt(place), 'the counter');
  if (is === undefined || is === 'folder') beginCounter(place, newestNumber(place.root));
};

export const raiseCounter = (place: Place, to: number): void => {
  remove(counterAt(place));
  beginCounter(place, to);
};

const beginCounter = (place: Place, at: number): void => {
  const draft = place.draft();
  sized(draft, at);
  linkNew(draft, counterAt(place));
  remove(draft);
};

/**
 * The store's counter is the size of a file that grows by one byte: no lock, nothing to repair after a kill. Whoever
 * asks after another was answered gets more. Two that ask at once may get the same, and neither came first; for one key
 * `over`, and that a name can be given once, decide.
 */
const nextCounter = (place: Place, over: number): number => {
  mendCounter(place);
  return Math.max(appendByte(counterAt(place)), over + 1);
};

const counterAt = (place: Place): string => `${place.root}/counter`;

/** Writes a new numbered file, after all that is in the folder, durable, all or nothing. */
export const putNumbered = (
  place: Place,
  folder: string,
  file: { readonly is: unknown; readonly over?: number; readonly suffix?: string },
): number => {
  const draft = place.draft();
  write(draft, sign(file.is), place.options.durable);
  let counter = nextCounter(place, Math.max(newestIn(folder), file.over ?? 0));
  while (!linkNew(draft, `${folder}/${padded(counter)}${file.suffix ?? '.json'}`))
    counter = nextCounter(place, counter);
  remove(draft);
  place.touched(folder);
  return counter;
};

/** The bytes of a file; one that the disk cannot read is set aside and is not there. */
export const legible = (place: Place, path: string, what: string): Buffer | undefined => {
  try {
    const bytes = read(path);
    if (!bytes && place.stoodAt(path, what.toLowerCase()) === 'link')
      place.damage.notice(
        relative(place.root, path),
        `a link stands in the place of ${what.toLowerCase()}, and is not followed`,
      );
    return bytes;
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    place.damage.setAside(path, `${what} cannot be read by the disk`);
    return undefined;
  }
};

/** What a signed file says; a broken one is set aside and says nothing. */
export const readFileSigned = (place: Place, path: string, what: string): { readonly is: unknown } | undefined => {
  if (place.damage.isBad(path)) return undefined;
  const bytes = legible(place, path, what);
  if (!bytes) return undefined;
  const said = unsign(bytes.toString('utf8'));
  if (!said) place.damage.setAside(path, `${what} is broken (${bytes.length} bytes)`);
  return said;
};
