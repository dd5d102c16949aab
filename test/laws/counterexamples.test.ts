import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { openStore } from '@millrace/arrow-store';
import {
  type AnyHandle,
  type AnyTable,
  createPipeline,
  type Kind,
  memoryStore,
  type Output,
  type Row,
  type RunAsked,
  type RunEvent,
  type Store,
  stage,
  type Table,
  type Value,
} from '@millrace/core';
import {
  embed,
  evaluate,
  exactMatch,
  extract,
  filter,
  generate,
  map,
  model,
  number,
  regex,
  rowsSource,
  sample,
  sort,
  source,
  tokenF1,
} from '@millrace/stages';
import { accept } from '../../packages/millrace/src/command/accept.js';
import type { Opened } from '../../packages/millrace/src/command/opened.js';
import { codeReader, go } from './kit.js';
import { filesBelow, flipBit, folder, lab, planOf, printOf, printsOf } from './more-kit.js';

/** Runs stages of the library and tells what ran, as `ran 2 of 3`. */
async function ran(store: Store, outputs: Record<string, AnyHandle>, asked: RunAsked & { base?: string } = {}) {
  const { base = '/', ...rest } = asked;
  const events: RunEvent[] = [];
  // biome-ignore lint/suspicious/noExplicitAny: each test knows its own outputs.
  const out: any = await createPipeline(outputs, () => ({ store, code: codeReader, base })).run({
    ...rest,
    onEvent: (event) => events.push(event),
  });
  const did: Record<string, string> = {};
  for (const event of events)
    if (event.is === 'stage-finished')
      did[event.stage] =
        event.status === 'ran' && event.ranRows !== undefined ? `ran ${event.ranRows} of ${event.rows}` : event.status;
  return { out, did, events, calls: out.outcome.cost.calls as number };
}

const rows = (from: number, to: number): { readonly id: number; readonly text: string }[] =>
  Array.from({ length: to - from }, (_, i) => ({ id: from + i, text: `a question that is long enough ${from + i}` }));

const objectsOf = (output: Output | undefined, column: string): string[] => {
  if (output?.is !== 'table') throw new Error('no table');
  const at = output.columns.find(({ name }) => name === column)?.group ?? -1;
  return (output.groups[at]?.segments ?? []).flatMap(({ data }) => data ?? []);
};

const echo = model('test/echo', { temperature: 0 });

describe('W1 a row key has in it what a stage takes beside its rows', () => {
  test('a model that was trained anew is asked every question again', async () => {
    const world = lab();
    const { k } = world;
    const build = (rate: number) => {
      const trained = k.train(k.rows(rows(0, 3)), { by: 'text', with: rate });
      return { answers: k.tuned(k.rows(rows(10, 15)), { from: 'text', into: 'answer', model: trained }) };
    };
    await go(world, build(1));
    const other = await go(world, build(2));
    expect(other.did['answers']).toBe('ran 5/5');
    expect((await go(world, build(1))).calls).toEqual([]);
  });

  test('a model that lies outside and has other content now', async () => {
    const world = lab();
    const outside = { weights: 'first' };
    const kind: Kind = {
      name: 'local',
      version: 1,
      nature: 'pure',
      work: {
        is: 'rows',
        world: () => ({ content: outside.weights }),
        reads: () => ({ text: 'text' }),
        answers: () => ({ answer: 'text' }),
        request: ({ text }) => ({ ask: text }),
        run: (given) =>
          given.map(({ text }) => ({ answer: `${world.outside.answer(outside.weights, text)} ${outside.weights}` })),
      },
    };
    const outputs = { it: stage<AnyTable>({ kind, inputs: { rows: world.k.rows(rows(0, 4)) } }) };
    await go(world, outputs);
    outside.weights = 'second';
    expect((await go(world, outputs)).did['it']).toBe('ran 4/4');
    outside.weights = 'first';
    expect((await go(world, outputs)).calls).toEqual([]);
  });

  test('another threshold, another table to look things up in', async () => {
    const world = lab();
    const { k } = world;
    const build = (limit: number, side: number) => {
      const q = k.rows(rows(0, 4));
      return {
        judged: k.judged(q, {
          from: 'text',
          into: 'j',
          threshold: k.count(k.rows([{ x: 1 }]), { by: 'x', with: limit }),
        }),
        looked: k.looked(q, { from: 'text', into: 'l', side: k.rows([{ x: side }]) }),
      };
    };
    await go(world, build(1, 1));
    expect((await go(world, build(2, 1))).did).toMatchObject({ judged: 'ran 4/4', looked: 'reused' });
    expect((await go(world, build(2, 2))).did).toMatchObject({ judged: 'reused', looked: 'ran 4/4' });
  });
});

