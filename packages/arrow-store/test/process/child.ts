import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { entryOf } from '../../../../test/contract/samples.js';
import { openStore, temporaryStore } from '../../src/index.js';
import { askKernel } from '../../src/process.js';

/** A process of its own: what it did and knows to be durable, it says in a side file. */
const [act = '', root = '', side = '', times = '0', kernel] = process.argv.slice(2);
if (kernel === 'ps') askKernel(kernel);
const never = new AbortController().signal;
const say = (line: string) => appendFileSync(side, `${line}\n`);
const digestOf = (number: number) => `${process.pid}x${number}`.padStart(32, '0');

const acts: { readonly [act: string]: () => Promise<void> | void } = {
  /** A number in a file, read and written under a lock: lost updates show that two held it. */
  async count() {
    const store = openStore(root);
    for (let i = 0; i < Number(times); i++) {
      const lock = await store.lock('the number', never);
      const number = existsSync(side) ? Number(readFileSync(side, 'utf8')) : 0;
      if (i % 4 === 0) await pause(1);
      writeFileSync(side, String(number + 1));
      lock.release();
    }
    await store.close();
  },

  /** Says when it comes in and when it goes, so that two inside at once are seen. */
  async inside() {
    const store = openStore(root);
    for (let i = 0; i < Number(times); i++) {
      const lock = await store.lock('the room', never);
      say(`${process.pid} in`);
      await pause(i % 3);
      say(`${process.pid} out`);
      lock.release();
    }
    await store.close();
  },

  async commit() {
    const store = openStore(root);
    for (let i = 0; ; i++) {
      const object = await store.putBytes(Buffer.from(`${process.pid} ${i} `.repeat(1 + (i % 500))));
      const parts = {
        folder: { is: 'folder', digest: 'd', bytes: 1, files: [{ path: 'a', bytes: 1, object }] },
      } as const;
      store.commit(entryOf(digestOf(i), { parts }), { cutoff: digestOf(i) });
      say(digestOf(i));
    }
  },

  /** All that planning asks of a store, and then rows. */
  async look() {
    const store = openStore(root);
    const fingerprint = digestOf(0);
    const object = await store.putBytes(Buffer.from('x'));
    store.commit(entryOf(fingerprint), { cutoff: fingerprint });
    if (store.entry(fingerprint) && store.cutoff(fingerprint) && store.missing([object]).length === 0) say('found');
    await store.putRows([], { n: 'float64' }, 'arrow').then(
      () => say('rows'),
      (error: { code?: string }) => say(String(error.code)),
    );
    await store.close();
  },

  /** Many write the same key. */
  async same() {
    const store = openStore(root);
    for (let i = 0; i < Number(times); i++) {
      const { counter } = store.commit(entryOf('5a'.repeat(16), { label: `${process.pid} ${i}` }), {
        cutoff: 'c0ffee00',
      });
      say(`${counter} ${process.pid} ${i}`);
      if (i % 5 === 0) await pause(0);
    }
    await store.close();
  },

  journal() {
    const journal = openStore(root).journal('1de7717f', 0);
    for (let i = 0; ; i++) {
      journal.append(Buffer.from(`${i} `.repeat(1 + (i % 3000))));
      say(String(i));
    }
  },

  async hold() {
    const lock = await openStore(root).lock('held', never);
    say('held');
    while (!existsSync(`${side} goes on`)) await pause(5);
    say(`still ${lock.held()}`);
  },

  /** The event loop of the holder stands still. */
  async busy() {
    const lock = await openStore(root, { patienceMs: 500 }).lock('held', never);
    say('held');
    await pause(1300);
    while (!existsSync(`${side} goes on`));
    say(`still ${lock.held()}`);
  },

  run() {
    const store = openStore(root);
    store.beginRun({ name: 'a run' }).keep([times]);
    writeFileSync(`${store.scratch()}/draft`, 'half');
    say('begun');
    setInterval(() => {}, 1000);
  },

  /** What a run puts, commits and forgets again. While its lease is open the object must be there. */
  async reuse() {
    const store = openStore(root);
    for (let i = 0; i < Number(times); i++) {
      const run = store.beginRun({});
      const object = await store.putBytes(Buffer.from(`content ${i % 3}`));
      await pause(i % 3);
      const parts = { v: { is: 'folder', digest: 'd', bytes: 1, files: [{ path: 'a', bytes: 1, object }] } } as const;
      store.commit(entryOf(digestOf(i), { parts }), {});
      const found = await store.getBytes(object).then(() => 'found', String);
      say(found);
      store.forget(digestOf(i));
      run.close({});
      await pause(i % 2);
    }
    await store.close();
  },

  async temporary() {
    const store = temporaryStore();
    await store.putBytes(Buffer.from('x'));
    say(store.where);
    if (times === 'throw') throw new Error('an uncaught error');
    if (times === 'stay') setInterval(() => {}, 1000);
  },

  /** Objects until the disk, or a limit, says no. */
  async fill() {
    const store = openStore(root);
    try {
      for (let i = 0; ; i++) {
        const object = await store.putBytes(Buffer.alloc(Number(times), i + 1));
        const parts = { v: { is: 'folder', digest: 'd', bytes: 1, files: [{ path: 'a', bytes: 1, object }] } } as const;
        store.commit(entryOf(digestOf(i), { parts }), {});
      }
    } catch (error) {
      process.stdout.write(String(error));
    }
    await store.close();
  },
};

await acts[act]?.();
