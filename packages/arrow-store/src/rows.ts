import type { Memory, Segment, Store } from '@millrace/core';
import { exists, mark, names } from './disk.js';
import { sharded } from './keys.js';
import { counterOf, numbered, putNumbered, readFileSigned } from './numbers.js';
import type { Place } from './place.js';
import { digest } from './signed.js';

type RowMemory = Pick<Store, 'memory' | 'remember' | 'redraw' | 'openRedraw' | 'closeRedraw'>;

const REDRAW = /^redraw-(\d+)-(open|done)$/;

/**
 * `rows/ab/abcd…/000000000012-<redraw>-<digest>.json`: the segments of one row identity, only ever added. Redraws are
 * empty files: `redraw-1-open`, `redraw-1-done`.
 */
export const rowMemory = (place: Place): RowMemory => {
  const folderOf = (identity: string) => sharded(`${place.root}/rows`, identity);
  const redraw = (identity: string) => redrawOf(names(folderOf(identity)));
  const say = (identity: string, word: string): void => {
    place.check();
    const folder = folderOf(identity);
    if (!mark(`${folder}/redraw-${word}`)) return;
    place.touched(folder);
    place.settle();
  };
  return {
    memory(identity) {
      const folder = folderOf(identity);
      return numbered(folder).flatMap((name): Memory[] => {
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
      if (exists(folder) && numbered(folder).some((name) => name.endsWith(suffix))) return;
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

const suffixOf = (redraw: number, segment: unknown): string =>
  `-${redraw}-${digest(JSON.stringify(segment)).slice(0, 16)}.json`;

const redrawOf = (all: readonly string[]): { done: number; open?: number } => {
  const highest = (word: string) =>
    Math.max(0, ...all.map((name) => REDRAW.exec(name)).map((found) => (found?.[2] === word ? Number(found[1]) : 0)));
  const done = highest('done');
  const open = highest('open');
  return open > done ? { done, open } : { done };
};
