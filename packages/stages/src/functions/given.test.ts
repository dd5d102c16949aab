import { describe, expect, test } from '@jest/globals';
import { canonical, memoryStore, type Store } from '@millrace/core';
import { filter } from '../filter/stage.js';
import { map } from '../map/stage.js';
import { source } from '../source/source.js';
import { runOn } from '../testing/run.js';

const rows = source.rows([{ t: 'xa' }, { t: 'ya' }, { t: 'za' }]);
const fewer = source.rows([{ t: 'za' }, { t: 'xa' }, { t: 'new' }]);

type Run = (row: { t: string }, given: never) => unknown;
interface Asked {
  readonly from?: typeof rows;
  readonly threads?: number;
  readonly nature?: 'pure' | 'answered';
}

const values = async (store: Store, given: object, run: Run, { from = rows, threads, nature = 'pure' }: Asked = {}) => {
  const stage = map(
    from,
    { version: 1, nature, with: given as never, run: (row, w) => ({ u: String(run(row, w)) }) },
    threads ? { threads } : {},
  );
  const { out, did } = await runOn(store, { out: stage });
  return { values: (await out.out.all()).map(({ u }: { u: string }) => u), did: did['out'] };
};

const keys = (w: object): string => JSON.stringify(w, (_, inner) => (inner instanceof Map ? [...inner] : inner));

describe('what a function is given is in its key, or it does not see it', () => {
  const pairs: Readonly<Record<string, readonly [object, object, Run]>> = {
    'the order of keys': [{ a: 1, b: 2 }, { b: 2, a: 1 }, (_, w) => keys(w)],
    'the order of nested keys': [{ w: [{ a: 1, b: 2 }] }, { w: [{ b: 2, a: 1 }] }, (_, w) => keys(w)],
    'the order of keys in a Map': [
      { w: new Map([['m', { a: 1, b: 2 }]]) },
      { w: new Map([['m', { b: 2, a: 1 }]]) },
      (_, w) => keys(w),
    ],
    'a key that is undefined': [{ a: 1, b: undefined }, { a: 1 }, (_, w) => 'b' in w],
    'bytes and a Buffer': [{ v: new Uint8Array([65]) }, { v: Buffer.from('A') }, (_, { v }: { v: Uint8Array }) => v],
    'a Buffer and bytes': [
      { v: [Buffer.from('A')] },
      { v: [new Uint8Array([65])] },
      (_, { v }: { v: Uint8Array[] }) => v[0],
    ],
    'halves of surrogate pairs in names': [
      { '\ud800': 1 },
      { '\ud801': 1 },
      (_, w) => Object.keys(w)[0]?.charCodeAt(0),
    ],
    'a text of half a pair, and a name like a mark': [
      { '\ud800': 1 },
      { '$utf16 00d8': 1 },
      (_, w) => Object.keys(w)[0]?.charCodeAt(0),
    ],
    '0 and -0': [{ v: 0 }, { v: -0 }, (_, { v }: { v: number }) => 1 / v],
  };

  test.each(Object.entries(pairs))('%s', async (_, [before, after, run]) => {
    const store = memoryStore();
    const first = await values(store, before, run);
    const second = await values(store, after, run);
    expect(second.values).toEqual((await values(memoryStore(), after, run)).values);
    const same = await values(store, before, run);
    expect([same.values, same.did]).toEqual([first.values, 'reused']);
  });

  const hidden = (value: number) => Object.defineProperty({ a: 1 }, 'hidden', { value });
  const sparse: unknown[] = [1];
  sparse[2] = 3;

  test.each([
    ['a hidden property', { v: hidden(2) }, /with\.v is an object with a hidden property hidden/],
    ['a hidden symbol', { v: Object.defineProperty({}, Symbol('s'), { value: 1 }) }, /symbol keys/],
    ['a hole', { v: sparse }, /with\.v is an array with holes, .*Write undefined or null in their place/],
    [
      'a hidden property of a list',
      { v: Object.defineProperty([1], 'more', { value: 1 }) },
      /property more of its own/,
    ],
    ['a list with holes and as many names', { v: Object.assign(sparse.slice(1), { x: 1 }) }, /with holes/],
    ['a property of a pattern', { v: Object.assign(/a/, { x: 1 }) }, /with\.v is a RegExp with a property x/],
  ])('%s is refused, with its place', async (_, given, message) => {
    await expect(values(memoryStore(), given, () => 1)).rejects.toThrow(message);
  });
});

test.each<[string, object, object]>([
  ['the order of keys', { k: { a: 1, b: 2 } }, { k: { b: 2, a: 1 } }],
  ['a key that is undefined', { k: [{ a: 1 }] }, { k: [{ a: 1, b: undefined }] }],
  ['a Buffer', { k: new Map([['b', new Uint8Array(1)]]) }, { k: new Map([['b', Buffer.alloc(1)]]) }],
])('a function that uses a value from around it sees %s, and its key too', async (_, before, after) => {
  const store = memoryStore();
  const did = async (uses: object) => {
    const out = map(rows, { version: 1, uses: uses as never, run: ({ t }) => ({ u: t }) });
    return (await runOn(store, { out })).did['out'];
  };
  expect([await did(before), await did(after)]).toEqual(['ran 3 of 3', 'ran 3 of 3']);
  expect([await did(before), await did(after)]).toEqual(['reused', 'reused']);
  const named = { z: 1, ...before };
  expect([await did(named), await did({ ...before, z: 1 })]).toEqual(['ran 3 of 3', 'reused']);
});