describe('W2 a failed row is no answer', () => {
  test('it is asked again, what failed in other words is the same content, and nobody below is called for it', async () => {
    const world = lab();
    const { k } = world;
    const q = k.rows(rows(0, 3));
    const failing = rows(1, 2)[0]?.text as string;
    const answers = k.asked(q, { from: 'text', into: 'answer' });
    const outputs = { answers, judged: k.asked(answers, { from: 'answer', into: 'verdict' }) };
    world.outside.failing.add(failing);
    const first = await go(world, outputs);
    expect((await first.rows('judged')).map((row) => row['verdict'] === null)).toEqual([false, true, false]);
    expect(first.calls.filter((call) => call.includes('null') && call.includes('∅'))).toEqual([]);
    const second = await go(world, outputs);
    expect([second.calls, second.did['judged']]).toEqual([[], expect.stringMatching(/reused|ran 0/)]);
    world.outside.failing.clear();
    const third = await go(world, outputs);
    expect(third.did).toMatchObject({ answers: 'ran 1/3', judged: 'ran 1/3' });
  });

  test('it is counted beside a metric, never averaged into it', async () => {
    const store = memoryStore();
    const data = rowsSource([
      { text: '2', gold: '2' },
      { text: 'broken', gold: '2' },
      { text: '3', gold: '2' },
    ]);
    const parsed = map(data, {
      reads: ['text'],
      version: 1,
      run: ({ text }) => {
        if (text === 'broken') throw new Error('no');
        return { value: text };
      },
    });
    const scores = evaluate(parsed, { prediction: 'value', reference: 'gold', metrics: { em: exactMatch() } });
    const { out } = await ran(store, { scores, summary: scores.summary });
    expect(await out.summary.all()).toEqual([expect.objectContaining({ metric: 'em', value: 0.5, n: 2, failed: 1 })]);
  });
});

describe('W3 a redraw is not undone', () => {
  test.each(['memory', 'files'])(
    'a row more after it: the others are all of the redraw, on a store of %s',
    async (kind) => {
      const world = lab(kind === 'memory' ? memoryStore() : openStore(folder()));
      const build = (n: number) => ({
        answers: world.k.asked(world.k.rows(rows(0, n)), { from: 'text', into: 'answer' }),
      });
      await go(world, build(6));
      await go(world, build(6), { force: ['answers'] });
      const more = await go(world, build(7));
      expect(more.did['answers']).toBe('ran 1/7');
      expect((await more.rows('answers')).map((row) => String(row['answer']).at(-1))).toEqual([
        '2',
        '2',
        '2',
        '2',
        '2',
        '2',
        '1',
      ]);
      await world.store.close();
    },
  );

  test('an older version that was not redrawn beside it gives no row back', async () => {
    const world = lab();
    const build = (from: number, n: number) => ({
      answers: world.k.asked(world.k.rows(rows(from, n)), { from: 'text', into: 'answer' }),
    });
    await go(world, build(0, 4));
    await go(world, build(2, 6));
    await go(world, build(0, 4), { force: ['answers'] });
    const all = await go(world, build(0, 6));
    expect(all.calls).toEqual([]);
    expect((await all.rows('answers')).map((row) => String(row['answer']).at(-1))).toEqual([
      '2',
      '2',
      '2',
      '2',
      '1',
      '1',
    ]);
  });
});

describe('W4 in a diamond above which data was lost, both arms are of one draw', () => {
  test.each(['swept', 'damaged'])('%s', async (how) => {
    const root = folder();
    const first = lab(openStore(root));
    const build = ({ k }: typeof first, config: number) => {
      const u = k.sampled(k.rows(rows(0, 4)), { from: 'text', into: 'draw' });
      return { u, d: k.pure(u, { from: 'draw', into: 'd', with: config }), e: k.pure(u, { from: 'draw', into: 'e' }) };
    };
    const before = await go(first, build(first, 1));
    const [object] = objectsOf(before.outputs.get('u'), 'draw');
    const drawn = (await before.rows('u')).map((row) => String(row['draw']));
    await first.store.close();
    const file = join(
      root,
      'objects',
      filesBelow(join(root, 'objects')).find((name) => name.endsWith(`${object}`)) as string,
    );
    if (how === 'damaged') flipBit(file);
    else renameSync(file, join(folder(), 'gone'));
    const world = lab(openStore(root), first.outside);
    const went = await go(world, build(world, 2));
    expect(went.did).toMatchObject({ u: 'ran 4/4', d: 'ran 4/4', e: 'ran 4/4' });
    const draws = (await went.rows('u')).map((row) => String(row['draw']));
    expect(draws).not.toEqual(drawn);
    for (const name of ['d', 'e'])
      expect((await went.rows(name)).map((row, i) => String(row[name]).startsWith(draws[i] as string))).toEqual([
        true,
        true,
        true,
        true,
      ]);
    await world.store.close();
  });
});

