import { expect, test } from '@jest/globals';
import * as engine from '@millrace/core';
import { times } from '../campaign.js';
import { campaign } from './random/campaign.js';

const histories = Number(process.env.MILLRACE_HISTORIES ?? times(40, 500, 500));
/** The same histories in every run; others with MILLRACE_CAMPAIGN=1, or a seed that it named. */
const seed = Number(process.env.MILLRACE_SEED ?? (process.env.MILLRACE_CAMPAIGN === '1' ? Date.now() % 0x7fffffff : 1));

test(
  `${histories} random histories of random graphs give what runs from nothing give, and ask nothing twice`,
  async () => {
    expect(await campaign(engine, { histories, seed })).toBeUndefined();
  },
  600_000 + histories * 2000,
);
