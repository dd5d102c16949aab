import type { CommitIndex } from '@millrace/core';
import { mark, names } from './disk.js';
import { safe } from './keys.js';
import { newestIn, padded } from './numbers.js';
import type { Place } from './place.js';

const REDRAW = /^redraw-(\d+)-(?:(open|done)|by-([0-9a-z]+)-(\d{12}))$/;

/** Said before the commit that ends it: whether a kill came before or after the record, the record itself tells. */
export const endRedraw = (
  place: Place,
  { identity, redraw }: NonNullable<CommitIndex['ends']>,
  fingerprint: string,
): void => {
  const over = padded(newestIn(place.keyFolder('records', fingerprint)));
  markRedraw(place, identity, `${redraw}-by-${safe(fingerprint)}-${over}`);
};

export const markRedraw = (place: Place, identity: string, word: string): void => {
  place.check();
  const folder = place.keyFolder('rows', identity);
  if (!mark(`${folder}/redraw-${word}`)) return;
  place.touched(folder);
  place.settle();
};

export const redrawOf = (place: Place, identity: string): { done: number; open?: number } => {
  let done = 0;
  let open = 0;
  const all = names(place.keyFolder('rows', identity));
  for (const [, number, word, fingerprint = '', over = ''] of all.map((name) => REDRAW.exec(name) ?? [])) {
    if (word === 'open') open = Math.max(open, Number(number));
    else if (Number(number) > done && (word === 'done' || endedBy(place, fingerprint, over))) done = Number(number);
  }
  return open > done ? { done, open } : { done };
};

const endedBy = (place: Place, fingerprint: string, over: string): boolean =>
  newestIn(place.keyFolder('records', fingerprint)) > Number(over);
