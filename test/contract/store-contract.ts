import { afterEach, beforeEach, describe } from '@jest/globals';
import type { Opened } from './opened.js';
import { entries } from './promises/entries.js';
import { journals } from './promises/journals.js';
import { locks } from './promises/locks.js';
import { folders, objects } from './promises/objects.js';
import { rowMemory } from './promises/rows.js';
import { runsAndFacts } from './promises/runs.js';

/** What every store promises. `open` gives an empty one. */
export const storeContract = (name: string, open: () => Promise<Opened>): void =>
  describe(`store contract: ${name}`, () => {
    let opened: Opened;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.dispose());

    for (const promised of [entries, objects, folders, rowMemory, journals, locks, runsAndFacts])
      promised(() => opened);
  });
