import { expect, test } from '@jest/globals';
import { openStore } from '@millrace/arrow-store';
import * as engine from '@millrace/core';
import { CAMPAIGN, times } from '../campaign.js';
import { folder } from './files.js';
import type { Engine } from './kit.js';
import { broken } from './random/broken.js';
import { inMemory, livesWithLosses, onDisk } from './random/nested.js';

const histories = Number(process.env.MILLRACE_HISTORIES ?? times(3, 12, 12));
const first = Number(process.env.MILLRACE_SEED ?? (CAMPAIGN === 'full' ? Date.now() % 1_000_000 : 1));

/** The first history that goes wrong. */
async function firstWrong(of: Engine, on: 'memory' | 'disk', count: number): Promise<string | undefined> {
  const open = () => (on === 'disk' ? onDisk(openStore(folder())) : inMemory(of.memoryStore(), of));
  for (let seed = first; seed < first + count; seed++) {
    const wrong = await livesWithLosses(of, open, seed);
    if (wrong) return wrong;
  }
  return undefined;
}

test.each(['memory', 'disk'] as const)(
  'random edits and losses in a store of %s: values and types are as from nothing, and no run ends in a BUG',
  async (on) => {
    expect(await firstWrong(engine, on, on === 'disk' ? Math.ceil(histories / 4) : histories)).toBeUndefined();
  },
  600_000 + histories * 4000,
);

test.each([
  {
    is: 'takes the type of rows that are gone',
    file: 'execute/own-columns.ts',
    find: 'if (all) return { type, place };',
    put: 'return { type, place };',
  },
  {
    is: 'takes lost outputs for good',
    file: 'plan/lost.ts',
    find: 'if (missing.size === 0) return [];',
    put: 'if (missing.size >= 0) return [];',
  },
])('an engine is caught that $is', async (at) => {
  expect(await firstWrong(await broken(at), 'memory', 60)).toBeDefined();
});
