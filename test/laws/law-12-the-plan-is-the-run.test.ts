import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { openStore } from '@millrace/arrow-store';
import {
  type AnyHandle,
  type AnyTable,
  type Kind,
  type MemoryStore,
  memoryStore,
  type Output,
  type Plan,
  type Row,
  type RunAsked,
  stage,
  sweptFact,
} from '@millrace/core';
import { rowsSource } from '@millrace/stages';
import { filesBelow, flipBit, folder } from './files.js';
import { go, type Went } from './kit.js';
import { type Lab, lab, planOf, statuses } from './lab.js';

const texts = (from: number, to: number): Row[] =>
  Array.from({ length: to - from }, (_, i) => ({ n: from + i, text: `text number ${from + i} of many` }));

interface Edit {
  readonly data?: readonly Row[];
  readonly asked?: unknown;
  readonly parsed?: unknown;
  readonly threshold?: unknown;
}

function built(world: Lab) {
  const { k } = world;
  return ({ data = texts(0, 6), asked, parsed, threshold }: Edit): Record<string, AnyHandle> => {
    const q = k.rows(data);
    const answers = k.asked(q, { from: 'text', into: 'answer', with: asked });
    const limit = k.count(q, { by: 'n', with: threshold });
    const drawn = k.sampled(answers, { from: 'answer', into: 'draw' });
    return {
      q,
      answers,
      limit,
      drawn,
      parsed: k.pure(answers, { from: 'answer', into: 'p', with: parsed }),
      judged: k.judged(answers, { from: 'answer', into: 'j', threshold: limit }),
      sorted: k.sort(drawn, { by: 'draw' }),
      kept: k.filter(drawn, { from: 'draw', into: 'unused' }),
    };
  };
}

const plansOf = ({ events }: Went): Plan[] => events.flatMap((event) => (event.is === 'planned' ? [event.plan] : []));

/** What the run did, in the words of the plan. */
const didAs = (did: string | undefined) => did?.replace(/^ran.*/, 'run');

/** The run did what one of its plans said of each stage; `later` may come to anything. */
function expectObeyed(went: Went, planned: Plan): void {
  const [first, ...others] = plansOf(went);
  expect(statuses(first as Plan)).toEqual(statuses(planned));
  for (const [name, did] of Object.entries(went.did)) {
    const said = [first as Plan, ...others].map((plan) => statuses(plan)[name]);
    if (said.includes('later')) continue;
    expect([name, said]).toEqual([name, expect.arrayContaining([didAs(did)])]);
  }
}

const EDITS: readonly (readonly [string, Edit, RunAsked?])[] = [
  ['everything new', {}],
  ['nothing', {}],
  ['a row more', { data: texts(0, 7) }],
  ['back', {}],
  ['another prompt', { asked: 2 }],
  ['another parser', { asked: 2, parsed: 3 }],
  ['another threshold', { asked: 2, parsed: 3, threshold: 4 }],
  ['a forced redraw', { asked: 2, parsed: 3, threshold: 4 }, { force: ['drawn'] }],
  ['a forced redraw with all below', {}, { force: ['answers'], forceBelow: true }],
  ['only one output', { data: texts(3, 9) }, { only: ['parsed'] }],
  ['from a stage on', { data: texts(3, 9), parsed: 5 }, { from: ['parsed'], only: ['parsed'] }],
  ['fewer rows', { data: texts(0, 9) }, { rows: 4 }],
  ['all of them again', { data: texts(0, 9) }],
];

