import { existsSync, mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Entry, Segment, TableOutput } from '@millrace/core';
import { entryOf, segmentOf } from '../../../test/contract/samples.js';
import { type FileStore, openStore } from '../src/index.js';
import { folders, linesOf, start, until } from './process/start.js';

const at = folders();
const HOUR = 3_600_000;
const NOW = { graceMs: 0 };
const identity = 'd'.repeat(32);
const fingerprintOf = (name: string) => Buffer.from(name.padEnd(16, '_')).toString('hex');

let store: FileStore;
beforeEach(() => {
  store = openStore(at.root);
});
afterEach(() => store.close());

const put = (text: string, bytes = 100) => store.putBytes(Buffer.from(text.padEnd(bytes, '.')));

/** An entry that points to those objects. */
const commit = (name: string, objects: readonly string[], more: Partial<Entry> = {}) => {
  const files = objects.map((object) => ({ path: object, bytes: 1, object }));
  return store.commit(
    entryOf(fingerprintOf(name), { parts: { out: { is: 'folder', digest: 'd', bytes: 1, files } }, ...more }),
    {},
  );
};

const tableOf = (segment: Segment): TableOutput => ({
  is: 'table',
  rows: segment.rows,
  columns: [{ name: 'x', type: 'text', digest: 'd', group: 0, stored: 'x' }],
  groups: [{ segments: [segment], maps: [] }],
  failed: 0,
});

/** An entry whose own rows stand in a segment. */
const commitRows = (name: string, segment: Segment, of = identity) =>
  commit(name, [], { parts: { main: tableOf(segment) }, rows: { identity: of, own: ['x'], passed: {} } });

const costs = (seconds: number, money?: number) => ({
  worth: { seconds, rows: 1, calls: 1, ...(money ? { money } : {}) },
});

const age = (object: string, ms: number) => {
  const then = (Date.now() - ms) / 1000;
  utimesSync(join(at.root, 'objects', object.slice(0, 2), object), then, then);
};

const ageRecords = (name: string, ms: number) => {
  const fingerprint = fingerprintOf(name);
  const folder = join(at.root, 'records', fingerprint.slice(0, 2), fingerprint);
  const then = (Date.now() - ms) / 1000;
  for (const file of readdirSync(folder)) utimesSync(join(folder, file), then, then);
};

