import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Store } from '../../../packages/core/src/index.js';
import { never, type Opened } from '../opened.js';

export const locks = (now: () => Opened): void =>
  describe('locks', () => {
    let store: Store;
    let opened: Opened;
    beforeEach(() => {
      opened = now();
      store = opened.store;
    });

    test('the second waits until the first gives back', async () => {
      const first = await store.lock('stage', never);
      expect(first.held()).toBe(true);
      const order: string[] = [];
      const waiting = store.lock('stage', never).then((lock) => {
        order.push('granted');
        return lock;
      });
      await new Promise((resolve) => setTimeout(resolve, 20));
      order.push('released');
      first.release();
      const second = await waiting;
      expect(order).toEqual(['released', 'granted']);
      expect([first.held(), second.held()]).toEqual([false, true]);
      second.release();
    });

    test('other names do not wait', async () => {
      const locks = await Promise.all(['a', 'b', 'c'].map((each) => store.lock(each, never)));
      expect(locks.every((lock) => lock.held())).toBe(true);
      for (const lock of locks) lock.release();
    });

    test('in one process it goes by order of arrival', async () => {
      const first = await store.lock('stage', never);
      const order: number[] = [];
      const all = [1, 2, 3, 4].map(async (number) => {
        const lock = await store.lock('stage', never);
        order.push(number);
        lock.release();
      });
      first.release();
      await Promise.all(all);
      expect(order).toEqual([1, 2, 3, 4]);
    });

    test('waiting can be given up, and does not cost the others their turn', async () => {
      const first = await store.lock('stage', never);
      const abort = new AbortController();
      const impatient = store.lock('stage', abort.signal);
      const patient = store.lock('stage', never);
      abort.abort(new Error('enough'));
      await expect(impatient).rejects.toThrow('enough');
      first.release();
      (await patient).release();
      await expect(store.lock('stage', AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late');
    });

    test('giving back twice is once', async () => {
      const first = await store.lock('stage', never);
      first.release();
      const second = await store.lock('stage', never);
      first.release();
      expect(second.held()).toBe(true);
      second.release();
    });

    test('a process that ended holds nothing', async () => {
      await store.lock('stage', never);
      const next = await (await opened.restart()).lock('stage', never);
      expect(next.held()).toBe(true);
      next.release();
    });

    test('another process waits too', async () => {
      if (!opened.second) return;
      const second = await opened.second();
      const first = await store.lock('stage', never);
      await expect(second.lock('stage', AbortSignal.timeout(50))).rejects.toThrow();
      first.release();
      (await second.lock('stage', never)).release();
      await second.close();
    });
  });