describe('the run does what the plan said', () => {
  test('after each edit of a long history', async () => {
    const world = lab();
    const build = built(world);
    for (const [name, edit, asked = {}] of EDITS) {
      const planned = await planOf(world.store, build(edit), asked);
      const went = await go(world, build(edit), asked);
      expect([name, went.error, went.outcome?.ended]).toEqual([name, undefined, 'done']);
      expectObeyed(went, planned);
      expect([name, plansOf(went).length]).toEqual([name, 1]);
      if (!planned.steps.some(({ decision }) => ['run', 'later'].includes(decision.status)))
        expect(went.calls).toEqual([]);
    }
  });

  test('the same plan twice is the same plan, and the reasons are those that the run gives', async () => {
    const world = lab();
    const build = built(world);
    await go(world, build({}));
    const edit = { asked: { temperature: 0.7 } };
    const [one, other] = [await planOf(world.store, build(edit)), await planOf(world.store, build(edit))];
    expect(one.steps.map(({ fingerprint, reasons }) => [fingerprint, reasons])).toEqual(
      other.steps.map(({ fingerprint, reasons }) => [fingerprint, reasons]),
    );
    const went = await go(world, build(edit));
    for (const event of went.events)
      if (event.is === 'stage-started')
        expect(event.reasons).toEqual(one.steps.find(({ name }) => name === event.stage)?.reasons);
    expect(one.steps.find(({ name }) => name === 'answers')?.reasons).toEqual([
      { is: 'changed', path: 'config.with', after: { temperature: 0.7 } },
    ]);
  });

  test('a plan is of the store as it is: once a stage has run, what was decided later is decided', async () => {
    const world = lab();
    const build = built(world);
    await go(world, build({}));
    const more = { data: texts(0, 7) };
    expect(statuses(await planOf(world.store, build(more)))).toMatchObject({
      q: 'run',
      answers: 'later',
      parsed: 'later',
      limit: 'later',
    });
    await go(world, build(more), { only: ['q'] });
    expect(statuses(await planOf(world.store, build(more)))).toMatchObject({
      q: 'reused',
      answers: 'run',
      parsed: 'later',
      limit: 'run',
    });
  });
});

const objectsOf = (output: Output | undefined, column: string): string[] => {
  if (output?.is !== 'table') throw new Error('no table');
  const at = output.columns.find(({ name }) => name === column)?.group ?? -1;
  return (output.groups[at]?.segments ?? []).flatMap(({ data }) => data ?? []);
};

/** As a sweep of the store does it: on purpose, and noted. */
function sweep(store: MemoryStore, went: Went, [name, column]: readonly [string, string]): void {
  for (const object of objectsOf(went.outputs.get(name), column)) store.shelf.delete(object);
  const { fingerprint = '' } = plansOf(went)[0]?.steps.find((step) => step.name === name) ?? {};
  store.putFact(sweptFact(fingerprint), store.entry(fingerprint)?.counter);
}

describe('what is lost of an output is made again, a leaf or not', () => {
  const lostOf = async (how: 'gone' | 'swept') => {
    const store = memoryStore();
    const world = lab(store);
    const build = built(world);
    const first = await go(world, build({}));
    const before = await first.rows('parsed');
    if (how === 'swept') sweep(store, first, ['parsed', 'p']);
    else for (const object of objectsOf(first.outputs.get('parsed'), 'p')) store.shelf.delete(object);
    return { store, world, build, before };
  };

  test('gone without a sweep: the plan says so, the next run makes just that, and then there is nothing to do', async () => {
    const { store, world, build, before } = await lostOf('gone');
    const planned = await planOf(store, build({}));
    expect(statuses(planned)).toMatchObject({ q: 'reused', answers: 'reused', drawn: 'reused', parsed: 'run' });
    expect(planned.steps.find(({ name }) => name === 'parsed')?.reasons).toEqual([{ is: 'lost', how: 'gone' }]);
    const went = await go(world, build({}));
    expectObeyed(went, planned);
    expect([went.outcome?.ended, plansOf(went).length]).toEqual(['done', 1]);
    expect(went.calls.every((call) => call.startsWith('pure'))).toBe(true);
    expect(await went.rows('parsed')).toEqual(before);
    expect(new Set(Object.values((await go(world, build({}))).did))).toEqual(new Set(['reused']));
  });

  test('swept: it counts as known until somebody asks for it', async () => {
    const { store, world, build } = await lostOf('swept');
    expect(new Set(Object.values((await go(world, build({}))).did))).toEqual(new Set(['reused']));
    expect((await go(world, build({}), { need: ['parsed'] })).did).toMatchObject({ parsed: 'ran 6/6', q: 'reused' });
    for (const object of [...store.shelf.keys()]) store.shelf.delete(object);
    expect((await go(world, build({}))).did['parsed']).toBe('ran 6/6');
  });

  test('nothing is looked for where nothing is needed', async () => {
    const { store, build } = await lostOf('gone');
    expect(statuses(await planOf(store, build({}), { need: [] }))).toMatchObject({ parsed: 'reused' });
  });
});