describe('gc', () => {
  test('with an age, leaves what a live run reuses, or works in, whatever the dates say', async () => {
    const object = await put('paid');
    commit('answers', [object]);
    const run = store.beginRun({ stages: { answers: fingerprintOf('answers') } });
    const folder = store.workFolder('attempt-of-the-run');
    const then = (Date.now() - 40 * 24 * HOUR) / 1000;
    for (const path of [folder, join(at.root, 'runs', `${run.id}.json`)]) utimesSync(path, then, then);
    age(object, 40 * 24 * HOUR);
    ageRecords('answers', 40 * 24 * HOUR);
    expect(store.gc({ ...NOW, maxAgeMs: HOUR })).toMatchObject({ attempts: 0, objects: [] });
    run.close({});
    utimesSync(join(at.root, 'runs', `${run.id}.keep`), then, then);
    expect(store.gc({ ...NOW, maxAgeMs: HOUR })).toMatchObject({ attempts: 1, objects: [{ object }] });
  });

  test('what came back from the trash is held by the runs that are open', async () => {
    const object = await put('wanted');
    age(object, HOUR);
    store.gc({ graceMs: HOUR / 2 });
    const run = store.beginRun({});
    expect(store.missing([object])).toEqual([]);
    age(object, HOUR);
    expect(store.gc(NOW).objects).toEqual([]);
    run.close({});
    expect(store.gc(NOW).objects).toMatchObject([{ object }]);
  });

  test('with an age, takes what attempts left that nobody went on with, and no other', () => {
    const [old, young] = [store.workFolder('attempt-old'), store.workFolder('attempt-young')];
    const then = (Date.now() - 40 * 24 * HOUR) / 1000;
    for (const folder of [old, young]) {
      mkdirSync(join(folder, 'checkpoints'));
      for (const name of ['checkpoints/1', 'log.txt']) writeFileSync(join(folder, name), 'x'.repeat(100));
      for (const name of ['checkpoints/1', 'log.txt', 'checkpoints', '.']) utimesSync(join(folder, name), then, then);
    }
    symlinkSync('..', join(old, 'checkpoints/up'));
    utimesSync(join(old, 'checkpoints'), then, then);
    writeFileSync(join(young, 'checkpoints/2'), '');
    expect(store.gc()).toMatchObject({ attempts: 0 });
    expect(store.gc({ maxAgeMs: 50 * 24 * HOUR })).toMatchObject({ attempts: 0 });
    expect(store.gc({ maxAgeMs: HOUR, dryRun: true })).toMatchObject({ attempts: 1, bytes: 200 });
    expect(existsSync(old)).toBe(true);
    expect(store.gc({ maxAgeMs: HOUR })).toMatchObject({ attempts: 1, bytes: 200 });
    expect([existsSync(old), existsSync(join(young, 'log.txt'))]).toEqual([false, true]);
  });

  test('takes what nothing holds, and leaves what an entry, remembered rows, a journal or a fact holds', async () => {
    const [entry, rows, answer, fact, lost] = [
      await put('e'),
      await put('r'),
      await put('j'),
      await put('f'),
      await put('l'),
    ];
    commit('a', [entry]);
    store.remember(identity, 0, { ...segmentOf(1), data: rows });
    store.journal(identity, 0).append(Buffer.from(JSON.stringify({ folder: answer })));
    store.putFact('state', { object: fact });
    const swept = store.gc(NOW);
    expect(swept.objects.map(({ object }) => object)).toEqual([lost]);
    expect(swept).toMatchObject({ bytes: 100, entries: 0, waiting: 0 });
    expect(store.missing([entry, rows, answer, fact, lost])).toEqual([lost]);
    expect(readdirSync(join(at.root, 'trash'))).toEqual([]);
  });

  test('keeps an incomplete entry, and the rows of an artifact that a smaller run replaced', async () => {
    const [half, all] = [await put('half'), await put('12,000 answers')];
    commit('a', [half], { status: 'incomplete' });
    commit('full', [all], { rows: { identity, own: ['answer'], passed: {} } });
    store.remember(identity, 0, { ...segmentOf(12_000), data: all });
    commit('sample', [], { rows: { identity, own: ['answer'], passed: {} } });
    store.forget(fingerprintOf('full'));
    expect(store.gc(NOW).objects).toEqual([]);
  });

  test('takes what only a forgotten entry held', async () => {
    const object = await put('forgotten');
    commit('a', [object]);
    store.forget(fingerprintOf('a'));
    expect(store.gc(NOW).objects).toEqual([{ object, bytes: 100 }]);
  });

  test('says with a dry run what it would take, and takes nothing', async () => {
    const object = await put('lost');
    expect(store.gc({ ...NOW, dryRun: true }).objects).toEqual([{ object, bytes: 100 }]);
    expect(store.missing([object])).toEqual([]);
  });

  test('leaves the young alone; what is swept waits in the trash and comes back when it is read', async () => {
    const [young, old] = [await put('young'), await put('old')];
    age(old, 2 * HOUR);
    expect(store.gc()).toMatchObject({ objects: [{ object: old }], waiting: 100 });
    expect(store.missing([young, old])).toEqual([]);
    age(old, 2 * HOUR);
    store.gc();
    expect(Buffer.from(await store.getBytes(old)).toString()).toContain('old');
    age(old, 2 * HOUR);
    store.gc();
    store.gc(NOW);
    expect(store.missing([old])).toEqual([old]);
  });

  test('never takes what a live run of another process holds; once that is killed, it does', async () => {
    const object = await put('used elsewhere');
    const { child, ended } = start('run', at.root, at.side, object);
    await until(() => linesOf(at.side).length > 0);
    expect(store.gc(NOW).objects).toEqual([]);
    child.kill('SIGKILL');
    await ended;
    expect(store.gc(NOW).objects).toEqual([{ object, bytes: 100 }]);
  });

  test('never takes what a run here put or renewed and has not committed yet', async () => {
    const before = await put('renewed');
    age(before, 2 * HOUR);
    const run = store.beginRun({});
    const objects = [await put('new'), await put('renewed')];
    expect(store.gc(NOW).objects).toEqual([]);
    run.close({});
    expect(
      store
        .gc(NOW)
        .objects.map(({ object }) => object)
        .sort(),
    ).toEqual([...objects].sort());
  });

  test('fits a size: cheap to compute first, paid answers last', async () => {
    const worth = { bought: costs(1, 5), slow: costs(900), quick: costs(2), cheap: costs(1, 0.01) };
    const objects: Record<string, string> = {};
    for (const [name, cost] of Object.entries(worth)) {
      objects[name] = await put(name, 1000);
      commit(name, [objects[name]], cost);
    }
    const order: string[] = [];
    for (const maxBytes of [3000, 2000, 1000, 0]) {
      const { objects: swept, entries } = store.gc({ ...NOW, maxBytes });
      expect(entries).toBe(1);
      order.push(...swept.map(({ object }) => Object.entries(objects).find(([, each]) => each === object)?.[0] ?? ''));
    }
    expect(order).toEqual(['quick', 'slow', 'cheap', 'bought']);
    expect([...store.entries()]).toHaveLength(4);
  });

  test('to fit a size, remembered rows go with their objects', async () => {
    const object = await put('answers', 1000);
    commit('answers', [object], { ...costs(5, 1), rows: { identity, own: ['answer'], passed: {} } });
    store.remember(identity, 0, { ...segmentOf(1), data: object });
    expect(store.gc({ ...NOW, maxBytes: 1000 }).objects).toEqual([]);
    expect(store.gc({ ...NOW, maxBytes: 10 })).toMatchObject({ bytes: 1000, entries: 1 });
    expect(store.memory(identity)).toEqual([]);
    expect(store.entry(fingerprintOf('answers'))).toBeDefined();
  });

  test('rows whose objects are young or in use stay remembered', async () => {
    const object = await put('answers', 1000);
    store.remember(identity, 0, { ...segmentOf(1), data: object });
    store.gc({ maxBytes: 0 });
    const run = store.beginRun({});
    run.keep([object]);
    store.gc({ ...NOW, maxBytes: 0 });
    expect(store.memory(identity)).toHaveLength(1);
    expect(store.missing([object])).toEqual([]);
    run.close({});
  });

  test('finds what a large file refers to, wherever it stands', async () => {
    const object = await put('far down');
    const journal = store.journal(identity, 0);
    for (const before of [0, (16 << 20) - 40, 100])
      journal.append(Buffer.concat([Buffer.alloc(before, ' '), Buffer.from(object)]));
    journal.close();
    expect(store.gc(NOW).objects).toEqual([]);
  });

  test('by age: what no run used for so long', async () => {
    const [old, used] = [await put('old'), await put('used')];
    for (const [name, object] of [
      ['old', old],
      ['used', used],
    ] as const) {
      commit(name, [object]);
      ageRecords(name, 48 * HOUR);
      age(object, 48 * HOUR);
    }
    const run = store.beginRun({});
    run.keep([used]);
    run.close({});
    expect(store.gc({ ...NOW, maxAgeMs: 24 * HOUR }).objects.map(({ object }) => object)).toEqual([old]);
  });
});