test('W5 an endpoint is config: two servers with one model name are two models', async () => {
  const q = rowsSource([{ text: 'a' }]);
  const at = (baseURL: string) =>
    printOf(generate(q, { model: model('llama3', { baseURL, temperature: 0 }), prompt: '{{text}}', into: 'answer' }));
  expect(await at('http://laptop:11434/v1')).not.toBe(await at('http://server:8000/v1'));
  expect(await at('http://laptop:11434/v1/')).toBe(await at('http://laptop:11434/v1'));
});

test('W6 a dtype does not follow the device: it is in the key whatever the device', async () => {
  const q = rowsSource([{ text: 'a' }]);
  const of = (config: object, options: object) =>
    printOf(
      embed(q, { from: 'text', model: model('local/acme/tiny', { revision: '0'.repeat(40), ...config }, options) }),
    );
  const plain = await of({}, {});
  for (const device of ['wasm', 'cpu', 'webgpu']) expect(await of({}, { device })).toBe(plain);
  expect(await of({ dtype: 'fp32' }, {})).toBe(plain);
  expect(await of({ dtype: 'q8' }, {})).not.toBe(plain);
});

describe('W7 a key is of the value that a function receives', () => {
  const seen: unknown[] = [];
  const build = (values: readonly unknown[], columns?: { x: 'int32' | 'int64' | 'float64' }) => ({
    it: map(
      rowsSource(
        values.map((x) => ({ x })),
        columns && { columns },
      ),
      {
        reads: ['x'],
        version: 1,
        columns: { out: 'text' },
        run: ({ x }: Row) => {
          seen.push(x);
          return { out: `${typeof x} ${typeof x === 'number' ? 1 / x : String(x)}` };
        },
      },
    ),
  });
  const run = async (store: Store, values: readonly unknown[], columns?: { x: 'int32' | 'int64' | 'float64' }) => {
    seen.length = 0;
    const { out } = await ran(store, build(values, columns));
    return [[...seen], await out.it.column('out')];
  };

  test('0 is not -0', async () => {
    const store = memoryStore();
    expect(await run(store, [0, 1.5])).toEqual([
      [0, 1.5],
      ['number Infinity', 'number 0.6666666666666666'],
    ]);
    expect(await run(store, [-0, 1.5])).toEqual([[-0], ['number -Infinity', 'number 0.6666666666666666']]);
  });

  test('5 is not 5n', async () => {
    const store = memoryStore();
    expect(await run(store, [5], { x: 'int32' })).toEqual([[5], ['number 0.2']]);
    const [called, out] = await run(store, [5n], { x: 'int64' });
    expect([called, out]).toEqual([[5n], ['bigint 5']]);
  });

  test('and 5 is 5, whatever the column is stored as: a 1.5 more asks one row', async () => {
    const store = memoryStore();
    await run(store, [5, 6, 7]);
    expect((await run(store, [5, 6, 7, 1.5]))[0]).toEqual([1.5]);
    expect((await run(store, [5, 6, 7], { x: 'int32' }))[0]).toEqual([]);
  });
});

describe('W8 a name that carries meaning is in the key, and no other', () => {
  const files = (named: Readonly<Record<string, string>>) => {
    const base = folder();
    for (const [name, text] of Object.entries(named)) writeFileSync(join(base, name), text);
    return base;
  };

  test('a file renamed from .txt to .csv is another table', async () => {
    const base = files({ 'data.txt': 'text\na\n', 'data.csv': 'text\na\n' });
    const store = memoryStore();
    const read = async (name: string) => (await ran(store, { t: source.path(name) }, { base })).out.t.all();
    expect([await read('data.txt'), await read('data.csv')]).toEqual([
      [{ text: 'text' }, { text: 'a' }],
      [{ text: 'a' }],
    ]);
  });

  test('files of a folder: their names are content only where they are a column', async () => {
    const base = files({ 'a.md': 'one', 'b.md': 'two' });
    const store = memoryStore();
    const outputs = { plain: source.files('*.md'), named: source.files('*.md', { path: 'name' }) };
    await ran(store, outputs, { base });
    renameSync(join(base, 'b.md'), join(base, 'c.md'));
    const { did, out } = await ran(store, outputs, { base });
    expect(did).toEqual({ plain: 'reused', named: 'ran' });
    expect(await out.named.column('name')).toEqual(['a.md', 'c.md']);
  });
});

