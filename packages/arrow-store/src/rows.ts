import { basename, dirname } from 'node:path';
import type { Memory, Segment, Store } from '@millrace/core';
import { linkNew, remove, write } from './disk.js';
import { counterOf, DIGITS, numbered, putNumbered, readFileSigned } from './numbers.js';
import type { Place } from './place.js';
import { records, segmentsOf } from './records.js';
import { markRedraw, redrawOf } from './redraws.js';
import { digest, sign } from './signed.js';

type RowMemory = Pick<Store, 'memory' | 'remember' | 'redraw' | 'openRedraw' | 'closeRedraw'>;

/**
 * `rows/ab/abcd…/000000000012-<redraw>-<digest>.json`: the segments of one row identity, only ever added. Redraws are
 * empty files: `redraw-1-open`, `redraw-1-done`, and `redraw-1-by-<fingerprint>-000000000012`: it is done with the record
 * of that fingerprint after the twelfth.
 */
export const rowMemory = (place: Place): RowMemory => {
  const folderOf = (identity: string) => place.keyFolder('rows', identity);
  const redraw = (identity: string) => redrawOf(place, identity);
  const say = (identity: string, word: string) => markRedraw(place, identity, word);
  return {
    memory(identity) {
      const folder = folderOf(identity);
      return lastOfEach(numbered(folder)).flatMap((name): Memory[] => {
        const segment = noted(place, `${folder}/${name}`) ?? noteAgain(place, `${folder}/${name}`);
        return segment ? [{ counter: counterOf(name), redraw: redrawIn(name), segment }] : [];
      });
    },
    remember(identity, redraw, segment) {
      const suffix = suffixOf(redraw, segment);
      const folder = folderOf(identity);
      if (numbered(folder).at(-1)?.endsWith(suffix)) return;
      place.settle();
      putNumbered(place, folder, { is: segment, suffix });
      place.settle();
    },
    redraw,
    openRedraw(identity) {
      const { done, open = done + 1 } = redraw(identity);
      say(identity, `${open}-open`);
      return open;
    },
    closeRedraw: (identity, number) => say(identity, `${number}-done`),
  };
};

const noted = (place: Place, path: string): Segment | undefined => {
  const said = readFileSigned(place, path, 'A note of remembered rows');
  if (!said || isNoteOf(path, said.is)) return said?.is as Segment | undefined;
  place.damage.setAside(path, 'a note of remembered rows does not fit its name');
  return undefined;
};

/** The name of a broken note holds the digest of its segment: the record of an artifact may have the same one. */
const noteAgain = (place: Place, path: string): Segment | undefined => {
  if (!place.damage.isAside(path)) return undefined;
  const segment = recordedSegments(place).find((each) => isNoteOf(path, each));
  if (segment && place.writable) putBack(place, path, segment);
  return segment;
};

const recordedSegments = (place: Place): Segment[] => [...records(place).entries()].flatMap(segmentsOf);

const putBack = (place: Place, path: string, segment: Segment): void => {
  const draft = place.draft();
  write(draft, sign(segment), place.options.durable);
  if (linkNew(draft, path)) place.damage.mended(path);
  remove(draft);
  place.touched(dirname(path));
};

const isNoteOf = (path: string, segment: unknown): boolean =>
  path.endsWith(suffixOf(redrawIn(basename(path)), segment));

const redrawIn = (name: string): number => Number(name.split('-')[1]);

/** A segment that was remembered again counts from then on. */
const lastOfEach = (names: readonly string[]): string[] =>
  [...new Map(names.map((name) => [name.slice(DIGITS), name])).values()].sort();

const suffixOf = (redraw: number, segment: unknown): string =>
  `-${redraw}-${digest(JSON.stringify(segment)).slice(0, 16)}.json`;