describe('no row changes what the next one is given', () => {
  const patterns: Readonly<Record<string, readonly [object, Run]>> = {
    'a pattern with g': [{ re: /a/g }, ({ t }, { re }: { re: RegExp }) => re.test(t)],
    'a pattern that is marked': [{ re: /a/ }, (_, { re }: { re: RegExp & { n?: number } }) => (re.n = (re.n ?? 0) + 1)],
    'a pattern in a list': [{ re: [/a/y, /y/g] }, ({ t }, { re }: { re: RegExp[] }) => re[1]?.exec(t)?.index],
    'a pattern that begins later': [
      { re: Object.assign(/a/g, { lastIndex: 1 }) },
      ({ t }, { re }: { re: RegExp }) => [re.lastIndex, re.test(t)],
    ],
    'a date': [{ d: new Date(0) }, (_, { d }: { d: Date }) => d.setTime(d.getTime() + 1)],
    'an address': [{ u: new URL('http://a/') }, ({ t }, { u }: { u: URL }) => (u.pathname += t)],
    'some bytes': [{ v: new Uint8Array(4) }, (_, { v }: { v: Uint8Array }) => v.fill((v[0] ?? 0) + 1)[0]],
    'a date in a Map': [
      { m: new Map([['d', new Date(0)]]) },
      (_, { m }: { m: Map<string, Date> }) => m.get('d')?.setDate(3),
    ],
  };

  test.each(Object.entries(patterns))('%s', async (_, [given, run]) => {
    const store = memoryStore();
    await values(store, given, run);
    const now = await values(store, given, run, { from: fewer });
    expect(now).toEqual({
      values: (await values(memoryStore(), given, run, { from: fewer })).values,
      did: 'ran 1 of 3',
    });
  });

  const inThread = async (given: object, run: (row: { t: string }, w: never) => object) => {
    const stage = map(rows, { version: 1, with: given as never, run: run as never }, { threads: 1 });
    const { out } = await runOn(memoryStore(), { out: stage });
    return (await out.out.all()).map(({ u }: { u: unknown }) => u);
  };

  test('in a thread neither', async () => {
    expect(await inThread({ re: /a/g }, ({ t }, { re }: { re: RegExp }) => ({ u: re.test(t) }))).toEqual([
      true,
      true,
      true,
    ]);
    const count = (_: object, { m }: { m: Map<number, number> }) => ({ u: m.set(m.size, 1).size });
    expect(await inThread({ m: new Map() }, count)).toEqual([1, 1, 1]);
  });

  test.each([
    ['a Buffer', { w: [Buffer.from('a')] }, 'with.w.0 is a Buffer'],
    ['a pattern that begins later', { re: Object.assign(/a/g, { lastIndex: 1 }) }, 'with.re is a RegExp'],
    ['an address', { m: new Map([['u', new URL('http://a/')]]) }, 'is a URL'],
  ])('%s, which a thread would be given otherwise, is refused there', async (_, given, message) => {
    await expect(inThread(given, () => ({ u: 1 }))).rejects.toThrow(message);
  });

  test.each<[string, object, Run, RegExp]>([
    [
      'a Map',
      { m: new Map() },
      ({ t }, { m }: { m: Map<string, number> }) => m.set(t, m.size),
      /changes with\.m, a Map .* new Map\(with\.m\)/,
    ],
    ['a Set', { s: new Set([1]) }, (_, { s }: { s: Set<number> }) => s.clear(), /changes with\.s, a Set/],
    ['a list', { l: [1] }, (_, { l }: { l: number[] }) => l.push(2), /not extensible/],
    [
      'many bytes',
      { v: new Float64Array(9000) },
      (_, { v }: { v: Float64Array }) => ++(v as unknown as [number])[0],
      /changed with\.v, a Float64Array .*\.slice\(\)/,
    ],
  ])('%s that a function changes is refused where it does', async (_, given, run, message) => {
    const stage = map(rows, {
      version: 1,
      with: given as never,
      run: (row, w) => ({ u: String(run(row, w as never)) }),
    });
    const { out } = await runOn(memoryStore(), { out: stage });
    const failures = (await out.out.failures()) as { message: string }[];
    expect(failures.map(({ message: said }) => said)).toEqual(Array(3).fill(expect.stringMatching(message)));
  });

  test('what is not changed is one for all rows: a large table is not copied for each', async () => {
    const seen = new Set<unknown>();
    const given = { m: new Map([['a', { n: 1 }]]), l: [[1, 2]], v: new Float64Array(9000) };
    const run = (_: object, w: typeof given) => seen.add(w).size;
    await runOn(memoryStore(), {
      out: filter(rows, { version: 1, with: given as never, run: (row, w) => run(row, w as never) > 0 }),
    });
    expect(seen.size).toBe(1);
  });

  test('an object of a class of the user is given as it is, where a version stands for the methods', async () => {
    class Limit {
      constructor(readonly n: number) {}
      [canonical]() {
        return { n: this.n };
      }
      times(x: number) {
        return this.n * x;
      }
    }
    const run: Run = (_, { limit }: { limit: Limit }) => limit.times(2);
    expect((await values(memoryStore(), { limit: new Limit(3) }, run)).values).toEqual(['6', '6', '6']);
  });
});