describe('W9 the date of a file is believed only where it is old', () => {
  test('one that is written again at once, with as many bytes, is seen each time', async () => {
    const base = folder();
    const store = memoryStore();
    for (let n = 100; n < 140; n++) {
      writeFileSync(join(base, 'data.jsonl'), `{"n":${n}}\n`);
      const { out } = await ran(store, { data: source.jsonl('data.jsonl') }, { base });
      expect(await out.data.column('n')).toEqual([n]);
    }
  });

  test('of one that could be written again within the same tick of the clock, nothing is noted', async () => {
    const base = folder();
    const store = memoryStore();
    const noted: string[] = [];
    const noting = {
      ...store,
      putFact: (name: string, value: unknown) => void (noted.push(name) && store.putFact(name, value)),
    };
    writeFileSync(join(base, 'data.jsonl'), '{"n":1}\n');
    await ran(noting, { data: source.jsonl('data.jsonl') }, { base });
    expect(noted).toContain('last:data');
    expect(noted.filter((name) => name.startsWith('file:'))).toEqual([]);
  });
});

describe('W10 two draws that are declared alike', () => {
  const q = rowsSource(rows(0, 3));
  const drawn = (more: object = {}) =>
    generate(q, { model: model('test/echo', { temperature: 1 }), prompt: '{{text}}', into: 'answer', ...more });

  test('are one stage, which the plan says, and do not wait for each other', async () => {
    const store = memoryStore();
    const plan = await planOf(store, { a: drawn(), b: drawn() });
    expect(plan.steps.map(({ node }) => node.names)).toContainEqual(['a', 'b']);
    const { calls, out } = await ran(store, { a: drawn(), b: drawn() });
    expect([calls, await out.a.all()]).toEqual([3, await out.b.all()]);
  });

  test('are two where the second has a name of its own', async () => {
    const { a, b } = await printsOf({ a: drawn(), b: drawn({ draw: 'b' }) });
    expect(a).not.toBe(b);
    expect((await ran(memoryStore(), { a: drawn(), b: drawn({ draw: 'b' }) })).calls).toBe(6);
  });

  test('equal rows of a sampling stage are two draws, also when one more stands before them', async () => {
    const world = lab();
    const build = (...texts: string[]) => ({
      d: world.k.sampled(world.k.rows(texts.map((text) => ({ text }))), { from: 'text', into: 'draw' }),
    });
    const first = await go(world, build('x', 'x'));
    const [one, two] = (await first.rows('d')).map((row) => row['draw']);
    expect(one).not.toBe(two);
    const more = await go(world, build('y', 'x', 'x'));
    expect((await more.rows('d')).map((row) => row['draw']).slice(1)).toEqual([one, two]);
    expect(more.calls).toHaveLength(1);
  });
});

test('W11 an interval is that of a run from nothing, whatever metrics came before it', async () => {
  const data = rowsSource(
    Array.from({ length: 20 }, (_, i) => ({ gold: `${i % 4} and ${i % 3}`, answer: `${i % 5} and ${i % 3}` })),
  );
  const scored = (metrics: object) => {
    const scores = evaluate(data, {
      prediction: 'answer',
      reference: 'gold',
      metrics: metrics as { em: ReturnType<typeof exactMatch> },
      bootstrap: { replicates: 200 },
    });
    return { scores, summary: scores.summary };
  };
  const store = memoryStore();
  await ran(store, scored({ em: exactMatch() }));
  const grown = await ran(store, scored({ f1: tokenF1(), em: exactMatch() }));
  const fresh = await ran(memoryStore(), scored({ f1: tokenF1(), em: exactMatch() }));
  expect(await grown.out.summary.all()).toEqual(await fresh.out.summary.all());
});

test('W12 a seeded draw does not depend on how many are drawn at once, or on which are known', async () => {
  const drawn = (n: number, concurrency: number) => ({
    it: map(
      rowsSource(rows(0, n)),
      {
        reads: ['text'],
        version: 1,
        nature: 'sampling',
        run: async (_row, _with, _handle, { seed }) => {
          await pause(Number.parseInt(seed.slice(0, 2), 16) % 4);
          return { seed };
        },
      },
      { concurrency },
    ),
    sampled: sample(rowsSource(rows(0, n)), { count: 3, seed: 5 }),
    sorted: sort(rowsSource(rows(0, n)), { by: ['text'] }),
  });
  const all = async ({ out }: Awaited<ReturnType<typeof ran>>) => [
    await out.it.all(),
    await out.sampled.all(),
    await out.sorted.all(),
  ];
  const one = await all(await ran(memoryStore(), drawn(12, 1)));
  expect(await all(await ran(memoryStore(), drawn(12, 8), { stages: 3, seed: 9 }))).toEqual(one);
  const store = memoryStore();
  await ran(store, drawn(7, 3));
  const grown = await ran(store, drawn(12, 5));
  expect([await all(grown), grown.did['it']]).toEqual([one, 'ran 5 of 12']);
});

