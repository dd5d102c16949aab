import type { Store } from '@millrace/core';
import { write } from './disk.js';
import { readFileSigned } from './numbers.js';
import type { Place } from './place.js';
import { digest, sign } from './signed.js';

interface Fact {
  readonly name: string;
  readonly value: unknown;
}

/** `facts/ab/abcd….json`. Losing one costs time only, so nothing is synced. */
export const facts = (place: Place): Pick<Store, 'fact' | 'putFact'> => {
  const fileOf = (name: string) => {
    const key = digest(name).slice(0, 32);
    return `${place.shard('facts', key)}/${key}.json`;
  };
  return {
    fact(name) {
      const said = readFileSigned(place, fileOf(name), 'A noted fact')?.is as Fact | undefined;
      if (said === undefined || said.name === name) return said?.value;
      place.damage.setAside(fileOf(name), 'a fact of another name stands here');
      return undefined;
    },
    putFact(name, value) {
      const draft = place.draft();
      write(draft, sign({ name, value }), false);
      place.put(draft, fileOf(name), 'a noted fact');
    },
  };
};
