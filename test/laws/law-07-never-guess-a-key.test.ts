import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import {
  type AnyTable,
  CannotRun,
  type CodeReader,
  canonical,
  digestValue,
  graphOf,
  memoryStore,
  NoCanonicalForm,
  planGraph,
  secret,
  stage,
  toPlain,
  type Value,
} from '@millrace/core';
import { map, model, rowsSource } from '@millrace/stages';
import fc from 'fast-check';
import { go } from './kit.js';
import { lab, planOf, printOf } from './lab.js';

class Account {
  constructor(readonly id: number) {}
}
class Named {
  constructor(readonly id: number) {}
  [canonical]() {
    return { account: this.id };
  }
}
const cycle: Record<string, unknown> = { a: 1 };
cycle['inner'] = { back: [cycle] };
const deep = (levels: number): unknown => (levels ? [deep(levels - 1)] : 0);
const named = Object.defineProperty(() => 1, 'name', { value: 'helper' });

/** What has no canonical form: the value, where it lies, what it is called, the way out. */
const REFUSED: readonly (readonly [string, unknown, string, RegExp])[] = [
  ['a function', { a: { run: named } }, 'a.run', /is a function.*where the stage takes code/],
  ['a class', { kind: Account }, 'kind', /is a function/],
  ['an instance', { by: [1, new Account(1)] }, 'by[1]', /an instance of Account.*\[canonical\]\(\)/],
  ['an instance in a map', { by: new Map([['x', new Account(1)]]) }, 'by<0>[1]', /an instance of Account/],
  ['an instance in a set', { by: new Set([new Account(1)]) }, 'by<0>', /an instance of Account/],
  ['a cycle', { it: cycle }, 'it.inner.back[0]', /part of a cycle.*without cycles/],
  ['a symbol', { on: Symbol('on') }, 'on', /is a symbol.*Use a string/],
  ['a key that is a symbol', { a: { [Symbol('k')]: 1 } }, 'a', /symbol keys.*string keys/],
  ['a promise', { later: Promise.resolve(1) }, 'later', /is a promise/],
  ['what can be awaited', { later: Object.fromEntries([['then', () => 1]]) }, 'later.then', /is a function/],
  ['a secret', { key: secret.value('hunter2', 'KEY') }, 'key', /is a secret.*options, never in config/],
  ['a data view', { view: new DataView(new ArrayBuffer(2)) }, 'view', /DataView.*typed array/],
  ['a weak map', { w: new WeakMap() }, 'w', /an instance of WeakMap/],
  ['a weak reference', { w: new WeakRef({}) }, 'w', /an instance of WeakRef/],
  ['an error', { e: new Error('x') }, 'e', /an instance of Error/],
  ['a generator', { g: (function* () {})() }, 'g', /has no canonical form/],
  ['a hash in the making', { h: createHash('sha256') }, 'h', /an instance of Hash/],
  ['an abort signal', { s: new AbortController().signal }, 's', /an instance of AbortSignal/],
  ['a formatter', { f: new Intl.NumberFormat() }, 'f', /an instance of NumberFormat/],
  ['something without a bottom', deep(5000), '[0]', /nested deeper than/],
  ['what a class says of itself and is a function', { a: { [canonical]: () => named } }, 'a', /is a function/],
];

describe('what has no canonical form is refused with its path and the way out', () => {
  test.each(REFUSED)('%s', async (_, value, path, says) => {
    const thrown = await Promise.resolve(value)
      .then(toPlain)
      .then(
        () => undefined,
        (error: unknown) => error,
      );
    expect(thrown).toBeInstanceOf(NoCanonicalForm);
    expect((thrown as NoCanonicalForm).path.startsWith(path)).toBe(true);
    expect((thrown as Error).message).toMatch(says);
    expect((thrown as Error).message).not.toContain('hunter2');
  });

  test('before anything runs, all of them at once, each with its stage', async () => {
    const world = lab();
    const q = world.k.rows([{ text: 'a' }]);
    const went = await go(world, {
      first: world.k.pure(q, { from: 'text', into: 'a', with: { at: { deep: named } } }),
      second: world.k.asked(q, { from: 'text', into: 'b', with: [Symbol('x')] }),
      third: world.k.asked(q, { from: 'text', into: 'c' }),
    });
    expect(went.error).toBeInstanceOf(CannotRun);
    expect((went.error as CannotRun).problems.map((problem) => 'stage' in problem && problem.stage)).toEqual([
      'first',
      'second',
    ]);
    expect(went.error?.message).toMatch(/first: with\.at\.deep is a function.*\nsecond: with\[0\] is a symbol/s);
    expect([went.calls, [...world.store.entries()], world.store.runs()]).toEqual([[], [], []]);
  });
});

