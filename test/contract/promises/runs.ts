import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Store } from '../../../packages/core/src/index.js';
import type { Opened } from '../opened.js';
import { bytesOf } from '../samples.js';

export const runsAndFacts = (now: () => Opened): void =>
  describe('runs and facts', () => {
    let store: Store;
    let opened: Opened;
    beforeEach(() => {
      opened = now();
      store = opened.store;
    });

    test('a run is open until it is closed or its process ends', async () => {
      const first = store.beginRun({ name: 'nightly', targets: ['scores'] });
      const second = store.beginRun({ targets: [] });
      first.close({ ran: 3 });
      const [later, earlier] = store.runs();
      expect(earlier).toMatchObject({ id: first.id, name: 'nightly', open: false, outcome: { ran: 3 } });
      expect(later).toMatchObject({ id: second.id, open: true, about: { targets: [] } });
      expect(later).not.toHaveProperty('outcome');
      expect((await opened.restart()).runs().map((run) => run.open)).toEqual([false, false]);
    });

    test('what a run spent is on record until its outcome says it, also of one that was killed', async () => {
      const first = store.beginRun({});
      const second = store.beginRun({});
      for (const run of [first, second]) {
        run.spend({ calls: 2 });
        run.spend({ tokens: 110, money: 0.5 });
        run.spend({ calls: 1 });
      }
      expect(store.runs()[0]).toMatchObject({ open: true, spent: { calls: 3, tokens: 110, money: 0.5 } });
      first.close({});
      const [killed, closed] = (await opened.restart()).runs();
      expect(killed).toMatchObject({ open: false, spent: { calls: 3, tokens: 110, money: 0.5 } });
      expect(closed).not.toHaveProperty('spent');
    });

    test('what is paid after the end of a run is on no record', () => {
      const first = store.beginRun({});
      first.spend({ calls: 1 });
      first.close({});
      const second = store.beginRun({});
      second.spend({ calls: 5 });
      first.spend({ calls: 1 });
      expect(store.runs()[0]?.spent).toMatchObject({ calls: 5 });
      second.close({});
      second.spend({ calls: 1 });
      for (const run of store.runs()) expect(run).not.toHaveProperty('spent');
    });

    test('so many, older than one, newest first', () => {
      const ids = [1, 2, 3, 4].map((n) => {
        const run = store.beginRun({ n });
        run.close({});
        return run.id;
      });
      const found = (...asked: [number?, string?]) => store.runs(...asked).map(({ id }) => ids.indexOf(id) + 1);
      expect([found(), found(2), found(0), found(9)]).toEqual([[4, 3, 2, 1], [4, 3], [], [4, 3, 2, 1]]);
      expect([found(2, ids[3]), found(undefined, ids[1]), found(1, ids[0])]).toEqual([[3, 2], [1], []]);
    });

    test('a lease keeps objects without a word', async () => {
      const run = store.beginRun({});
      run.keep([await store.putBytes(bytesOf('kept'))]);
      run.close({});
      expect(store.runs()).toHaveLength(1);
    });

    test('facts are found by name, newest only', async () => {
      expect(store.fact('stat of a.txt')).toBeUndefined();
      store.putFact('stat of a.txt', { size: 1 });
      store.putFact('stat of a.txt', { size: 2 });
      store.putFact('../../escape', 'no');
      expect(store.fact('stat of a.txt')).toEqual({ size: 2 });
      expect((await opened.restart()).fact('../../escape')).toBe('no');
    });

    test('scratch is a folder, the same for the whole process', () => {
      const folder = store.scratch();
      writeFileSync(join(folder, 'a'), 'a');
      expect(store.scratch()).toBe(folder);
    });

    test('a work folder outlives the process, until it is dropped', async () => {
      writeFileSync(join(store.workFolder('training: a'), 'checkpoint'), '7');
      const next = await opened.restart();
      const folder = next.workFolder('training: a');
      expect(readFileSync(join(folder, 'checkpoint'), 'utf8')).toBe('7');
      expect(next.workFolder('training: b')).not.toBe(folder);
      next.dropWorkFolder('training: a');
      expect(() => statSync(folder)).toThrow('ENOENT');
      next.dropWorkFolder('training: a');
      expect(() => statSync(join(next.workFolder('training: a'), 'checkpoint'))).toThrow('ENOENT');
      for (const name of ['training: a', 'training: b']) next.dropWorkFolder(name);
    });

    test('scratch goes with the process', async () => {
      const folder = store.scratch();
      await opened.restart();
      expect(() => statSync(folder)).toThrow('ENOENT');
    });
  });
