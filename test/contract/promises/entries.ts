import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Store } from '../../../packages/core/src/index.js';
import type { Opened } from '../opened.js';
import { digestOf, entryOf } from '../samples.js';

export const entries = (now: () => Opened): void =>
  describe('entries', () => {
    let store: Store;
    let opened: Opened;
    beforeEach(() => {
      opened = now();
      store = opened.store;
    });

    const fingerprint = digestOf('a fingerprint');

    test('an unknown fingerprint is undefined', () => {
      expect(store.entry(fingerprint)).toBeUndefined();
      expect(store.cutoff(fingerprint)).toBeUndefined();
      expect([...store.entries()]).toEqual([]);
    });

    test('what was committed is found as it was, also by the next process', async () => {
      const entry = entryOf(fingerprint);
      const stored = store.commit(entry, {});
      expect(stored).toEqual({ ...entry, counter: stored.counter });
      expect(store.entry(fingerprint)).toEqual(stored);
      expect((await opened.restart()).entry(fingerprint)).toEqual(stored);
    });

    test('of two commits the later wins, and its counter is higher', () => {
      const first = store.commit(entryOf(fingerprint, { label: 'first' }), {});
      const second = store.commit(entryOf(fingerprint, { label: 'second' }), {});
      expect(second.counter).toBeGreaterThan(first.counter);
      expect(store.entry(fingerprint)?.label).toBe('second');
    });

    test('all versions stay: another fingerprint does not touch the first', () => {
      store.commit(entryOf(fingerprint), {});
      store.commit(entryOf(digestOf('b')), {});
      expect(store.entry(fingerprint)?.fingerprint).toBe(fingerprint);
    });

    test('entries are the newest of each fingerprint, newest first', () => {
      for (const key of ['a', 'b', 'c', 'a']) store.commit(entryOf(digestOf(key)), {});
      expect([...store.entries()].map((entry) => entry.fingerprint)).toEqual(['a', 'c', 'b'].map(digestOf));
    });

    test('what the caller changes later does not reach the store', () => {
      const recipe = { kind: 'map', config: { limit: 1 } };
      store.commit(entryOf(fingerprint, { recipe }), {});
      recipe.config.limit = 2;
      expect(store.entry(fingerprint)?.recipe).toEqual({ kind: 'map', config: { limit: 1 } });
    });

    test('the cut-off gives the newest entry of its key, of whichever fingerprint', () => {
      const key = digestOf('identity and inputs');
      store.commit(entryOf(digestOf('a')), { cutoff: key });
      expect(store.cutoff(key)?.fingerprint).toBe(digestOf('a'));
      store.commit(entryOf(digestOf('b')), { cutoff: key });
      expect(store.cutoff(key)?.fingerprint).toBe(digestOf('b'));
      store.commit(entryOf(digestOf('a'), { label: 'again' }), { cutoff: key });
      expect(store.cutoff(key)?.label).toBe('again');
    });

    test('an older entry of a fingerprint is still found by its own inputs', () => {
      store.commit(entryOf(fingerprint, { label: 'first draw' }), { cutoff: digestOf('d1') });
      store.commit(entryOf(fingerprint, { label: 'second draw' }), { cutoff: digestOf('d2') });
      expect(store.cutoff(digestOf('d1'))?.label).toBe('first draw');
      expect(store.cutoff(digestOf('d2'))?.label).toBe('second draw');
    });

    test('an incomplete entry is found by its fingerprint and is no cut-off', () => {
      store.commit(entryOf(fingerprint, { status: 'incomplete' }), {});
      expect(store.entry(fingerprint)?.status).toBe('incomplete');
      expect(store.cutoff(digestOf('any'))).toBeUndefined();
    });

    test('a forgotten fingerprint is unknown to every index, and may come back', async () => {
      const key = digestOf('key');
      store.commit(entryOf(digestOf('other')), { cutoff: key });
      store.commit(entryOf(fingerprint), { cutoff: key });
      store.forget(fingerprint);
      expect(store.entry(fingerprint)).toBeUndefined();
      expect(store.cutoff(key)?.fingerprint).toBe(digestOf('other'));
      expect([...store.entries()].map((entry) => entry.fingerprint)).toEqual([digestOf('other')]);
      store.commit(entryOf(fingerprint, { label: 'back' }), { cutoff: key });
      expect(store.cutoff(key)?.label).toBe('back');
      expect((await opened.restart()).entry(fingerprint)?.label).toBe('back');
    });

    test('forgetting what is unknown does nothing', () => {
      store.forget(fingerprint);
      expect(store.entry(fingerprint)).toBeUndefined();
    });
  });
