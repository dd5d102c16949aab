import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { CAMPAIGN, figures, times } from '../campaign.js';
import { chance } from '../chance.js';
import { faultsFor } from './cases.js';
import { Lab } from './lab.js';
import { SCENARIOS } from './scenarios.js';
import { shim } from './shim.js';

jest.setTimeout(times(600_000, 600_000, 7_200_000));

const library = shim();
let lab: Lab;
beforeAll(async () => {
  if (library) lab = await Lab.open(library);
});
afterAll(() => lab?.close());

/** Normal tests meet every other command. */
const MET = SCENARIOS.map((scenario, i) => [scenario.name, scenario, i] as const).filter(
  ([, , i]) => CAMPAIGN !== 'short' || i % 2 === 0,
);

test.each(MET)(
  'a disk that fails under %s: nothing wrong is believed, nothing is paid twice, nothing else is touched',
  async (_, scenario, i) => {
    if (!library) return;
    const ready = await lab.ready(scenario);
    const faults = faultsFor(ready, times(1, 4, Number.POSITIVE_INFINITY), chance(100 + i));
    const found: string[] = [];
    for (const fault of faults) found.push(...(await lab.meet(ready, fault)));
    figures(`a disk that fails under ${scenario.name}: ${faults.length} faults, ${found.length} wrong`);
    for (const each of found) figures(each);
    expect(found).toEqual([]);
  },
);