describe('W13 a vector does not depend on the texts that were sent beside it', () => {
  test('two new texts beside eight that are known give the vectors of ten', async () => {
    const build = (n: number) => ({
      v: embed(rowsSource(rows(0, n)), { from: 'text', model: model('test/ngram', { dimensions: 16 }) }),
    });
    const store = memoryStore();
    await ran(store, build(8));
    const grown = await ran(store, build(10));
    expect(grown.did['v']).toBe('ran 2 of 10');
    expect(await grown.out.v.all()).toEqual(await (await ran(memoryStore(), build(10))).out.v.all());
  });

  test('a model of which it would is not let to send them together', () => {
    expect(() => model('local/./tiny', { dtype: 'int8', batchInvariant: true })).toThrow(
      /changes with the texts sent beside it/,
    );
  });
});

describe('L1 what changes no request buys nothing again', () => {
  const q = rowsSource(rows(0, 4));
  const asking = (more: object = {}, of: AnyTable = q) =>
    generate(of, { model: echo, prompt: 'Q: {{text}}', into: 'answer', ...more } as {
      model: typeof echo;
      prompt: string;
    });

  test.each([
    ['another name for the answers', () => asking({ into: 'reply' })],
    [
      'another name for the column and the variable',
      () => asking({ prompt: 'Q: {{ask}}' }, rowsSource(rows(0, 4).map(({ text }) => ({ ask: text })))),
    ],
    ['accepting refusals', () => asking({ accept: ['refusal', 'length'] })],
    ['another spelling of the template', () => asking({ prompt: 'Q: {{ text }}' })],
    ['a column more beside it', () => asking({}, rowsSource(rows(0, 4).map((row) => ({ ...row, more: 1 }))))],
    ['another order of the rows', () => asking({}, rowsSource(rows(0, 4).reverse()))],
  ])('%s', async (_, changed) => {
    const store = memoryStore();
    expect((await ran(store, { a: asking() })).calls).toBe(4);
    expect((await ran(store, { a: changed() })).calls).toBe(0);
  });

  test('more samples: only those', async () => {
    const store = memoryStore();
    const drawn = (samples: number) => asking({ model: model('test/echo', { temperature: 1 }), samples });
    await ran(store, { a: drawn(3) });
    expect((await ran(store, { a: drawn(5) })).calls).toBe(8);
    expect((await ran(store, { a: drawn(2) })).calls).toBe(0);
  });

  test('the same texts from another column of another table', async () => {
    const store = memoryStore();
    const ngram = model('test/ngram', { dimensions: 8 });
    await ran(store, { v: embed(q, { from: 'text', model: ngram }) });
    const titles = rowsSource(rows(2, 6).map(({ text }) => ({ title: text })));
    expect((await ran(store, { v: embed(titles, { from: 'title', model: ngram, into: 'at' }) })).did['v']).toBe(
      'ran 2 of 4',
    );
  });

  test('another way to take the value out of an answer', async () => {
    const store = memoryStore();
    const parsed = (how: ReturnType<typeof regex> | ReturnType<typeof number>) => {
      const a = asking();
      return { a, parsed: extract(a as Table<{ answer: string }>, { from: 'answer', with: how, into: 'value' }) };
    };
    await ran(store, parsed(regex(/(\d+)$/)));
    expect((await ran(store, parsed(number()))).did).toMatchObject({ a: 'reused', parsed: 'ran 4 of 4' });
  });

  test('a newer version of a kind whose call is the same', async () => {
    const called: string[] = [];
    const kind = (version: number): Kind => ({
      name: 'versioned',
      version,
      nature: 'answered',
      work: {
        is: 'rows',
        reads: () => ({ text: 'text' }),
        answers: () => ({ answer: 'text' }),
        call: () => ({ version: 1, config: null }),
        derive: {
          reads: ['answer'],
          columns: () => ({ cost: 'int32' }),
          run: ({ answer }) => ({ cost: version * String(answer).length }),
        },
        run: (given) => {
          called.push(...given.map(({ text }) => text));
          return given.map(({ text }) => ({ answer: text }));
        },
      },
    });
    const store = memoryStore();
    const at = async (version: number) =>
      (await ran(store, { it: stage<AnyTable>({ kind: kind(version), inputs: { rows: q } }) })).out.it.column('cost');
    const [one] = await at(1);
    const [two] = await at(2);
    expect([called.length, two]).toEqual([4, 2 * one]);
  });

  test('a row added after an edit of the code was accepted: that row', async () => {
    const store = openStore(folder());
    const called: string[] = [];
    const outputs = (n: number, version: number) => ({
      it: map(rowsSource(rows(0, n)), {
        reads: ['text'],
        version,
        nature: 'answered',
        run: ({ text }) => {
          called.push(text);
          return { answer: `to ${text}` };
        },
      }),
    });
    await ran(store, outputs(5, 1));
    const { graph } = createPipeline(outputs(5, 2), () => ({ store, code: codeReader, base: '/' }));
    await accept('it', { graph, store, ports: { store, code: codeReader, base: '/' } } as unknown as Opened);
    called.length = 0;
    expect((await ran(store, outputs(5, 2))).did['it']).toBe('reused');
    await ran(store, outputs(6, 2));
    expect(called).toEqual([rows(5, 6)[0]?.['text']]);
    await store.close();
  });
});

