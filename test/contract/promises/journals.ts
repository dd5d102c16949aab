import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Store } from '../../../packages/core/src/index.js';
import type { Opened } from '../opened.js';
import { bytesOf, digestOf, textOf } from '../samples.js';

export const journals = (now: () => Opened): void =>
  describe('journals', () => {
    let store: Store;
    let opened: Opened;
    beforeEach(() => {
      opened = now();
      store = opened.store;
    });

    const identity = digestOf('identity');
    const frames = (of: Store, redraw = 0) =>
      [...of.journals(identity, redraw)].map(({ abandoned, frames }) => ({ abandoned, frames: frames.map(textOf) }));

    test('frames are there when append returns, for others too', () => {
      const journal = store.journal(identity, 0);
      expect(frames(store)).toEqual([{ abandoned: false, frames: [] }]);
      journal.append(bytesOf('one'));
      journal.append(bytesOf('two'));
      expect(frames(store)).toEqual([{ abandoned: false, frames: ['one', 'two'] }]);
      journal.close();
      expect(frames(store)).toEqual([{ abandoned: true, frames: ['one', 'two'] }]);
    });

    test('after the end of its process a journal is abandoned and whole', async () => {
      store.journal(identity, 0).append(bytesOf('paid'));
      expect(frames(await opened.restart())).toEqual([{ abandoned: true, frames: ['paid'] }]);
    });

    test('journals are apart by identity and redraw, and each has one writer', () => {
      store.journal(identity, 0).append(bytesOf('a'));
      store.journal(identity, 0).append(bytesOf('b'));
      store.journal(identity, 1).append(bytesOf('c'));
      store.journal(digestOf('other'), 0).append(bytesOf('d'));
      expect(
        frames(store)
          .map((each) => each.frames[0])
          .sort(),
      ).toEqual(['a', 'b']);
      expect(frames(store, 1).map((each) => each.frames[0])).toEqual(['c']);
    });

    test('a dropped journal is gone, and only that one', () => {
      const first = store.journal(identity, 0);
      const second = store.journal(identity, 0);
      second.append(bytesOf('kept'));
      first.close();
      store.dropJournal(first.id);
      expect([...store.journals(identity, 0)].map(({ id }) => id)).toEqual([second.id]);
    });

    test('the caller may use its buffer again', () => {
      const frame = bytesOf('one');
      store.journal(identity, 0).append(frame);
      frame.fill(0);
      expect(frames(store)[0]?.frames).toEqual(['one']);
    });
  });
