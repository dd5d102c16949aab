import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { times } from '../../../test/campaign.js';
import { type FileStore, openStore } from '../src/index.js';
import { folders, linesOf, start, until } from './process/start.js';

const at = folders();

const CAMPAIGN = times(4, 8, 50);

/** Begins when it has done something, ends at any instant after. */
const killed = async (act: string, round: number): Promise<void> => {
  const known = linesOf(at.side).length;
  const { child, ended } = start(act, at.root, at.side);
  await until(() => linesOf(at.side).length > known);
  await new Promise((resolve) => setTimeout(resolve, (round * 7.3) % 40));
  child.kill('SIGKILL');
  expect(await ended).toBe('SIGKILL');
};

const objectOf = (store: FileStore, fingerprint: string): string => {
  const part = store.entry(fingerprint)?.parts.folder;
  return part?.is === 'folder' ? (part.files[0]?.object ?? '') : '';
};

describe('kill -9 at any instant', () => {
  test('what was committed is there with all it points to, and nothing half-written counts', async () => {
    for (let round = 0; round < CAMPAIGN; round++) await killed('commit', round);
    const store = openStore(at.root);
    const said = linesOf(at.side);
    const found = [...store.entries()].map((entry) => entry.fingerprint);
    expect(said.filter((fingerprint) => !found.includes(fingerprint))).toEqual([]);
    expect(said.filter((fingerprint) => store.cutoff(fingerprint)?.fingerprint !== fingerprint)).toEqual([]);
    for (const fingerprint of found) await store.getBytes(objectOf(store, fingerprint));
    expect(store.noticed()).toEqual([]);
    expect(await store.verify({ deep: true })).toMatchObject({ damaged: [], missing: [] });
    expect(readdirSync(join(at.root, 'tmp'))).toEqual([]);
    await store.close();
  });

  test('every frame that append returned from is in the journal, in order, and a torn one is not', async () => {
    for (let round = 0; round < CAMPAIGN; round++) await killed('journal', round);
    const store = openStore(at.root);
    const journals = [...store.journals('1de7717f', 0)];
    expect(journals.map(({ abandoned }) => abandoned)).toEqual(journals.map(() => true));
    const numbers = journals.map(({ frames }) =>
      frames.map((frame) => Number.parseInt(Buffer.from(frame).toString(), 10)),
    );
    for (const all of numbers) expect(all).toEqual([...all.keys()]);
    const said = linesOf(at.side).length;
    const written = numbers.reduce((sum, all) => sum + all.length, 0);
    expect(written - said).toBeGreaterThanOrEqual(0);
    expect(written - said).toBeLessThanOrEqual(CAMPAIGN);
    expect(store.noticed()).toEqual([]);
    await store.close();
  });

  test('a run that was killed is not open, and what it left half-done is removed', async () => {
    const { child, ended } = start('run', at.root, at.side);
    await until(() => linesOf(at.side).length > 0);
    const during = openStore(at.root);
    expect(during.runs().map((run) => run.open)).toEqual([true]);
    expect(readdirSync(join(at.root, 'tmp'))).toHaveLength(1);
    child.kill('SIGKILL');
    await ended;
    expect(during.runs().map((run) => run.open)).toEqual([false]);
    await during.close();
    const after = openStore(at.root);
    expect(readdirSync(join(at.root, 'tmp'))).toEqual([]);
    expect(after.runs()[0]).toMatchObject({ name: 'a run', open: false });
    await after.close();
    expect(readdirSync(join(at.root, 'alive'))).toEqual([]);
  });
});
