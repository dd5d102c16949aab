import { expect, test } from '@jest/globals';
import { type AnyFunction, type CodeReader, memoryStore } from '@millrace/core';
import { embed } from '../embed/stage.js';
import { custom } from '../evaluate/custom.js';
import { evaluate } from '../evaluate/stage.js';
import { extract } from '../extract/stage.js';
import { filter } from '../filter/stage.js';
import { generate } from '../generate/generate.js';
import { group } from '../group/stage.js';
import { map } from '../map/stage.js';
import { source } from '../source/source.js';
import { runOn, versions } from '../testing/run.js';

const never = (): never => {
  throw new Error('The function itself was called, and not the one that was made of it.');
};

/** Makes other functions than those that were given, and keeps count. */
const making = (functions: Readonly<Record<string, unknown>>) => {
  const count = { made: 0, closed: 0, natures: [] as string[] };
  const code: CodeReader = {
    ...versions,
    make: async (uses, { nature }) => {
      count.made++;
      count.natures.push(nature);
      const made = Object.keys(uses).map((name) => [name, functions[name] as AnyFunction]);
      return { functions: Object.fromEntries(made), texts: Object.keys(uses), close: () => count.closed++ };
    },
  };
  return { code, count };
};

const rows = source.rows(
  [
    { n: 1, t: 'a' },
    { n: 2, t: 'b' },
  ],
  { columns: { n: 'float', t: 'text' } },
);

test.each([
  [
    'map',
    map(rows, { version: 1, reads: ['n'], run: never }),
    { run: ({ n }: { n: number }) => ({ m: n * 2 }) },
    'm',
    [2, 4],
  ],
  [
    'filter',
    filter(rows, { version: 1, reads: ['n'], run: never }),
    { run: ({ n }: { n: number }) => n > 1 },
    'n',
    [2],
  ],
  [
    'extract',
    extract(rows, { version: 1, from: 't', into: 'u', with: never as (text: string) => string }),
    { with: (t: string) => t.toUpperCase() },
    'u',
    ['A', 'B'],
  ],
  [
    'generate',
    generate(rows, { version: 1, model: 'test/echo', prompt: ({ n }) => `${n}${never()}`, into: 'said' }),
    { prompt: ({ n }: { n: number }) => `n ${n}` },
    'said',
    ['n 1', 'n 2'],
  ],
  [
    'group',
    group(rows, {
      by: [],
      aggregates: { sum: { reads: ['n'], start: 0, fold: never, column: 'float64', version: 1 } },
    }),
    { sum: (sum: number, { n }: { n: number }) => sum + n },
    'sum',
    [3],
  ],
  [
    'evaluate',
    evaluate(rows, {
      version: 1,
      metrics: { far: custom({ name: 'far', needs: ['prediction'], perRow: never }) },
      prediction: 'n',
      reference: 'n',
    }),
    { perRow: ({ prediction }: { prediction: number }) => prediction },
    'far',
    [1, 2],
  ],
])(
  '%s calls the functions that were made of its own, once made and once closed',
  async (_, out, functions, column, values) => {
    const store = memoryStore();
    const { code, count } = making(functions);
    const { out: first } = await runOn(store, { out }, { code });
    expect((await first.out.all()).map((row: Record<string, unknown>) => row[column])).toEqual(values);
    expect(count.made).toBeGreaterThan(0);
    expect(count.closed).toBe(count.made);
    const made = count.made;
    await runOn(store, { out }, { code });
    expect(count.made).toBe(made);
  },
);

test('embed sends the text that the function made of preprocess gives', async () => {
  const { code } = making({ preprocess: (text: string) => text.toUpperCase() });
  const vectors = (text: string, config: object) =>
    runOn(
      memoryStore(),
      {
        out: embed(source.rows([{ t: text }]), { from: 't', model: 'test/ngram', ...config }),
      },
      { code },
    ).then(({ out }) => out.out.all());
  const [made] = await vectors('ab', { version: 1, preprocess: never });
  const [plain] = await vectors('AB', {});
  expect([...made.vector]).toEqual([...plain.vector]);
});

test('open and close of a map are made with its function', async () => {
  const closed: unknown[] = [];
  const { code } = making({
    run: (_row: unknown, _given: unknown, handle: string) => ({ m: handle }),
    open: () => 'made',
    close: (handle: unknown) => closed.push(handle),
  });
  const out = map(rows, { version: 1, nature: 'answered', open: () => 'own', close: () => undefined, run: never });
  const { code: given, handles } = hearing(code);
  const { out: made } = await runOn(memoryStore(), { out }, { code: given });
  expect((await made.out.all()).map(({ m }: { m: unknown }) => m)).toEqual(['made', 'made']);
  expect([closed, handles]).toEqual([['made'], [['open', 'close']]]);
});

/** Notes which handles are asked for. */
const hearing = (code: CodeReader) => {
  const handles: string[][] = [];
  const make: CodeReader['make'] = (uses, how) => {
    handles.push(Object.keys(how.handles ?? {}));
    return code.make!({ ...uses, ...how.handles } as typeof uses, how);
  };
  return { code: { ...code, make }, handles };
};

test('what the functions ran from is kept with what they gave', async () => {
  const store = memoryStore();
  const { code } = making({ run: ({ n }: { n: number }) => ({ m: n }) });
  const out = map(rows, { version: 1, reads: ['n'], run: never });
  await runOn(store, { out }, { code });
  const textsOf = async (kind: string) => {
    const entry = [...store.entries()].find(({ recipe }) => (recipe as { kind?: string }).kind === kind);
    const programs = (entry?.detail['programs'] ?? []) as readonly string[];
    return Promise.all(programs.map(async (each) => Buffer.from(await store.getBytes(each)).toString()));
  };
  expect([await textsOf('map'), await textsOf('rows')]).toEqual([['run'], []]);
});

test('who makes the functions hears of their nature', async () => {
  const { code, count } = making({ run: () => ({ m: 1 }) });
  await runOn(memoryStore(), { out: map(rows, { version: 1, nature: 'answered', run: never }) }, { code });
  await runOn(memoryStore(), { out: map(rows, { version: 1, run: never }) }, { code });
  expect(count.natures).toEqual(['answered', 'pure']);
});