describe('when a fact changes in mid-run the rest is planned again, by the same function, and it is said', () => {
  test('data that was swept and is wanted: known before it runs', async () => {
    const store = memoryStore();
    const world = lab(store);
    const build = built(world);
    const first = await go(world, build({}));
    sweep(store, first, ['answers', 'answer']);
    expect(new Set(Object.values(statuses(await planOf(store, build({})))))).toEqual(new Set(['reused']));
    const planned = await planOf(store, build({ parsed: 7 }));
    expect(statuses(planned)).toMatchObject({
      q: 'reused',
      answers: 'run',
      parsed: 'later',
      drawn: 'later',
      limit: 'reused',
    });
    expect(planned.steps.find(({ name }) => name === 'answers')?.reasons).toEqual([{ is: 'lost', how: 'swept' }]);
    const went = await go(world, build({ parsed: 7 }));
    expectObeyed(went, planned);
    expect(went.outcome?.ended).toBe('done');
  });

  test('data that is wanted only by what was decided later', async () => {
    const store = memoryStore();
    const world = lab(store);
    const { k } = world;
    const build = (rate: number) => {
      const side = k.rows(texts(50, 53));
      const q = k.rows(texts(0, 3 + rate));
      const answers = k.asked(q, { from: 'text', into: 'answer' });
      const kept = k.asked(side, { from: 'text', into: 'kept' });
      return { answers, kept, both: k.looked(answers, { from: 'answer', into: 'b', side: kept }) };
    };
    const first = await go(world, build(0));
    sweep(store, first, ['kept', 'kept']);
    const planned = await planOf(store, build(1));
    expect(statuses(planned)).toMatchObject({ kept: 'reused', both: 'later' });
    const went = await go(world, build(1));
    expect(went.outcome?.ended).toBe('done');
    expect(plansOf(went)).toHaveLength(2);
    expect(went.events.filter((e) => e.is === 'planned').map((e) => e.is === 'planned' && e.again)).toEqual([
      false,
      true,
    ]);
    expect(statuses(plansOf(went)[1] as Plan)).toMatchObject({ answers: 'done', kept: 'run', both: 'later' });
    expectObeyed(went, planned);
    expect(went.calls.filter((call) => call.startsWith('asked'))).toHaveLength(1 + 3);
  });

  test('damage that is found while it is read', async () => {
    const root = folder();
    const store = openStore(root);
    const first = lab(store);
    const before = await go(first, built(first)({}));
    const [object] = objectsOf(before.outputs.get('answers'), 'answer');
    await store.close();
    flipBit(`${root}/objects/${filesBelow(`${root}/objects`).find((name) => name.endsWith(object as string))}`);
    const next = openStore(root);
    const world = lab(next, first.outside);
    const edit = { parsed: 3 };
    const planned = await planOf(next, built(world)(edit));
    expect(statuses(planned)).toMatchObject({ answers: 'reused', parsed: 'run' });
    const went = await go(world, built(world)(edit));
    expect([went.outcome?.ended, plansOf(went).length]).toEqual(['done', 2]);
    expect(statuses(plansOf(went)[1] as Plan)).toMatchObject({ q: 'reused', answers: 'run', parsed: 'later' });
    expectObeyed(went, planned);
    await next.close();
  });

  test('a stage that runs again for lost data and gives other content is a redraw in the same run', async () => {
    const store = memoryStore();
    const world = lab(store);
    const { k } = world;
    const build = (d: number) => {
      const u = k.sampled(k.rows(texts(0, 4)), { from: 'text', into: 'draw' });
      return {
        u,
        d: k.pure(u, { from: 'draw', into: 'd', with: d }),
        e: k.count(u, { by: 'draw' }),
        f: k.pure(u, { from: 'draw', into: 'f' }),
      };
    };
    const first = await go(world, build(0));
    for (const object of objectsOf(first.outputs.get('u'), 'draw')) store.shelf.delete(object);
    const went = await go(world, build(1));
    expect(went.did).toMatchObject({ u: 'ran 4/4', d: 'ran 4/4', e: 'ran', f: 'ran 4/4' });
    const draws = (await went.rows('u')).map((row) => String(row['draw']));
    for (const [name, column] of [
      ['d', 'd'],
      ['f', 'f'],
    ] as const)
      expect((await went.rows(name)).every((row, i) => String(row[column]).startsWith(draws[i] as string))).toBe(true);
    expect(new Set(Object.values((await go(world, build(1))).did))).toEqual(new Set(['reused']));
  });
});

