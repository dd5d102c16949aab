import type { CommitIndex, Memory, Segment, Store } from '@millrace/core';
import { mark, names } from './disk.js';
import { safe } from './keys.js';
import { counterOf, DIGITS, newestIn, numbered, padded, putNumbered, readFileSigned } from './numbers.js';
import type { Place } from './place.js';
import { digest } from './signed.js';

type RowMemory = Pick<Store, 'memory' | 'remember' | 'redraw' | 'openRedraw' | 'closeRedraw'>;

const REDRAW = /^redraw-(\d+)-(?:(open|done)|by-([0-9a-z]+)-(\d{12}))$/;

/**
 * `rows/ab/abcd…/000000000012-<redraw>-<digest>.json`: the segments of one row identity, only ever added. Redraws are
 * empty files: `redraw-1-open`, `redraw-1-done`, and `redraw-1-by-<fingerprint>-000000000012`: it is done with the record
 * of that fingerprint after the twelfth.
 */
export const rowMemory = (place: Place): RowMemory => {
  const folderOf = (identity: string) => place.keyFolder('rows', identity);
  const redraw = (identity: string) => redrawOf(place, names(folderOf(identity)));
  const say = (identity: string, word: string) => markRedraw(place, identity, word);
  return {
    memory(identity) {
      const folder = folderOf(identity);
      return lastOfEach(numbered(folder)).flatMap((name): Memory[] => {
        const said = readFileSigned(place, `${folder}/${name}`, 'A note of remembered rows');
        if (!said) return [];
        const redraw = Number(name.split('-')[1]);
        if (name.endsWith(suffixOf(redraw, said.is)))
          return [{ counter: counterOf(name), redraw, segment: said.is as Segment }];
        place.damage.setAside(`${folder}/${name}`, 'a note of remembered rows does not fit its name');
        return [];
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

/** A segment that was remembered again counts from then on. */
const lastOfEach = (names: readonly string[]): string[] =>
  [...new Map(names.map((name) => [name.slice(DIGITS), name])).values()].sort();

const suffixOf = (redraw: number, segment: unknown): string =>
  `-${redraw}-${digest(JSON.stringify(segment)).slice(0, 16)}.json`;

/** Said before the commit that ends it: whether a kill came before or after the record, the record itself tells. */
export const endRedraw = (
  place: Place,
  { identity, redraw }: NonNullable<CommitIndex['ends']>,
  fingerprint: string,
): void => {
  const over = padded(newestIn(place.keyFolder('records', fingerprint)));
  markRedraw(place, identity, `${redraw}-by-${safe(fingerprint)}-${over}`);
};

const markRedraw = (place: Place, identity: string, word: string): void => {
  place.check();
  const folder = place.keyFolder('rows', identity);
  if (!mark(`${folder}/redraw-${word}`)) return;
  place.touched(folder);
  place.settle();
};

const redrawOf = (place: Place, all: readonly string[]): { done: number; open?: number } => {
  let done = 0;
  let open = 0;
  for (const [, number, word, fingerprint = '', over = ''] of all.map((name) => REDRAW.exec(name) ?? [])) {
    if (word === 'open') open = Math.max(open, Number(number));
    else if (Number(number) > done && (word === 'done' || endedBy(place, fingerprint, over))) done = Number(number);
  }
  return open > done ? { done, open } : { done };
};

const endedBy = (place: Place, fingerprint: string, over: string): boolean =>
  newestIn(place.keyFolder('records', fingerprint)) > Number(over);
