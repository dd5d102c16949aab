import { describe, expect, test } from '@jest/globals';
import { openStore } from '@millrace/arrow-store';
import { type AnyTable, type Kind, memoryStore, type Store, stage } from '@millrace/core';
import { changedFiles, filesBelow, folder, snapshot } from './files.js';
import { go } from './kit.js';
import { lab, planOf, statuses, watched } from './lab.js';

/** Every piece of code that a stage may be given, each telling that it was called. */
function talkative(rows: AnyTable, called: string[]): AnyTable {
  const say = <T>(what: string, value: T): T => {
    called.push(what);
    return value;
  };
  const kind: Kind = {
    name: 'talkative',
    version: 1,
    nature: 'answered',
    work: {
      is: 'rows',
      reads: () => ({ text: 'text' }),
      answers: () => ({ answer: 'text' }),
      request: ({ text }) => say('request', { text }),
      refuse: { reads: ['answer'], check: () => say('refuse', undefined) },
      derive: {
        reads: ['answer'],
        columns: () => ({ size: 'int32' }),
        run: ({ answer }) => say('derive', { size: String(answer).length }),
      },
      open: () => say('open', {}),
      close: () => say('close', undefined),
      batch: () => 2,
      run: (given) =>
        say(
          'run',
          given.map(({ text }) => ({ answer: `${text}!` })),
        ),
    },
    preflight: () => say('preflight', []),
  };
  return stage({ kind, inputs: { rows } });
}

/** A stage of each shape. */
function everything(store: Store) {
  const world = lab(store);
  const called: string[] = [];
  const { k } = world;
  const questions = k.rows(Array.from({ length: 40 }, (_, i) => ({ text: `text ${i} that is longer than 16 bytes` })));
  const answers = talkative(questions, called);
  const pieces = k.explode(answers, { from: 'answer', into: 'piece' });
  const model = k.train(answers, { by: 'answer' });
  const parts = k.split(answers, { by: 'answer' });
  const outputs = {
    questions,
    answers,
    pieces,
    kept: k.filter(answers, { from: 'answer', into: 'unused' }),
    sorted: k.sort(pieces, { by: 'piece' }),
    grouped: k.group(pieces, { by: 'piece' }),
    tuned: k.tuned(answers, { from: 'answer', into: 'tuned', model }),
    judged: k.judged(answers, { from: 'answer', into: 'j', threshold: k.count(answers, { by: 'text' }) }),
    joined: k.join(answers, questions, { by: 'text', prefix: 'right_' }),
    test: parts.test,
    summary: parts.summary,
    model,
  };
  return { world, outputs, called };
}

/** Doors through which a run looks up, begins and ends. */
const FREE = new Set(['entry', 'cutoff', 'fact', 'missing', 'noticed', 'beginRun']);

describe.each([
  ['memory', () => memoryStore()],
  ['files', () => openStore(folder())],
])('a run with nothing to do, on a store of %s', (_, open) => {
  test('calls nobody, opens no table, writes nothing but its run record', async () => {
    const { store, take } = watched(open());
    const { world, outputs, called } = everything(store);
    const first = await go(world, outputs);
    expect(first.error).toBeUndefined();
    expect(called).toEqual(expect.arrayContaining(['run', 'derive', 'request', 'open', 'refuse']));
    expect(take()).toMatchObject({
      putRows: expect.any(Number),
      openRows: expect.any(Number),
      commit: expect.any(Number),
    });
    called.length = 0;
    const second = await go(world, outputs);
    expect(new Set(Object.values(second.did))).toEqual(new Set(['reused']));
    expect(second.outcome).toMatchObject({ ended: 'done', cost: { calls: 0, rows: 0, seconds: 0 } });
    expect([second.calls, called]).toEqual([[], []]);
    expect(Object.keys(take()).filter((door) => !FREE.has(door))).toEqual([]);
    await store.close();
  });

  test('a plan writes nothing at all, and opens nothing', async () => {
    const { store, take } = watched(open());
    const { world, outputs, called } = everything(store);
    expect(new Set(Object.values(statuses(await planOf(store, outputs))))).toEqual(new Set(['run', 'later']));
    await go(world, outputs);
    take();
    called.length = 0;
    expect(new Set(Object.values(statuses(await planOf(store, outputs))))).toEqual(new Set(['reused']));
    const doors = Object.keys(take()).filter((door) => !FREE.has(door) || door === 'beginRun');
    expect([doors, called]).toEqual([[], []]);
    await store.close();
  });
});

test('on the disk only the record of the run is new, also for a process that begins with it', async () => {
  const root = folder();
  const first = openStore(root);
  await go(everything(first).world, everything(first).outputs);
  await first.close();
  const before = snapshot(root);
  expect(filesBelow(`${root}/objects`).length).toBeGreaterThan(20);
  const second = openStore(root);
  const { world, outputs, called } = everything(second);
  const went = await go(world, outputs);
  await second.close();
  expect(new Set(Object.values(went.did))).toEqual(new Set(['reused']));
  expect([went.calls, called]).toEqual([[], []]);
  const rooms = new Set(changedFiles(before, snapshot(root)).map((name) => name.split('/')[0]));
  expect([...rooms].filter((room) => room !== 'runs')).toEqual([]);
});

test('a plan on a store of files leaves every byte as it was', async () => {
  const root = folder();
  const store = openStore(root);
  const { world, outputs } = everything(store);
  await go(world, outputs);
  const before = snapshot(root);
  await planOf(store, { ...outputs, more: world.k.sort(outputs.answers, { by: 'text' }) });
  // An open store beats once a second, whatever it is asked.
  const changed = changedFiles(before, snapshot(root)).filter((name) => !name.startsWith('alive/'));
  expect(changed).toEqual([]);
  await store.close();
});

test('nothing is opened where nothing is declared', async () => {
  const { store, take } = watched(memoryStore());
  const world = lab(store);
  const went = await go(world, {});
  expect(went.outcome?.ended).toBe('done');
  expect(Object.keys(take()).filter((door) => !['beginRun', 'noticed'].includes(door))).toEqual([]);
});