/** Each answer costs one. */
function paid(rows: AnyTable, c: { name: string; concurrency?: number; calls: string[] }): AnyTable {
  const kind: Kind = {
    name: c.name,
    version: 1,
    nature: 'answered',
    work: {
      is: 'rows',
      reads: () => ({ text: 'text' }),
      answers: () => ({ out: 'text' }),
      adds: () => ({ [c.name]: 'out' }),
      run: async (given, { beside }) => {
        await pause(1);
        for (const [i, { text }] of given.entries()) {
          c.calls.push(`${c.name} ${text}`);
          beside(i, { money: 1, tokens: 10 });
        }
        return given.map(({ text }) => ({ out: `${c.name} ${text}` }));
      },
    },
  };
  return stage({ kind, inputs: { rows }, options: { concurrency: c.concurrency ?? 1, retries: 0 } });
}

interface Failing {
  readonly tried: string[];
  readonly concurrency: number;
  readonly retries: number;
}

/** Calls that fail in passing, each time. */
function failing(rows: AnyTable, { tried, concurrency, retries }: Failing): AnyTable {
  const kind: Kind<object, object> = {
    name: 'failing',
    version: 1,
    nature: 'answered',
    work: {
      is: 'rows',
      reads: () => ({ text: 'text' }),
      answers: () => ({ out: 'text' }),
      run: ([row]) => {
        tried.push(String(row?.['text']));
        throw Object.assign(new Error('busy'), { failure: { message: 'busy', retryAfterMs: 0 } });
      },
    },
  };
  return stage({ kind, inputs: { rows }, options: { concurrency, retries } });
}

describe('what cannot work is said before anything is spent', () => {
  test('a column that is not there, in a table whose columns are known', async () => {
    const world = lab();
    const went = await go(world, { it: world.k.asked(rowsSource(texts(0, 3)), { from: 'txet', into: 'answer' }) });
    expect(went.error?.message).toMatch(/reads the column txet.*Did you mean text\?/);
    expect(went.calls).toEqual([]);
  });

  test('a name for a new column that is taken', async () => {
    const world = lab();
    for (const table of [rowsSource(texts(0, 3)), world.k.rows(texts(0, 3))]) {
      const went = await go(world, { it: world.k.asked(table, { from: 'text', into: 'n' }) });
      const failed = went.events.find((event) => event.is === 'stage-failed');
      expect((went.error ?? failed?.error)?.message).toMatch(/\bn\b.*already/);
      expect(went.calls).toEqual([]);
    }
  });
});

