import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from '@jest/globals';
import { remove } from '../../../../jest/remove.js';
import { figures, times } from '../../../../test/campaign.js';
import { codeOf, workerFile } from './build.js';
import { WRONG } from './mutants.js';
import type { Outcome } from './schedule.js';
import { simulate } from './simulate.js';

const cache = fileURLToPath(new URL('../../node_modules/.cache/millrace', import.meta.url));
const folder = join(cache, `simulation-${process.pid}`);
const worker = workerFile(folder);
afterAll(() => remove(folder));

const COUNT = Number(process.env.MILLRACE_SCHEDULES ?? times(30, 300, 100_000));
const FIRST = Number(process.env.MILLRACE_SEED ?? 1);

/** A busy machine changes threads slowly; what happens in a schedule does not depend on it. */
const LONG = 12 * 3_600_000;

const seedsFrom = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i);

/** Enough to see again what went wrong. */
const told = ({ seed, weather, broken, trace }: Outcome) =>
  broken.length ? [`seed ${seed} ${JSON.stringify(weather)}`, ...broken, ...trace.slice(-40)].join('\n') : undefined;

test(
  `${COUNT} schedules of four processes break no promise`,
  async () => {
    const broken: string[] = [];
    let [schedules, commits, repeated] = [0, 0, 0];
    await simulate({
      code: await codeOf(),
      worker,
      seeds: seedsFrom(FIRST, COUNT),
      traced: COUNT === 1,
      each: (outcome) => {
        commits += outcome.commits;
        repeated += outcome.repeated;
        const wrong = told(outcome);
        if (wrong) {
          broken.push(wrong);
          figures(wrong);
        }
        if (++schedules % 500 === 0)
          figures(
            `${schedules} schedules from ${FIRST}: ${broken.length} broken, ${commits} commits, ${repeated} calls repeated`,
          );
        return broken.length < 5;
      },
    });
    expect(broken).toEqual([]);
    expect(commits).toBeGreaterThan(COUNT === 1 ? 0 : COUNT / 2);
  },
  LONG,
);

test(
  'one seed gives one schedule',
  async () => {
    const code = await codeOf();
    const traces: (readonly string[])[] = [];
    for (let times = 0; times < 2; times++)
      await simulate({ code, worker, seeds: [7], traced: true, each: ({ trace }) => void traces.push(trace) });
    expect(traces[0]?.length).toBeGreaterThan(100);
    expect(traces[1]).toEqual(traces[0]);
  },
  LONG,
);

test.each(Object.entries(WRONG))(
  'it is found when %s',
  async (_, { mutant, without, weather, first = 1 }) => {
    let found: Outcome | undefined;
    await simulate({
      code: await codeOf(mutant),
      worker,
      seeds: seedsFrom(first, 2000),
      weather,
      ...(without && { without }),
      each: (outcome) => {
        if (outcome.broken.length) found = outcome;
        return found === undefined;
      },
    });
    expect(found?.broken).toHaveLength(1);
  },
  LONG,
);
