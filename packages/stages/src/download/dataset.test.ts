import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { memoryStore } from '@millrace/core';
import { remove } from '../../../../jest/remove.js';
import { type HubServer, startHubServer } from '../models/testing/hub-server.js';
import { runOn } from '../testing/run.js';
import { download } from './download.js';

const COMMIT = 'c'.repeat(40);
const lines = (from: number, to: number) =>
  Buffer.from(Array.from({ length: to - from }, (_, i) => `{"id":${from + i},"text":"t${from + i}"}\n`).join(''));

let hub: HubServer;
let base = '';
beforeEach(async () => {
  hub = await startHubServer();
  hub.put('datasets/org/talk', {
    commit: COMMIT,
    files: {
      'README.md': Buffer.from('x'),
      'data/train-00000-of-00002.jsonl': lines(0, 30),
      'data/train-00001-of-00002.jsonl': lines(30, 50),
      'data/validation.csv': Buffer.from('id,text\n1,a\n2,b\n'),
    },
  });
  base = mkdtempSync(join(tmpdir(), 'millrace-dataset-'));
});
afterEach(async () => {
  await hub.close();
  remove(base);
});

const talk = (asked = {}, options = {}) => {
  const data = download.dataset('org/talk', { revision: COMMIT, ...asked }, { endpoint: hub.endpoint, ...options });
  return { data, rows: data.rows };
};

describe('a data set of a hub', () => {
  test('is a folder with a sub-folder for each split, and a table', async () => {
    const { out, events } = await runOn(memoryStore(), talk({}, { at: 'data/talk' }), { base });
    expect(out.data.files.map(({ path }: { path: string }) => path)).toEqual([
      'train/data.jsonl',
      'validation/data.jsonl',
    ]);
    expect(readFileSync(join(base, 'data/talk/train/data.jsonl'), 'utf8')).toBe(String(lines(0, 50)));
    expect(out.rows.count).toBe(52);
    expect((await out.rows.all())[50]).toMatchObject({ text: 'a' });
    expect(events.find((event) => event.is === 'stage-finished' && event.stage === 'data')).toMatchObject({
      facts: { splits: { train: 50, validation: 2 }, samples: 52, at: 'data/talk' },
    });
  });

  test('more samples cost no download', async () => {
    const store = memoryStore();
    const did = async (asked: object) => (await runOn(store, talk(asked), { base })).did;
    expect(await did({ maxSamples: 10 })).toMatchObject({ data: 'ran', download: 'ran' });
    const taken = hub.taken().length;
    expect(await did({ maxSamples: 20 })).toMatchObject({ data: 'ran', download: 'reused' });
    expect(await did({ maxSamples: 10 })).toMatchObject({ data: 'reused', download: 'reused' });
    const { out } = await runOn(store, talk({ maxSamples: 40, split: 'train' }), { base });
    expect((await out.rows.all()).map(({ id }: { id: unknown }) => Number(id))).toEqual(
      Array.from({ length: 40 }, (_, i) => i),
    );
    expect(hub.taken().length).toBe(taken);
  });

  test('splits that are named, and one that is not there', async () => {
    const store = memoryStore();
    const { out } = await runOn(store, talk({ splits: { all: 'data/*.jsonl' } }), { base });
    expect(out.data.files.map(({ path }: { path: string }) => path)).toEqual(['all/data.jsonl']);
    await expect(runOn(store, talk({ split: 'test' }), { base })).rejects.toThrow(
      'The data set has no test: there are train, validation',
    );
    expect(existsSync(join(base, 'data'))).toBe(false);
  });
});