describe('the budget holds', () => {
  const build = (world: Lab, calls: string[], concurrency = 1) => {
    const q = world.k.rows(texts(0, 10));
    const a = paid(q, { name: 'a', concurrency, calls });
    return { a, b: paid(q, { name: 'b', concurrency, calls }), c: paid(a, { name: 'c', concurrency, calls }) };
  };

  test.each([0, 1, 7, 15, 29, 30, 100])(
    'of %i calls, over all stages at once, and what was bought counts',
    async (maxCalls) => {
      const world = lab();
      const calls: string[] = [];
      const went = await go(world, build(world, calls, 3), { maxCalls, stages: 3 });
      expect(calls.length).toBe(Math.min(30, maxCalls));
      expect(went.outcome?.ended).toBe(maxCalls >= 30 ? 'done' : 'stopped by budget');
      expect(went.outcome?.cost.calls).toBe(calls.length);
      const rest = await go(world, build(world, calls, 3));
      expect([rest.outcome?.ended, calls.length, new Set(calls).size]).toEqual(['done', 30, 30]);
    },
  );

  test.each([1, 4, 12])('of money, with %i calls at once', async (concurrency) => {
    for (const maxCost of [5, 14]) {
      const world = lab();
      const calls: string[] = [];
      const went = await go(world, build(world, calls, concurrency), { maxCost });
      expect(went.outcome?.ended).toBe('stopped by budget');
      expect([went.outcome?.cost.money, calls.length]).toEqual([maxCost, maxCost]);
    }
  });

  test.each([1, 3])('of calls: each try of a failed call is one, with %i calls at once', async (concurrency) => {
    for (const maxCalls of [1, 5, 12]) {
      const world = lab();
      const tried: string[] = [];
      const asked = failing(world.k.rows(texts(0, 5)), { tried, concurrency, retries: 10 });
      const went = await go(world, { asked }, { maxCalls });
      expect([went.outcome?.ended, tried.length]).toEqual(['stopped by budget', maxCalls]);
    }
  });

  test('of calls: where they are enough, the tries are made and the rows fail', async () => {
    const world = lab();
    const tried: string[] = [];
    const asked = failing(world.k.rows(texts(0, 5)), { tried, concurrency: 2, retries: 2 });
    const went = await go(world, { asked }, { maxCalls: 15 });
    expect([went.outcome?.ended, tried.length]).toEqual(['failed rows', 15]);
  });

  test('also where lost data makes the run plan again', async () => {
    const store: MemoryStore = memoryStore();
    const world = lab(store);
    const calls: string[] = [];
    const first = await go(world, build(world, calls));
    for (const object of objectsOf(first.outputs.get('a'), 'a')) store.shelf.delete(object);
    calls.length = 0;
    const more = { ...build(world, calls), sorted: world.k.sort(build(world, calls).a, { by: 'a' }) };
    const went = await go(world, more, { maxCalls: 4 });
    expect([went.outcome?.ended, calls.length]).toEqual(['stopped by budget', 4]);
    const rest = await go(world, more);
    expect([rest.outcome?.ended, calls.length, new Set(calls).size]).toEqual(['done', 10, 10]);
  });
});

describe('what cannot be meant is said before anything is spent', () => {
  test.each([
    [{ concurrency: 0 }, /concurrency of pure must be a whole number of at least 1, not 0/],
    [{ concurrency: Number.NaN }, /concurrency of pure must be .*, not NaN/],
    [{ retries: -1 }, /retries of pure must be a whole number of at least 0, not -1/],
    [{ timeoutMs: -5 }, /timeoutMs of pure must be .*, not -5/],
    [{ stopAfter: 'few' as '1%' }, /stopAfter of pure must be a number of rows, or a share such as 5%, not "few"/],
    [{ stopAfter: '200%' as const }, /stopAfter of pure must be .*, not "200%"/],
    [{ format: 'xml' as 'arrow' }, /format of pure must be one of auto, arrow, parquet, jsonl, not "xml"/],
  ])('of a stage: %j', (options, says) => {
    const { k } = lab();
    expect(() => k.pure(k.rows([{ text: 'a' }]), { from: 'text', into: 'x', options })).toThrow(says);
  });

  test.each([
    { stages: 0 },
    { rows: 1.5 },
    { rows: -1 },
    { concurrency: 0 },
    { maxCalls: -1 },
    { maxCost: Number.NaN },
  ])('of a run: %j', async (asked) => {
    const world = lab();
    const went = await go(world, { it: world.k.rows([{ text: 'a' }]) }, asked);
    expect(went.error?.message).toMatch(/^\w+ of the run must be a .*number/);
  });

  test.each([{ stopAfter: 3 }, { stopAfter: '2.5%' as const }, { timeoutMs: 0 }, { threads: 2 }])(
    '%j can be',
    (options) => {
      const { k } = lab();
      expect(() => k.pure(k.rows([{ text: 'a' }]), { from: 'text', into: 'x', options })).not.toThrow();
    },
  );
});
