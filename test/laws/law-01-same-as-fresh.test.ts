import { expect, test } from '@jest/globals';
import * as engine from '@millrace/core';
import { campaign } from './random/campaign.js';

const histories = Number(process.env.MILLRACE_HISTORIES ?? 500);
const seed = process.env.MILLRACE_SEED === undefined ? {} : { seed: Number(process.env.MILLRACE_SEED) };

test(
  `${histories} random histories of random graphs give what runs from nothing give, and ask nothing twice`,
  async () => {
    expect(await campaign(engine, { histories, ...seed })).toBeUndefined();
  },
  60_000 + histories * 1000,
);
