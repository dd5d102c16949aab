import { afterAll, expect, jest, test } from '@jest/globals';
import { removeProjects } from '../../packages/millrace/test/command/millrace.js';
import { figures, times } from '../campaign.js';
import { chance } from '../chance.js';
import { liveCode } from './code-history.js';

jest.setTimeout(times(600_000, 900_000, 7_200_000));
afterAll(removeProjects);

const HISTORIES = Number(process.env.MILLRACE_HISTORIES ?? times(1, 4, 200));
const EDITS = 8;

test(`${HISTORIES} histories of edited code, packages, places and machines give what runs from nothing give`, () => {
  const wrong: string[] = [];
  let ended = 0;
  for (let n = 0; n < HISTORIES; n++) {
    const lived = liveCode(EDITS, chance(700 + n));
    wrong.push(...lived.wrong.map((said) => `history ${n}, ${said}`));
    ended += lived.ended;
  }
  figures(
    `${HISTORIES} histories of edited code: ${HISTORIES * EDITS} edits, ${ended} runs with answers, ${wrong.length} wrong`,
  );
  expect(wrong).toEqual([]);
  // The others are refused: a file patched the language, or set what a function reads.
  expect(ended).toBeGreaterThan((HISTORIES * EDITS) / 2);
});
