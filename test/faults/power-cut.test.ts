import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { CAMPAIGN, figures, times } from '../campaign.js';
import { chance } from '../chance.js';
import { Lab } from './lab.js';
import { SCENARIOS, type Scenario } from './scenarios.js';
import { shim } from './shim.js';

jest.setTimeout(times(600_000, 600_000, 7_200_000));

const library = shim();
let lab: Lab;
beforeAll(async () => {
  if (library) lab = await Lab.open(library);
});
afterAll(() => lab?.close());

/** Whatever is done by a program of the user is not recorded. */
const RECORDED = SCENARIOS.filter(({ name }) => name !== 'a folder with a place');

const FIRST = RECORDED.find(({ name }) => name === 'a first run') as Scenario;
const EACH: Scenario = {
  ...FIRST,
  name: 'a run whose answers are synced each',
  act: ['run', '--durability', 'each'],
  settle: [['run']],
};

/** In the normal run one of six, and the one that promises most. */
const MET = [...RECORDED.filter((_, i) => CAMPAIGN !== 'short' || i % 6 === 0), EACH];

test.each(MET.map((scenario, i) => [scenario.name, scenario, i] as const))(
  'power cuts in the middle of %s: nothing wrong is believed, what was synced is not asked again',
  async (_, scenario, i) => {
    if (!library) return;
    const recorded = await lab.record(scenario);
    const random = chance(200 + i);
    const cuts = times(1, 8, recorded.changes.length);
    const found: string[] = [];
    for (let n = 0; n < cuts; n++) {
      const at = Math.floor(((n + random()) * recorded.changes.length) / cuts);
      found.push(...(await lab.cut(recorded, at, random)));
    }
    figures(`power cuts in ${scenario.name}: ${cuts}, ${found.length} wrong`);
    for (const each of found) figures(each);
    expect(found).toEqual([]);
  },
);