/** Runs until so many calls were answered; then the process is gone. */
async function killed(
  world: ReturnType<typeof lab>,
  outputs: Record<string, AnyHandle>,
  { at, asked }: { at: number; asked?: RunAsked },
) {
  const store = world.store as ReturnType<typeof memoryStore>;
  const answer = world.outside.answer.bind(world.outside);
  let next: ReturnType<typeof memoryStore> | undefined;
  let left = at;
  world.outside.answer = (key, text) => {
    const given = answer(key, text);
    if (left-- === 0) {
      next = store.kill();
      world.outside.dead = true;
    }
    return given;
  };
  const { calls } = await go(world, outputs, asked);
  world.outside.answer = answer;
  world.outside.dead = false;
  return { calls, world: lab(next ?? store.kill(), world.outside) };
}

const asksAll = ({ k }: ReturnType<typeof lab>, data: readonly Row[]) => ({
  answers: k.asked(k.rows(data), { from: 'text', into: 'answer' }),
});

test('L2 killed at 40 of 50, a typo mended: 40 answers count under the other fingerprint', async () => {
  const first = lab();
  const gone = await killed(first, asksAll(first, rows(0, 50)), { at: 40 });
  const mended = rows(0, 50).map((row) =>
    row['id'] === 3 ? { ...row, text: 'without the typo, and long enough' } : row,
  );
  const on = await go(gone.world, asksAll(gone.world, mended));
  expect(on.calls).toHaveLength(10 + 1);
});

test('L4 a forced run that was killed goes on with what it drew; a second deliberate one reuses none of it', async () => {
  const first = lab();
  await go(first, asksAll(first, rows(0, 12)));
  const gone = await killed(first, asksAll(first, rows(0, 12)), { at: 9, asked: { force: ['answers'] } });
  const on = await go(gone.world, asksAll(gone.world, rows(0, 12)), { force: ['answers'] });
  expect([gone.calls.length, on.calls.length]).toEqual([10, 3]);
  expect((await go(gone.world, asksAll(gone.world, rows(0, 12)), { force: ['answers'] })).calls).toHaveLength(12);
});

test('L5 a row that a filter dropped is remembered as dropped', async () => {
  const asked: number[] = [];
  const kept = (data: readonly Row[]) => ({
    it: filter(rowsSource(data as readonly { id: number }[]), {
      reads: ['id'],
      version: 1,
      nature: 'answered',
      run: async ({ id }) => {
        asked.push(id);
        return id % 10 === 0;
      },
    }),
  });
  const store = memoryStore();
  await ran(store, kept(rows(0, 30)));
  expect(asked).toHaveLength(30);
  asked.length = 0;
  const { out } = await ran(store, kept(rows(0, 32)));
  expect([asked, await out.it.column('id')]).toEqual([
    [30, 31],
    [0, 10, 20, 30],
  ]);
});