/** Pairs that a looser hash takes for one: each must give another key. */
const APART: readonly (readonly [string, unknown, unknown])[] = [
  ['a number and its text', 1, '1'],
  ['zero and minus zero', 0, -0],
  ['a whole number and a big one', 1, 1n],
  ['a big number and its text', 10n, '10'],
  ['null and nothing', [null], [undefined]],
  ['nothing and an empty place', { a: [undefined] }, { a: [] }],
  ['not a number and its text', Number.NaN, 'NaN'],
  ['infinity and null', Number.POSITIVE_INFINITY, null],
  ['a date and its text', new Date(0), '1970-01-01T00:00:00.000Z'],
  ['a date and its number', new Date(0), 0],
  ['two dates a millisecond apart', new Date(0), new Date(1)],
  ['a pattern and its text', /a/, '/a/'],
  ['a pattern and its flags', /a/, /a/i],
  ['a list and an object', ['a'], { 0: 'a' }],
  ['a list and a set', ['a'], new Set(['a'])],
  ['an object and a map', { a: 1 }, new Map([['a', 1]])],
  [
    'a map and its order',
    new Map([
      ['a', 1],
      ['b', 2],
    ]),
    new Map([
      ['b', 2],
      ['a', 1],
    ]),
  ],
  ['bytes and numbers', new Uint8Array([1]), [1]],
  ['bytes of another width', new Uint8Array([1, 0]), new Uint16Array([1])],
  ['signed and unsigned bytes', new Uint8Array([1]), new Int8Array([1])],
  ['bytes and their text', Buffer.from('a'), 'a'],
  ['an address and its text', new URL('http://a/'), 'http://a/'],
  ["a tag of ours and the user's own", { $date: '1970-01-01T00:00:00.000Z' }, new Date(0)],
  ['a doubled tag', { $$date: 'x' }, { $date: 'x' }],
  ['two halves of a character', '\ud800', '\ud801'],
  ['half a character and its replacement', '\ud800', '\ufffd'],
  ['two ways to write é', '\u00e9', 'e\u0301'],
  ['where a list ends', [['a'], 'b'], [['a', 'b']]],
  ['where a text ends', ['ab', 'c'], ['a', 'bc']],
  ['a key named __proto__', JSON.parse('{"__proto__":{"a":1}}'), {}],
  ['what a class says and other plain data', new Named(1), { account: 2 }],
];

