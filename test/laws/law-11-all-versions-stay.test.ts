import { describe, expect, test } from '@jest/globals';
import { type FileStore, openStore } from '@millrace/arrow-store';
import { memoryStore, type Row, type RunAsked, type Store } from '@millrace/core';
import { folder } from './files.js';
import { go, Outside } from './kit.js';
import { lab } from './lab.js';

interface Version {
  readonly data?: number;
  readonly config?: unknown;
  readonly code?: string;
  readonly rate?: unknown;
}

const VERSIONS: Readonly<Record<string, Version>> = {
  A: {},
  B: { data: 3 },
  C: { config: 'other' },
  D: { code: 'edited', data: 1 },
  E: { rate: 0.5 },
  F: { data: 0 },
};

const data = (from = 0): Row[] =>
  Array.from({ length: 5 }, (_, i) => ({ n: i, text: `a text that is long enough ${from + i}` }));

function versions(store: Store, outside = new Outside()) {
  const world = lab(store, outside);
  const { k } = world;
  const build = ({ data: from, config, code = 'first', rate }: Version) => {
    const q = k.rows(data(from));
    const answers = k.asked(q, { from: 'text', into: 'answer', with: config });
    const drawn = k.sampled(answers, { from: 'text', into: 'draw' });
    const model = k.train(answers, { by: 'answer', with: rate });
    return {
      q,
      answers,
      drawn,
      parsed: k.pure(answers, { from: 'answer', into: 'p', code }),
      kept: k.filter(answers, { from: 'answer', into: 'unused' }),
      model,
      tuned: k.tuned(q, { from: 'text', into: 't', model }),
      grouped: k.group(drawn, { by: 'draw' }),
      sorted: k.sort(drawn, { by: 'draw' }),
    };
  };
  return {
    world,
    run: (version: string, asked: RunAsked = {}) => go(world, build(VERSIONS[version] as Version), asked),
  };
}

const TABLES = ['answers', 'drawn', 'parsed', 'kept', 'tuned', 'grouped', 'sorted'] as const;

type Run = ReturnType<typeof versions>['run'];

const shown = async (went: Awaited<ReturnType<Run>>) => Promise.all(TABLES.map((name) => went.rows(name)));

describe.each([
  ['memory', () => memoryStore()],
  ['files', () => openStore(folder())],
])('on a store of %s', (_, open) => {
  test.each([['A B A'], ['A B C D E F A B C D E F'], ['A C A C'], ['D A D F A']])(
    '%s: what was made once is free and the same',
    async (way) => {
      const store = open();
      const { run } = versions(store);
      const made = new Map<string, unknown>();
      for (const version of way.split(' ')) {
        const went = await run(version);
        expect(went.outcome?.ended).toBe('done');
        const rows = await shown(went);
        if (!made.has(version)) made.set(version, rows);
        else
          expect([version, went.calls, new Set(Object.values(went.did))]).toEqual([version, [], new Set(['reused'])]);
        expect([version, rows]).toEqual([version, made.get(version)]);
      }
      await store.close();
    },
  );
});

describe('for the next process', () => {
  test('a version of long ago is free', async () => {
    const root = folder();
    const outside = new Outside();
    let before: unknown;
    for (const version of ['A', 'B', 'C', 'D', 'E', 'F']) {
      const store = openStore(root);
      const went = await versions(store, outside).run(version);
      if (version === 'A') before = await shown(went);
      await store.close();
    }
    const store = openStore(root);
    const again = await versions(store, outside).run('A');
    expect([again.calls, new Set(Object.values(again.did))]).toEqual([[], new Set(['reused'])]);
    expect(await shown(again)).toEqual(before);
    await store.close();
  });
});

describe('until they are swept', () => {
  /** A, then B; then a process that sweeps. */
  async function swept(sweep: (store: FileStore, printOf: (stage: string) => string) => number) {
    const root = folder();
    const outside = new Outside();
    const store = openStore(root);
    const { run } = versions(store, outside);
    const first = await run('A');
    const before = await shown(first);
    await run('B');
    await store.close();
    const next = openStore(root);
    const printOf = (stage: string) =>
      first.events.flatMap((e) => (e.is === 'stage-finished' && e.stage === stage ? [e.fingerprint] : []))[0] as string;
    const objects = sweep(next, printOf);
    return { run: versions(next, outside).run, before, next, objects };
  }

  test('a sweep of what nothing holds takes none of them', async () => {
    const { run, before, next, objects } = await swept((store) => store.gc({ graceMs: 0 }).objects.length);
    const again = await run('A', { need: 'all' });
    expect([objects, again.calls, await shown(again)]).toEqual([0, [], before]);
    await next.close();
  });

  test('a sweep that lets all go: a swept output counts as known until its data is wanted, and is then made again', async () => {
    const { run, next, objects } = await swept((store) => store.gc({ graceMs: 0, maxBytes: 0 }).objects.length);
    expect(objects).toBeGreaterThan(20);
    const known = await run('A');
    expect([known.calls, new Set(Object.values(known.did))]).toEqual([[], new Set(['reused'])]);
    const wanted = await run('A', { need: 'all' });
    expect(wanted.outcome?.ended).toBe('done');
    expect(wanted.calls.filter((call) => call.startsWith('asked'))).toHaveLength(5);
    expect((await wanted.rows('parsed')).map((row) => row['n'])).toEqual([0, 1, 2, 3, 4]);
    const stays = await run('A', { need: 'all' });
    expect([stays.calls, await shown(stays)]).toEqual([[], await shown(wanted)]);
    await next.close();
  });

  test('one that was cleared is made again, and no other', async () => {
    const { run, before, next, objects } = await swept(
      (store, printOf) => store.clear([printOf('model')]).objects.length,
    );
    expect(objects).toBeGreaterThan(0);
    const { model, ...others } = (await run('A', { need: 'all' })).did;
    expect([model, new Set(Object.values(others))]).toEqual(['ran', new Set(['reused'])]);
    const again = await run('A', { need: 'all' });
    expect([again.calls, await shown(again)]).toEqual([[], before]);
    const other = await run('B', { need: 'all' });
    expect([other.calls, new Set(Object.values(other.did))]).toEqual([[], new Set(['reused'])]);
    await next.close();
  });
});