describe('L6 what is lost above costs nothing below', () => {
  test.each(['cleared', 'damaged'])('questions that were %s: no answer is asked for again', async (how) => {
    const root = folder();
    const first = lab(openStore(root));
    const outputs = ({ k }: typeof first) => {
      const questions = k.rows(rows(0, 12));
      return { questions, answers: k.asked(questions, { from: 'text', into: 'answer' }) };
    };
    const before = await go(first, outputs(first));
    const objects = objectsOf(before.outputs.get('questions'), 'text');
    await first.store.close();
    for (const name of filesBelow(join(root, 'objects')))
      if (objects.some((object) => name.endsWith(object)))
        how === 'damaged'
          ? flipBit(join(root, 'objects', name))
          : renameSync(join(root, 'objects', name), join(folder(), 'gone'));
    const world = lab(openStore(root), first.outside);
    await go(world, outputs(world), { need: 'all' }).then((went) => went.rows('answers').catch(() => undefined));
    const mended = await go(world, outputs(world), { need: 'all' });
    expect(await mended.rows('answers')).toEqual(
      rows(0, 12).map((row) => ({ ...row, answer: expect.stringMatching(/#1$/) })),
    );
    expect(world.outside.calls).toEqual([]);
    await world.store.close();
  });
});

test('L10 a try with few rows, and a sweep, leave the answers of the full run', async () => {
  const store = openStore(folder());
  const data = rows(0, 20);
  const base = folder();
  writeFileSync(join(base, 'q.jsonl'), data.map((row) => JSON.stringify(row)).join('\n'));
  const outputs = {
    answers: generate(source.jsonl('q.jsonl'), { model: echo, prompt: 'Q: {{text}}' as string, into: 'answer' }),
  };
  expect((await ran(store, outputs, { base })).calls).toBe(20);
  expect((await ran(store, outputs, { base, rows: 3 })).calls).toBe(0);
  store.gc({ graceMs: 0 });
  const full = await ran(store, outputs, { base });
  expect([full.calls, full.out.answers.count]).toEqual([0, 20]);
  writeFileSync(join(base, 'q.jsonl'), [...data, ...rows(20, 21)].map((row) => JSON.stringify(row)).join('\n'));
  expect((await ran(store, outputs, { base })).calls).toBe(1);
  await store.close();
});

describe('N1 what is no content, or not read, runs nothing', () => {
  test('a redraw that gives the same texts with other latency and cost', async () => {
    let times = 0;
    const kind: Kind = {
      name: 'noted',
      version: 1,
      nature: 'answered',
      work: {
        is: 'rows',
        reads: () => ({ text: 'text' }),
        answers: () => ({ answer: 'text' }),
        run: (given, { beside }) =>
          given.map(({ text }, i) => {
            beside(i, { latencyMs: ++times, money: times / 100, model: `m-${times}` });
            return { answer: `to ${text}` };
          }),
      },
    };
    const store = memoryStore();
    const answers = stage<AnyTable>({ kind, inputs: { rows: rowsSource(rows(0, 3)) } });
    const outputs = {
      answers,
      sorted: sort(answers, { by: ['answer'] }),
      upper: map(answers, { reads: ['answer'], version: 1, run: ({ answer }) => ({ up: answer }) }),
    };
    await ran(store, outputs);
    const forced = await ran(store, outputs, { force: ['answers'] });
    expect([times, forced.did]).toEqual([
      6,
      { rows: 'reused', answers: 'ran 3 of 3', sorted: 'reused', upper: 'reused' },
    ]);
  });

  test('a column more above: stages over whole tables that do not read it', async () => {
    const world = lab();
    const build = (more: boolean) => {
      const q = world.k.rows(rows(0, 5).map((row) => ({ ...row, ...(more && { extra: 1 }) })));
      return {
        sorted: world.k.sort(q, { by: 'text' }),
        count: world.k.count(q, { by: 'text' }),
        group: world.k.group(q, { by: 'text' }),
        model: world.k.train(q, { by: 'text' }),
      };
    };
    await go(world, build(false));
    const wider = await go(world, build(true));
    expect(wider.calls).toEqual([]);
    expect(await wider.rows('sorted')).toEqual(rows(0, 5).map((row) => ({ ...row, extra: 1 })));
  });
});

test('N2 the same values are the same content, however they are written', async () => {
  const data = Array.from({ length: 12 }, (_, i) => ({ text: `text ${i % 3}`, n: i, at: { b: i, a: `${i}` } }));
  const base = folder();
  const lines = (all: readonly object[]) => all.map((row) => JSON.stringify(row)).join('\n');
  writeFileSync(join(base, 'a.jsonl'), lines(data));
  writeFileSync(
    join(base, 'b.jsonl'),
    `${lines(data.map(({ text, n, at }) => ({ at: { a: at.a, b: at.b }, n, text }))).replaceAll(':', ' : ')}\n\n`,
  );
  writeFileSync(join(base, 'c.json'), JSON.stringify(data, null, 2));
  const store = memoryStore();
  const below = (table: AnyTable) => ({
    table,
    count: map(
      table as never,
      {
        reads: ['text', 'n', 'at'],
        version: 1,
        run: (row: Row) => ({ all: JSON.stringify([row['text'], row['n'], row['at'].a]) }),
      } as never,
    ),
  });
  await ran(store, below(source.jsonl('a.jsonl')), { base });
  for (const other of [source.jsonl('b.jsonl'), source.json('c.json'), rowsSource(data)])
    expect((await ran(store, below(other), { base })).did['count']).toMatch(/cut off|reused/);
});

test('N3 an inserted line runs nothing below it, and each row keeps to its own parent', async () => {
  const world = lab();
  const { k } = world;
  const build = (...texts: string[]) => {
    const q = k.rows(texts.map((text, i) => ({ text, line: i })));
    const kept = k.filter(q, { from: 'text', into: 'unused' });
    return { kept, below: k.asked(kept, { from: 'text', into: 'answer' }), count: k.count(kept, { by: 'text' }) };
  };
  await go(world, build('aa', 'bb', 'x', 'cc'));
  const inserted = await go(world, build('y', 'aa', 'bb', 'x', 'cc'));
  expect(inserted.calls).toEqual([expect.stringMatching(/^filter.*"y"$/)]);
  expect(inserted.did).toMatchObject({ kept: 'ran 1/3', below: expect.stringMatching(/cut off/), count: 'cut off' });
  expect((await inserted.rows('below')).map((row) => [row['text'], row['line']])).toEqual([
    ['aa', 1],
    ['bb', 2],
    ['cc', 4],
  ]);
});

test('N4 a named output that was swept is known until it is wanted', async () => {
  const store = openStore(folder());
  const world = lab(store);
  const outputs = asksAll(world, rows(0, 5));
  await go(world, outputs);
  await store.close();
  const next = openStore(store.where);
  expect(next.gc({ graceMs: 0, maxBytes: 0 }).objects.length).toBeGreaterThan(0);
  const known = await go({ ...world, store: next }, outputs);
  expect([known.calls, known.did['answers']]).toEqual([[], 'reused']);
  const wanted = await go({ ...world, store: next }, outputs, { need: ['answers'] });
  expect([wanted.calls.length, (await wanted.rows('answers')).length]).toEqual([5, 5]);
  await next.close();
});

describe('U1 a plan knows what it knows', () => {
  test('below a stage that will run: decided later, and before any run so is all below the sources', async () => {
    const world = lab();
    const { k } = world;
    const build = (n: number) => {
      const q = k.rows(rows(0, n));
      const answers = k.asked(q, { from: 'text', into: 'answer' });
      return { q, answers, other: k.rows(rows(0, 2)), sorted: k.sort(answers, { by: 'answer' }) };
    };
    const decided = async (n: number) =>
      Object.fromEntries(
        (await planOf(world.store, build(n))).steps.map(({ name, decision }) => [name, decision.status]),
      );
    expect(await decided(3)).toEqual({ q: 'run', answers: 'later', other: 'run', sorted: 'later' });
    await go(world, build(3));
    expect(await decided(3)).toEqual({ q: 'reused', answers: 'reused', other: 'reused', sorted: 'reused' });
    expect(await decided(4)).toEqual({ q: 'run', answers: 'later', other: 'reused', sorted: 'later' });
  });

  test('a chain of thousands of stages is declared, planned, run and reused', async () => {
    const world = lab();
    const one: Kind = {
      name: 'one more',
      version: 1,
      nature: 'pure',
      work: {
        is: 'whole',
        parts: () => ({ main: 'value' }),
        run: async ({ inputs }) => ({
          main: { value: inputs['n']?.is === 'value' ? Number(inputs['n'].value) + 1 : 0 },
        }),
      },
    };
    const chain = (length: number) => {
      let end = stage<Value<number>>({ kind: one });
      for (let n = 1; n < length; n++) end = stage<Value<number>>({ kind: one, inputs: { n: end } });
      return { end };
    };
    expect((await planOf(world.store, chain(20_000))).steps).toHaveLength(20_000);
    const first = await go(world, chain(3000));
    expect([first.outcome?.ended, first.value('end')]).toEqual(['done', 2999]);
    expect(new Set(Object.values((await go(world, chain(3000))).did))).toEqual(new Set(['reused']));
  });
});

describe('U2 waiting for a lock takes no slot', () => {
  test.each([1, 2, 3, 4])(
    'a run with one slot goes on beside a stage that another run makes, seed %i',
    async (seed) => {
      const store = memoryStore();
      const done = { b: () => {}, a: () => {} };
      const [aBegun, bDone] = [new Promise<void>((go) => (done.a = go)), new Promise<void>((go) => (done.b = go))];
      const { k } = lab(store);
      const one = (name: string, answer: () => Promise<void>) =>
        k.rowStage(
          k.rows([{ text: name }]),
          { from: 'text', into: 'answer', with: name },
          {
            name,
            nature: 'answered',
            answer: async (text) => {
              await answer();
              return { out: text };
            },
          },
        );
      const a = one('a', async () => {
        done.a();
        await bDone;
      });
      const b = one('b', async () => done.b());
      const holder = go(lab(store), { a });
      await aBegun;
      const other = go(lab(store), { a, b }, { stages: 1, seed });
      expect((await Promise.all([holder, other])).map(({ outcome }) => outcome?.ended)).toEqual(['done', 'done']);
    },
    10_000,
  );
});
