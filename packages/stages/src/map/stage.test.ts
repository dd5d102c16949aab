import { describe, expect, test } from '@jest/globals';
import { memoryStore } from '@millrace/core';
import { rowsSource } from '../source/rows.js';
import { source } from '../source/source.js';
import { runOn } from '../testing/run.js';
import { map } from './stage.js';

const rows = (...all: number[]) => source.rows(all.map((n) => ({ n, other: `x${n}` })));

describe('map', () => {
  test('the columns that the function takes apart are those it reads: others can change', async () => {
    const store = memoryStore();
    const calls: unknown[] = [];
    const of = (other: string) =>
      map(source.rows([{ n: 1, other }]), {
        version: '1',
        run: ({ n }) => {
          calls.push(n);
          return { twice: n * 2 };
        },
      });
    await runOn(store, { t: of('a') });
    const again = await runOn(store, { t: of('b') });
    expect(calls).toEqual([1]);
    expect(await again.out.t.all()).toEqual([{ n: 1, other: 'b', twice: 2 }]);
  });

  test('a row that throws is a failed row, and is tried again; the others are not', async () => {
    const store = memoryStore();
    const calls: number[] = [];
    const t = () =>
      map(rows(1, 2, 3), {
        reads: ['n'],
        version: '1',
        run: ({ n }) => {
          calls.push(n);
          if (n === 2 && calls.length < 4) throw new Error('not yet');
          return { twice: n * 2 };
        },
      });
    const first = await runOn(store, { t: t() });
    expect(first.out.t.failed).toBe(1);
    expect(await first.out.t.column('twice')).toEqual([2, null, 6]);
    const second = await runOn(store, { t: t() });
    expect(calls).toEqual([1, 2, 3, 2]);
    expect(await second.out.t.column('twice')).toEqual([2, 4, 6]);
  });

  test('config is in the key, a handle is not, and it is closed', async () => {
    const store = memoryStore();
    const closed: string[] = [];
    const of = (limit: number, name: string) =>
      map(rows(1, 2), {
        reads: ['n'],
        with: { limit },
        open: () => ({ name }),
        close: (handle) => void closed.push(handle.name),
        version: '1',
        run: ({ n }, given, handle) => ({ over: n > given.limit, by: handle.name }),
      });
    expect((await runOn(store, { t: of(1, 'a') })).did['t']).toBe('ran 2 of 2');
    expect((await runOn(store, { t: of(1, 'b') })).did['t']).toBe('reused');
    expect((await runOn(store, { t: of(2, 'b') })).did['t']).toBe('ran 2 of 2');
    expect(closed).toEqual(['a', 'b']);
  });

  test('a row for which it returns no columns is a failed row, whatever it returns instead', async () => {
    const wrong: unknown[] = [undefined, null, 'text', [1], Promise.resolve(undefined)];
    const t = map(rows(0, 1, 2, 3, 4, 5), {
      reads: ['n'],
      version: '1',
      columns: { a: 'float64' },
      run: ({ n }) => (n < wrong.length ? wrong[n] : { a: n }) as { a: number },
    });
    const { out, did } = await runOn(memoryStore(), { t });
    expect(did['t']).toBe('ran 6 of 6');
    expect(await out.t.column('a')).toEqual([null, null, null, null, null, 5]);
    const failures = (await out.t.failures()) as readonly object[];
    expect(failures.map((failure) => JSON.stringify(failure))).toEqual(
      wrong.map(() => expect.stringMatching(/returned (undefined|null|text|a list), which says no columns/)),
    );
  });

  test('a sampling function draws by its row, whatever order the calls have', async () => {
    const seeds: string[] = [];
    const t = map(rows(1, 1, 2), {
      reads: ['n'],
      nature: 'sampling',
      version: '1',
      run: (_row, _given, _handle, { seed }) => {
        seeds.push(seed);
        return { seed };
      },
    });
    const { out } = await runOn(memoryStore(), { t });
    expect(new Set(seeds).size).toBe(3);
    expect(await out.t.column('seed')).toEqual(seeds);
  });

  test('one function over two columns is two stages, and sees each in one order of names', async () => {
    const table = source.rows([{ b: 'x', a: 'x', c: 1 }]);
    const run = (row: object) => ({ saw: JSON.stringify(row) });
    const of = (...reads: ('a' | 'b')[]) => map(table, { reads, version: '1', run });
    const { out } = await runOn(memoryStore(), { a: of('a'), b: of('b'), ab: of('a', 'b'), ba: of('b', 'a') });
    const saw = async (name: string) => (await out[name].column('saw'))[0];
    expect([await saw('a'), await saw('b'), await saw('ab'), await saw('ba')]).toEqual([
      '{"a":"x"}',
      '{"b":"x"}',
      '{"a":"x","b":"x"}',
      '{"a":"x","b":"x"}',
    ]);
  });

  test.each([
    ['async', async (n: number) => n],
    ['plain, and gives a promise', (n: number) => Promise.resolve(n)],
  ])('a function that is %s is tried again as often as was asked', async (_, answer) => {
    let calls = 0;
    const run = ({ n }: { n: number }) => {
      if (++calls % 3) return Promise.reject(new Error('not yet'));
      return answer(n).then((got) => ({ got }));
    };
    const t = map(rows(1, 2), { reads: ['n'], nature: 'answered', version: '1', run }, { retries: 2 });
    const { out } = await runOn(memoryStore(), { t });
    expect([out.t.failed, calls, await out.t.column('got')]).toEqual([0, 6, [1, 2]]);
  });

  test('what a plain function promises is asked for at once, and no more often than it may be', async () => {
    const waiting: (() => void)[] = [];
    let most = 0;
    const run = ({ n }: { n: number }) =>
      new Promise<{ got: number }>((resolve) => {
        most = Math.max(
          most,
          waiting.push(() => resolve({ got: n })),
        );
        setTimeout(() => waiting.shift()?.(), 1);
      });
    const asked = { reads: ['n'] as const, nature: 'answered' as const, version: '1', run };
    const store = memoryStore();
    await runOn(store, { t: map(rows(1, 2, 3, 4, 5, 6), asked, { concurrency: 3 }) });
    expect(most).toBe(3);
    const few = runOn(store, { t: map(rows(7, 8, 9), asked) }, { maxCalls: 2 });
    await expect(few).rejects.toThrow(/spend 2 calls/);
    expect((await runOn(store, { t: map(rows(7, 8, 9), asked) })).did['t']).toBe('ran 1 of 3');
  });

  test('what a function is given is as it was declared, whoever changes it', async () => {
    const given = { list: [1], by: { n: 1 } };
    const store = memoryStore();
    const t = () =>
      map(rows(1, 2), {
        reads: ['n'],
        with: given,
        version: '1',
        run: (_, { by, list }) => ({ got: by.n + list.length }),
      });
    const first = t();
    given.by.n = 5;
    given.list.push(2);
    expect(await (await runOn(store, { t: first })).out.t.column('got')).toEqual([2, 2]);
    expect(await (await runOn(store, { t: t() })).out.t.column('got')).toEqual([7, 7]);
    const run = (_: object, { by }: typeof given) => ({ got: by.n++ });
    const { out } = await runOn(store, { t: map(rows(1, 2), { reads: ['n'], with: given, version: '2', run }) });
    expect([out.t.failed, given.by.n]).toEqual([2, 5]);
  });

  const fitting = { columns: { half: 'int32' }, version: '1' } as const;
  const halves = (n: number) => ({ half: n / 2 });

  test('a value that does not fit its declared column is a failed row, and the others are kept', async () => {
    const calls: number[] = [];
    const t = () =>
      map(rows(2, 3, 4), {
        ...fitting,
        run: ({ n }) => {
          calls.push(n);
          return halves(n);
        },
      });
    const store = memoryStore();
    const { out } = await runOn(store, { t: t() });
    expect([out.t.failed, await out.t.column('half')]).toEqual([1, [1, null, 2]]);
    expect(await out.t.failures()).toEqual([
      {
        row: 1,
        permanent: false,
        message:
          'Column "half", row 1, holds the number 1.5, but the column is int32, which takes a whole number that int32 can hold. Convert the value before, or declare another type for the column.',
      },
    ]);
    await runOn(store, { t: t() });
    expect(calls).toEqual([2, 3, 4, 3]);
  });

  test.each([
    ['one by one', {}, 'answered'],
    ['in threads', { threads: 1 }, 'pure'],
  ] as const)('the same where rows are called %s', async (_, options, nature) => {
    const run = new Function('row', 'return { half: row.n / 2 }') as (row: { n: number }) => { half: number };
    const t = map(rows(2, 3, 4), { ...fitting, nature, run }, options);
    const { out } = await runOn(memoryStore(), { t });
    expect([out.t.failed, await out.t.column('half')]).toEqual([1, [1, null, 2]]);
    expect((await out.t.failures())[0]).toMatchObject({ row: 1, message: expect.stringContaining('the number 1.5') });
  });

  test('what no column can hold, and what is declared nowhere, fails its row', async () => {
    const odd = map(rows(1, 2), { version: '1', run: ({ n }) => ({ made: n === 1 ? Symbol('s') : 'text' }) });
    const more = map(rows(1, 2), { ...fitting, run: ({ n }) => (n === 1 ? { half: 1, more: 2 } : { half: n }) });
    const { out } = await runOn(memoryStore(), { odd, more });
    expect([out.odd.failed, await out.odd.column('made')]).toEqual([1, [null, 'text']]);
    expect((await out.odd.failures())[0].message).toMatch(/"made", row 0, holds .*, which no column can hold/);
    expect((await out.more.failures())[0].message).toMatch(/Row 0 has a field "more" that is not declared/);
  });

  test.each([{}, { concurrency: 2 }])('two types in one column are said with a row of each: %j', async (options) => {
    const t = map(
      rows(0, 1, 2, 3),
      { version: '1', run: ({ n }): { made: unknown } => ({ made: n === 0 ? null : n === 2 ? 'two' : n }) },
      options,
    );
    await expect(runOn(memoryStore(), { t })).rejects.toThrow(
      /t gives float64 in column made of row 1 and text in row 2: a column has one type/,
    );
  });

  test('columns have the short names of types too: the same key as their full names, and json of any value', async () => {
    const one = rowsSource([{ n: 1 }, { n: 2 }]);
    const run = () => ({ i: 1n, f: 1.5, at: new Date(0), j: { a: [1] } });
    const with_ = (columns: object) => ({
      out: map(one, { reads: ['n'], version: 1, run, columns } as never),
    });
    const store = memoryStore();
    const { out } = await runOn(store, with_({ i: 'int', f: 'float', at: 'timestamp', j: 'json' }));
    expect((await out.out.all())[1]).toEqual({ n: 2, i: 1n, f: 1.5, at: new Date(0), j: '{"a":[1]}' });
    const full = { i: 'int64', f: 'float64', at: { timestamp: 'ms', zone: 'UTC' }, j: 'json' };
    expect((await runOn(store, with_(full))).did.out).toBe('reused');
    expect(() => with_({ i: 'integer' })).toThrow(/Column i is declared as "integer", which is no type/);
  });

  test('a list of numbers comes as an array, as one of texts does; vectors come as typed arrays', async () => {
    const table = source.rows([{ xs: [1, 2], ints: [1n], deep: [[1], [2, 3]], v: new Float32Array(2) }], {
      columns: {
        xs: { list: 'float64' },
        ints: { list: 'int64' },
        deep: { list: { list: 'float64' } },
        v: { list: 'float32' },
      },
    });
    const t = map(table, {
      version: 1,
      reads: ['xs', 'ints', 'deep', 'v'],
      run: ({ xs, ints, deep, v }) => {
        xs.push(3);
        return {
          json: JSON.stringify([xs.map((x) => `v${x}`), ints.map(String), deep]),
          v2: v instanceof Float32Array,
        };
      },
    });
    const store = memoryStore();
    const { out } = await runOn(store, { t });
    const { inputs, parts } = [...store.entries()].find(({ recipe }) => (recipe as { kind: string }).kind === 'map')!;
    const read = parts.main?.is === 'table' ? parts.main.columns.filter(({ name }) => name in inputs.rows!) : [];
    const otherKey = read.filter(({ name, digest }) => inputs.rows![name] !== digest);
    expect(otherKey.map(({ name }) => name).sort()).toEqual(['deep', 'ints', 'xs']);
    expect((await out.t.all())[0]).toMatchObject({ json: '[["v1","v2","v3"],["1"],[[1],[2,3]]]', v2: true });
    expect((await out.t.all())[0].xs).toEqual(Float64Array.from([1, 2]));
  });

  test('two equal stages that say different things of their one output are refused', async () => {
    const equal = (options: object) => map(rows(1), { reads: ['n'], version: 1, run: ({ n }) => ({ y: n }) }, options);
    const both = (options: object) => runOn(memoryStore(), { a: equal({}), b: equal(options) });
    await expect(both({ remember: false })).rejects.toThrow(
      /b: it is the same computation as a, which has remember: true where this has false/,
    );
    await expect(both({ onRowFailure: 'stop' })).rejects.toThrow(/onRowFailure: keep where this has stop/);
    expect((await both({ concurrency: 2, onRowFailure: 'keep' })).did).toEqual({ rows: 'ran', a: 'ran 1 of 1' });
  });
});
