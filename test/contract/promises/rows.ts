import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Store } from '../../../packages/core/src/index.js';
import type { Opened } from '../opened.js';
import { digestOf, entryOf, segmentOf } from '../samples.js';

export const rowMemory = (now: () => Opened): void =>
  describe('the memory of rows', () => {
    let store: Store;
    let opened: Opened;
    beforeEach(() => {
      opened = now();
      store = opened.store;
    });

    const identity = digestOf('identity');

    test('segments are remembered by identity, oldest first, once each; what is remembered again comes last', async () => {
      expect(store.memory(identity)).toEqual([]);
      for (const rows of [1, 2, 3, 2]) store.remember(identity, 0, segmentOf(rows));
      store.remember(digestOf('other'), 0, segmentOf(9));
      const check = (memory = store.memory(identity)) => {
        expect(memory.map(({ segment }) => segment)).toEqual([1, 3, 2].map(segmentOf));
        const counters = memory.map(({ counter }) => counter);
        expect([...counters].sort((a, b) => a - b)).toEqual(counters);
      };
      check();
      check((await opened.restart()).memory(identity));
    });

    test('a segment belongs to its redraw', () => {
      store.remember(identity, 0, segmentOf(1));
      store.remember(identity, 1, segmentOf(1));
      expect(store.memory(identity).map(({ redraw }) => redraw)).toEqual([0, 1]);
    });

    test('forgetting an entry keeps the rows', () => {
      store.commit(entryOf(digestOf('f'), { rows: { identity, own: ['n'], passed: {} } }), {});
      store.remember(identity, 0, segmentOf(1));
      store.forget(digestOf('f'));
      expect(store.memory(identity)).toHaveLength(1);
    });

    test('a redraw is opened, resumed after a kill, and done; the next has a new number', async () => {
      expect(store.redraw(identity)).toEqual({ done: 0 });
      expect(store.openRedraw(identity)).toBe(1);
      expect(store.redraw(identity)).toEqual({ done: 0, open: 1 });
      const next = await opened.restart();
      expect(next.openRedraw(identity)).toBe(1);
      next.closeRedraw(identity, 1);
      expect(next.redraw(identity)).toEqual({ done: 1 });
      expect(next.openRedraw(identity)).toBe(2);
      expect(next.redraw(digestOf('other'))).toEqual({ done: 0 });
    });

    test('a redraw ends with the entry that shows it', async () => {
      const redraw = store.openRedraw(identity);
      store.commit(entryOf(digestOf('f'), { label: 'before' }), {});
      expect(store.redraw(identity)).toEqual({ done: 0, open: 1 });
      store.commit(entryOf(digestOf('f')), { ends: { identity, redraw } });
      const next = await opened.restart();
      expect(next.redraw(identity)).toEqual({ done: 1 });
      expect(next.openRedraw(identity)).toBe(2);
      next.commit(entryOf(digestOf('f')), { ends: { identity, redraw: 2 } });
      expect(next.redraw(identity)).toEqual({ done: 2 });
    });
  });