describe('gc beside processes that use what it sweeps', () => {
  test('whoever holds an object by a lease finds it, at any instant', async () => {
    const all = [1, 2].map(() => start('reuse', at.root, at.side, 60));
    let over = false;
    const ended = Promise.all(all.map(({ ended }) => ended)).finally(() => {
      over = true;
    });
    let swept = 0;
    while (!over) {
      swept += store.gc(NOW).objects.length;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    swept += store.gc(NOW).objects.length;
    expect(await ended).toEqual([0, 0]);
    expect(linesOf(at.side).filter((line) => line !== 'found')).toEqual([]);
    expect(linesOf(at.side)).toHaveLength(120);
    expect(swept).toBeGreaterThan(0);
    expect(await store.verify({ deep: true })).toMatchObject({ damaged: [] });
  });
});

describe('clear', () => {
  test('drops the data of an entry, but not what another holds, and keeps the record', async () => {
    const [own, shared] = [await put('own'), await put('shared')];
    commit('a', [own, shared]);
    commit('b', [shared]);
    expect(store.clear([fingerprintOf('a')], { dryRun: true })).toMatchObject({ bytes: 100, entries: 1 });
    expect(store.missing([own])).toEqual([]);
    expect(store.clear([fingerprintOf('a')]).objects).toEqual([{ object: own, bytes: 100 }]);
    expect(store.missing([own, shared])).toEqual([own]);
    expect(store.entry(fingerprintOf('a'))?.label).toBe('sample');
  });

  test('drops the remembered rows with their data', async () => {
    const [own, others] = [await put('own'), await put('others')];
    const segments = [
      { ...segmentOf(1), data: own },
      { ...segmentOf(2), data: others },
    ] as const;
    commitRows('a', segments[0]);
    commitRows('b', segments[1]);
    for (const segment of segments) store.remember(identity, 0, segment);
    store.clear([fingerprintOf('a')]);
    expect(store.memory(identity).map(({ segment }) => segment.rows)).toEqual([2]);
  });

  test('drops remembered rows whose keys are the bytes that lie beside a column of another stage', async () => {
    const [own, beside] = [await put('own'), await put('digests of a text')];
    const segment = { ...segmentOf(3), data: own, keys: beside };
    commitRows('a', segment);
    commit('above', [beside]);
    store.remember(identity, 0, segment);
    expect(store.clear([fingerprintOf('a')]).objects.map(({ object }) => object)).toEqual([own]);
    expect([store.memory(identity), store.missing([beside])]).toEqual([[], []]);
  });

  test('drops remembered rows although another stage gave the same for the same keys', async () => {
    const segment = { ...segmentOf(3), data: await put('both'), keys: await put('keys') };
    const other = 'e'.repeat(32);
    commitRows('a', segment);
    commitRows('b', segment, other);
    store.remember(identity, 0, segment);
    store.remember(other, 0, segment);
    store.clear([fingerprintOf('a')]);
    expect([store.memory(identity).length, store.memory(other).length]).toEqual([0, 1]);
    expect(store.missing([segment.data, segment.keys])).toEqual([]);
  });

  test('keeps remembered rows that a stage below passes on', async () => {
    const segment = { ...segmentOf(3), data: await put('passed on') };
    commitRows('a', segment);
    commit('below', [], { parts: { main: tableOf(segment) } });
    store.remember(identity, 0, segment);
    expect(store.clear([fingerprintOf('a')]).objects).toEqual([]);
    expect(store.memory(identity)).toHaveLength(1);
  });

  test('leaves in the trash what another sweep put there', async () => {
    const [mine, others] = [await put('mine'), await put('others')];
    age(others, 2 * HOUR);
    commit('a', [mine]);
    store.gc();
    store.clear([fingerprintOf('a')]);
    expect(store.missing([mine, others])).toEqual([mine]);
  });

  test('does not take what a live run holds', async () => {
    const object = await put('in use');
    commit('a', [object]);
    const run = store.beginRun({});
    run.keep([object]);
    expect(store.clear([fingerprintOf('a')]).objects).toEqual([]);
    run.close({});
    expect(store.clear([fingerprintOf('a')]).objects).toHaveLength(1);
  });
});

test('ls tells what is stored, newest first, and what of it is there', async () => {
  const [here, gone] = [await put('here'), await put('gone', 50)];
  commit('a', [here, gone]);
  commit('b', [here], { label: 'later' });
  store.clear([fingerprintOf('a')]);
  expect(store.ls().map(({ label, bytes, objects, missing }) => ({ label, bytes, objects, missing }))).toEqual([
    { label: 'later', bytes: 100, objects: 1, missing: 0 },
    { label: 'sample', bytes: 100, objects: 2, missing: 1 },
  ]);
});

test('a sweep of a store that holds a folder of very many files', async () => {
  const lost = await put('nobody wants it');
  const files = Array.from({ length: 200_000 }, (_, n) => `${n.toString(16).padStart(64, '0')}.bin`);
  store.putFact('a folder', files);
  expect(store.gc({ ...NOW, maxAgeMs: HOUR }).objects.map(({ object }) => object)).toEqual([lost]);
});