describe('what differs has another key', () => {
  test.each(APART)('%s', async (_, one, other) => {
    const { k } = lab();
    const q = k.rows([{ text: 'a' }]);
    const print = (value: unknown) => printOf(k.pure(q, { from: 'text', into: 'a', with: { value } }));
    expect(await print(one)).not.toBe(await print(other));
    expect(await print(one)).toBe(await print(one));
  });

  test('whatever the values: equal keys are of equal values, and a copy has the key of the original', () => {
    const few = [0, -0, 1, 1n, '', '1', 'a', null, undefined, true, Number.NaN, new Date(0), '$date'];
    const values = fc.oneof(...few.map((value) => fc.constant(value)), fc.double(), fc.string());
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 3 },
        values,
        fc.array(tie('tree'), { maxLength: 2 }),
        record(tie('tree')),
        fc.uniqueArray(values, { maxLength: 2 }).map((all) => new Set(all)),
      ),
    }));
    fc.assert(
      fc.property(tree, tree, (one, other) => {
        expect(digestValue(structuredClone(one))).toBe(digestValue(one));
        const same = isDeepStrictEqual(written(one), written(other));
        if (digestValue(one) === digestValue(other)) expect(same).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  test('what is shared is as what stands there twice', () => {
    const shared = { a: [1] };
    expect(digestValue({ x: shared, y: shared })).toBe(digestValue({ x: { a: [1] }, y: { a: [1] } }));
  });

  test('NaN is one, however it came about', () => {
    const other = new Float64Array(new BigUint64Array([0x7ff8_0000_0000_0001n]).buffer)[0];
    expect(digestValue(other)).toBe(digestValue(Number.NaN));
  });

  test('what a class says of itself is its key', () => {
    expect(digestValue(new Named(1))).toBe(digestValue({ account: 1 }));
  });
});

const record = (of: fc.Arbitrary<unknown>) =>
  fc.dictionary(fc.constantFrom('a', 'b', '1', '$date', '__proto__'), of, { maxKeys: 2, noNullPrototype: true });

/** Without the fields that are undefined, which are as if they were not written. */
function written(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(written);
  if (!value || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return new Map(Object.entries(value).flatMap(([key, inner]) => (inner === undefined ? [] : [[key, written(inner)]])));
}

class Stamp extends Date {
  zone = 'Asia/Kathmandu';
}
class Bag extends Map<string, number> {
  limit = 3;
}
class Row3 extends Array<number> {
  unit = 'm';
}

describe('what hides in a value is refused, not dropped', () => {
  test.each([
    ['a field of a date of a class', Object.assign(new Stamp(0), { zone: 'UTC' }), new Stamp(0)],
    ['a field of a map of a class', Object.assign(new Bag(), { limit: 4 }), new Bag()],
    ['a field of a list of a class', Object.assign(new Row3(), { unit: 'km' }), new Row3()],
    ['a field put on a list', Object.assign([1], { unit: 'km' }), Object.assign([1], { unit: 'm' })],
    ['a field put on a set', Object.assign(new Set([1]), { unit: 'km' }), new Set([1])],
    ['where a pattern stands', Object.assign(/a/g, { lastIndex: 3 }), /a/g],
  ])('%s', (_, one, other) => {
    const printed = (value: unknown) => {
      try {
        return digestValue({ value });
      } catch (error) {
        expect(error).toBeInstanceOf(NoCanonicalForm);
        return undefined;
      }
    };
    const [a, b] = [printed(one), printed(other)];
    expect(a !== undefined && a === b).toBe(false);
  });

  test('a value that says it is of a kind that it is not', () => {
    const liar = { [Symbol.toStringTag]: 'Date' };
    expect(() => digestValue({ at: Object.create(liar) })).toThrow(NoCanonicalForm);
  });
});

describe('no part is silently dropped', () => {
  test('a function of the config that the kind does not declare as code', async () => {
    const { k, store } = lab();
    const q = k.rows([{ text: 'a' }]);
    const it = stage<AnyTable, { helper: unknown }>({
      kind: {
        name: 'helped',
        version: 1,
        nature: 'pure',
        work: {
          is: 'rows',
          reads: () => ({ text: 'text' }),
          answers: () => ({ out: 'text' }),
          run: (rows) => rows.map(() => ({ out: '' })),
        },
      },
      inputs: { rows: q },
      config: { helper: named },
    });
    await expect(planOf(store, { it })).rejects.toThrow(/it: helper is a function/);
  });

  test('a function whose code cannot be read, with what to do', async () => {
    const { k, store, engine } = lab();
    const graph = engine.graphOf({ it: map(k.rows([{ text: 'a' }]), { reads: ['text'], run: () => ({ b: 1 }) }) });
    const code = {
      read: () => ({
        refused: {
          why: 'captures' as const,
          names: ['limit'],
          at: { file: 'p.ts', line: 3, column: 9, text: ' run: x > limit' },
        },
      }),
    };
    await expect(engine.planGraph(graph, {}, { store, code, base: '/' })).rejects.toThrow(
      /it: the function run uses limit from around it \(p\.ts:3:9\)[\s\S]*run: x > limit[\s\S]*uses: \{ limit \}[\s\S]*version/,
    );
  });

  test.each([
    [{}, /gave no part main although/],
    [undefined, /gave no part main although/],
    [{ main: { value: 1 }, more: { value: 2 } }, /gave a part more that its kind parted does not declare/],
  ])('a part of an output: %j', async (parts, says) => {
    const { engine, ...world } = lab();
    const run = async () => parts as { main: { value: number } };
    const work = { is: 'whole' as const, parts: () => ({ main: 'value' as const }), run };
    const it = engine.stage<Value<number>>({ kind: { name: 'parted', version: 1, nature: 'pure', work } });
    const failed = (await go({ engine, ...world }, { it })).events.find((event) => event.is === 'stage-failed');
    expect(failed?.error.message).toMatch(says);
  });

  test('two functions under one version, where they would be one stage', async () => {
    const { k, store } = lab();
    const q = k.rows([{ text: 'a' }]);
    const one = map(q, { reads: ['text'], version: 1, run: () => ({ b: 1 }) });
    const other = map(q, { reads: ['text'], version: 1, run: () => ({ b: 2 }) });
    await expect(planOf(store, { one, other })).rejects.toThrow(/other: its function run has version 1, as .* in one/);
    const apart = map(q, { reads: ['text'], version: 2, run: () => ({ b: 2 }) });
    expect((await planOf(store, { one, apart })).steps).toHaveLength(3);
  });

  test.each(['', 'outcome', '__proto__'])('an output that is called "%s", under which nothing is found', (name) => {
    const { k, engine } = lab();
    const named = Object.fromEntries([[name, k.rows([{ text: 'a' }])]]);
    expect(() => engine.graphOf(named)).toThrow(/Choose another name/);
  });

  test('a value in `uses` and in `with`', async () => {
    const { k, store } = lab();
    const q = k.rows([{ text: 'a' }]);
    const uses = map(q, { reads: ['text'], run: () => ({ b: 1 }), uses: { session: new Account(1) } });
    await expect(planOf(store, { uses })).rejects.toThrow(/uses: .*session is an instance of Account/);
    const given = map(q, { reads: ['text'], run: () => ({ b: 1 }), with: { at: new WeakMap() } as never });
    await expect(planOf(store, { given })).rejects.toThrow(/given: with\.at is an instance of WeakMap/);
  });
});

describe('a model that is not pinned down is refused, with what to write', () => {
  test.each([
    ['llama3', {}, /says no endpoint.*baseURL/],
    ['openrouter/auto', {}, /any model.*Name the model itself/],
    ['local/acme/tiny', {}, /moves with its main branch.*revision/],
    ['local/acme/tiny', { revision: 'main' }, /the revision "main" moves.*40 digits/],
    ['m', { baseURL: 'https://me:hunter2@host/v1' }, /carries a password.*apiKey/],
    ['m', { baseURL: 'https://host/v1?key=hunter2' }, /a query.*headers/],
  ] as const)('%s %j', (name, config, says) => {
    expect(() => model(name, config)).toThrow(says);
    expect(() => model(name, config)).not.toThrow(/hunter2/);
  });
});

test('two columns of one name, and rows of two types in one column, are refused', async () => {
  const world = lab();
  const clash = await go(world, {
    it: world.k.pure(world.k.rows([{ text: 'a', out: 'b' }]), { from: 'text', into: 'out' }),
  });
  expect(clash.outcome?.ended).toBe('failed');
  expect(clash.events.find((event) => event.is === 'stage-failed')).toMatchObject({
    error: { message: expect.stringMatching(/out/) },
  });
  const mixed = await go(world, { it: world.k.rows([{ text: 'a' }, { text: { b: 1 } }]) });
  expect(mixed.outcome?.ended).toBe('failed');
});

describe('functions that a function uses', () => {
  const twice = (x: number) => x * 2;
  const thrice = (x: number) => x * 3;
  const run = ({ n }: { n: number }) => ({ y: twice(n) });
  const code: CodeReader = {
    read: (fn, { version }) => ({ code: { digest: String(version ?? fn), units: [], packages: {} } }),
  };
  const print = async (said: { uses?: Readonly<Record<string, unknown>>; version?: number }) => {
    const rows = rowsSource([{ n: 1 }]);
    const ports = { store: memoryStore(), code, base: '/' };
    const { plan } = await planGraph(graphOf({ out: map(rows, { run, ...said }) }), {}, ports);
    return plan.steps.find((step) => step.name === 'out')?.fingerprint;
  };

  test('are in its key by their code, values by their content', async () => {
    const prints = [
      await print({}),
      await print({ uses: { twice } }),
      await print({ uses: { twice: thrice } }),
      await print({ uses: { twice, by: 1 } }),
      await print({ uses: { twice: { 0: 'twice', 1: String(twice) } } }),
    ];
    expect(new Set(prints).size).toBe(prints.length);
    expect(await print({ uses: { by: 1, twice } })).toBe(prints[3]);
  });

  test('are no part of it under a version, which stands for all the code', async () => {
    expect(await print({ version: 1, uses: { twice } })).toBe(await print({ version: 1, uses: { twice: thrice } }));
  });
});
