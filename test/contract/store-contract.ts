import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DamagedError, type Store } from '../../packages/core/src/index.js';
import { bytesOf, digestOf, entryOf, numbers, readAll, segmentOf, textOf } from './samples.js';

export interface Opened {
  readonly store: Store;
  /** Ends this one as an ended process does, and opens what it left. */
  restart(): Promise<Store>;
  /** Another process on the same store, while the first is there. Not every store can be shared. */
  readonly second?: () => Promise<Store>;
  /** The object is gone, or its content is broken. */
  lose(object: string): void;
  dispose(): Promise<void>;
}

const never = new AbortController().signal;

/** What every store promises. `open` gives an empty one. */
export const storeContract = (name: string, open: () => Promise<Opened>): void => {
  describe(`store contract: ${name}`, () => {
    let opened: Opened;
    let store: Store;

    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });

    afterEach(() => opened.dispose());

    describe('entries', () => {
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

    describe('objects', () => {
      test('bytes come back, and equal bytes are one object', async () => {
        const object = await store.putBytes(bytesOf('hello'));
        expect(await store.putBytes(bytesOf('hello'))).toBe(object);
        expect(await store.putBytes(bytesOf('other'))).not.toBe(object);
        expect(textOf(await store.getBytes(object))).toBe('hello');
        expect(textOf(await (await opened.restart()).getBytes(object))).toBe('hello');
      });

      test('no bytes are an object too', async () => {
        expect((await store.getBytes(await store.putBytes(new Uint8Array(0)))).length).toBe(0);
      });

      test('the caller may use its buffer again', async () => {
        const bytes = bytesOf('hello');
        const object = await store.putBytes(bytes);
        bytes.fill(0);
        expect(textOf(await store.getBytes(object))).toBe('hello');
      });

      test('rows come back by batch and column', async () => {
        const columns = { n: 'float64', text: 'text' } as const;
        const batches = [numbers(0, 3), numbers(3, 2)];
        const { object, rows, bytes } = await store.putRows(batches, columns, 'auto');
        expect(rows).toBe(5);
        expect(bytes).toBeGreaterThan(0);
        const reader = await (await opened.restart()).openRows(object);
        expect(reader.batches.reduce((sum, each) => sum + each, 0)).toBe(5);
        expect(await readAll(reader, ['n', 'text'])).toEqual({
          n: [0, 1, 2, 3, 4],
          text: ['t0', 't1', 't2', 't3', 't4'],
        });
        expect([...(await reader.read(0, ['text'])).columns.keys()]).toEqual(['text']);
        await reader.close();
      });

      test('rows may come from an async source, and there may be none', async () => {
        const none = (async function* () {})();
        const { object, rows } = await store.putRows(none, { n: 'float64' }, 'auto');
        expect(rows).toBe(0);
        expect(await readAll(await store.openRows(object), ['n'])).toEqual({ n: [] });
      });

      test('equal rows are one object', async () => {
        const put = () => store.putRows([numbers(0, 10)], { n: 'float64', text: 'text' }, 'auto');
        expect((await put()).object).toBe((await put()).object);
      });

      test('a source that fails leaves nothing', async () => {
        const failing = (async function* () {
          yield numbers(0, 3);
          throw new Error('the source broke');
        })();
        await expect(store.putRows(failing, { n: 'float64', text: 'text' }, 'auto')).rejects.toThrow(
          'the source broke',
        );
      });

      test('what is missing is seen by name, and damaged when it is read', async () => {
        const here = await store.putBytes(bytesOf('here'));
        const gone = await store.putBytes(bytesOf('gone'));
        const rows = await store.putRows([numbers(0, 3)], { n: 'float64', text: 'text' }, 'auto');
        opened.lose(gone);
        opened.lose(rows.object);
        expect(store.missing([here, gone, rows.object])).toEqual([gone, rows.object]);
        await expect(store.getBytes(gone)).rejects.toBeInstanceOf(DamagedError);
        await expect(store.openRows(rows.object)).rejects.toBeInstanceOf(DamagedError);
        expect(store.noticed().map((each) => each.object)).toEqual([gone, rows.object]);
        expect(store.noticed()).toEqual([]);
        expect(await store.putBytes(bytesOf('gone'))).toBe(gone);
        expect(store.missing([gone])).toEqual([]);
      });
    });

    describe('folders', () => {
      let folder: string;
      beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), 'millrace-contract-'));
      });
      afterEach(() => rmSync(folder, { recursive: true, force: true }));

      test.each(['link', 'copy'] as const)('a file is taken over and placed by %s, read-only', async (how) => {
        writeFileSync(join(folder, 'model.bin'), 'weights');
        const { object, bytes } = await store.putFile(join(folder, 'model.bin'));
        writeFileSync(join(folder, 'model.bin'), 'changed since');
        expect(bytes).toBe(7);
        const to = join(folder, 'out', 'deep', 'model.bin');
        await store.placeFile(object, to, how);
        expect(readFileSync(to, 'utf8')).toBe('weights');
        expect(statSync(to).mode & 0o777).toBe(0o444);
        await store.placeFile(object, to, how);
        expect(readFileSync(to, 'utf8')).toBe('weights');
        expect(store.missing([object])).toEqual([]);
      });

      test('what can be run can be run where it is placed', async () => {
        writeFileSync(join(folder, 'tool'), '#!/bin/sh\n', { mode: 0o755 });
        const { object } = await store.putFile(join(folder, 'tool'));
        await store.placeFile(object, join(folder, 'placed'), 'copy');
        expect(statSync(join(folder, 'placed')).mode & 0o777).toBe(0o555);
      });

      test('a lost file is damaged, not placed', async () => {
        writeFileSync(join(folder, 'a'), 'content');
        const { object } = await store.putFile(join(folder, 'a'));
        opened.lose(object);
        await expect(store.placeFile(object, join(folder, 'b'), 'copy')).rejects.toBeInstanceOf(DamagedError);
      });
    });

    describe('the memory of rows', () => {
      const identity = digestOf('identity');

      test('segments are remembered by identity, oldest first, once each', async () => {
        expect(store.memory(identity)).toEqual([]);
        for (const rows of [1, 2, 3, 2]) store.remember(identity, 0, segmentOf(rows));
        store.remember(digestOf('other'), 0, segmentOf(9));
        const check = (memory = store.memory(identity)) => {
          expect(memory.map(({ segment }) => segment)).toEqual([1, 2, 3].map(segmentOf));
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

    describe('journals', () => {
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

    describe('locks', () => {
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

    describe('runs and facts', () => {
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
  });
};
