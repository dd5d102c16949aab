import { types } from 'node:util';
import { expect, test } from '@jest/globals';
import { FunctionError } from '../../src/world/index.js';
import { called, loaded } from './loaded.js';

test('functions of a program share its state, and two worlds share none', async () => {
  const program = () => {
    let n = 0;
    return { up: () => ++n, n: () => n };
  };
  const [one, other] = [await loaded(program), await loaded(program)];
  expect([await called(one, 'up'), await called(one, 'up'), await called(one, 'n')]).toEqual([1, 2, 2]);
  expect(await called(other, 'n')).toBe(0);
});

test('an error names the place in the file of the user', async () => {
  const text = `() => {
  const inner = (x) => x.y.z;
  return { run: ({ x }) => inner(x) };
}`;
  const { makeWorld } = await import('../../src/world/index.js');
  const world = makeWorld({ kind: 'made' });
  const place = (line: number, column: number) => `lib/h.ts:${line + 10}:${column}`;
  const program = { world, functions: await world.load({ digest: 'd', text, imports: [], place }) };
  expect(await called(program, 'run', { x: { y: { z: 1 } } })).toBe(1);
  const bad = await called(program, 'run', { x: {} });
  expect(bad).toBeInstanceOf(FunctionError);
  const { name, message, place: at, stack, cause } = bad as FunctionError;
  expect([name, message, at]).toEqual([
    'TypeError',
    "Cannot read properties of undefined (reading 'z')",
    'lib/h.ts:12:28',
  ]);
  expect(stack).toBe(`TypeError: ${message}\n    at lib/h.ts:12:28\n    at lib/h.ts:13:28`);
  expect(types.isNativeError(cause)).toBe(true);
});

test.each(['null', '"text"', '{ toString: null }', 'Symbol("s")', 'Object.create(null)'])(
  'whatever is thrown is an error: %s',
  async (value) => {
    const answer = await called(await loaded(`() => ({ run: () => { throw ${value}; } })`), 'run');
    expect(answer).toBeInstanceOf(FunctionError);
  },
);

test('timers run while an answer is waited for, and what is rejected fails its call alone', async () => {
  const program = await loaded(() => ({
    run: ({ x }: { x: number }) =>
      new Promise((resolve, reject) => {
        setTimeout(() => (x === 3 ? reject(new RangeError('three')) : resolve(x)), 1e9 - x);
      }),
  }));
  const answers = await Promise.all([1, 2, 3, 4].map((x) => called(program, 'run', { x })));
  expect(answers.map((each) => (each instanceof Error ? each.message : each))).toEqual([1, 2, 'three', 4]);
});

test('an error of a timer fails the calls that wait', async () => {
  const program = await loaded(() => ({
    run: () => {
      setTimeout(() => {
        throw new Error('in a timer');
      });
      return new Promise(() => {});
    },
  }));
  expect(await called(program, 'run')).toMatchObject({ message: 'in a timer' });
});

test('values that are handed in are of the realm of the function, and its own', async () => {
  const program = await loaded(() => ({
    run: ({ x }: { x: any }) => {
      const kinds = { Date, Map, Set, Uint8Array, Float32Array, Array, RegExp, Error, DataView, ArrayBuffer, Object };
      const is = Object.entries(kinds).flatMap(([name, Kind]) => (x instanceof Kind ? [name] : []));
      if (x instanceof Float32Array) x[0] = 9;
      if (Array.isArray(x) && x[0]?.deep) x[0].deep = 'changed';
      return `${is}`;
    },
  }));
  const floats = Float32Array.of(1, 2, 3).subarray(1);
  const list = [{ deep: 1 }];
  const outer = [
    new Date(5),
    new Map([[1, { a: 1 }]]),
    new Set([1]),
    floats,
    new Uint8Array(2),
    list,
    { a: { b: 1 } },
    /x/g,
  ];
  const all = [...outer, new Error('e'), new DataView(new ArrayBuffer(4), 1), new ArrayBuffer(2), 1, 'x', null];
  const answers = await Promise.all(all.map((x) => called(program, 'run', { x })));
  expect(answers).toEqual(
    [
      ['Date'],
      ['Map'],
      ['Set'],
      ['Float32Array'],
      ['Uint8Array'],
      ['Array'],
      [],
      ['RegExp'],
      ['Error'],
      ['DataView'],
      ['ArrayBuffer'],
    ]
      .map((names) => `${[...names, 'Object']}`)
      .concat('', '', ''),
  );
  expect([floats[0], list[0]?.deep]).toEqual([2, 1]);
});

test('what was handed in holds what it held', async () => {
  const program = await loaded(() => ({ run: ({ x }: { x: unknown }) => x }));
  const bare = Object.assign(Object.create(null), { k: 1 });
  const holes = [1, , 3];
  const proto = JSON.parse('{ "__proto__": { "a": 1 }, "b": 2 }');
  const bytes = new DataView(Uint8Array.of(1, 2, 3, 4).buffer, 1, 2);
  const outer = [
    new Map([['a', [new Date(5)]]]),
    bare,
    holes,
    proto,
    Float64Array.of(1.5, Number.NaN),
    bytes,
    /a\/b/gi,
  ];
  const answers: any[] = await Promise.all(outer.map((x) => called(program, 'run', { x })));
  expect([...answers[0]].flat(2).map(Number)).toEqual([Number.NaN, 5]);
  expect([Object.getPrototypeOf(answers[1]), answers[1].k, 1 in answers[2], answers[2].length]).toEqual([
    null,
    1,
    false,
    3,
  ]);
  expect([Object.keys(answers[3]), answers[3].a, answers[3].b]).toEqual([['__proto__', 'b'], undefined, 2]);
  expect([Array.from(answers[4]), answers[5].getUint8(1), String(answers[6])]).toEqual([
    [1.5, Number.NaN],
    3,
    '/a\\/b/gi',
  ]);
});

test('what `open` returned reaches the function unchanged', async () => {
  const program = await loaded(() => {
    class Client {
      calls = 0;
    }
    return {
      open: () => new Client(),
      run: (_: unknown, __: unknown, handle: Client) => handle instanceof Client && ++handle.calls,
    };
  });
  const handle = await called(program, 'open');
  expect([await called(program, 'run', {}, {}, handle), await called(program, 'run', {}, {}, handle)]).toEqual([1, 2]);
});

test('one call takes values of this realm and tells its error', async () => {
  const { world, functions } = await loaded(() => ({
    size: (given: Map<string, number>) => given instanceof Map && given.size,
    bad: () => (undefined as never as string[])[0],
  }));
  expect(world.calling(functions['size']!)(new Map([['a', 1]]))).toBe(1);
  expect(() => world.calling(functions['bad']!)()).toThrow(FunctionError);
  expect(() => world.calling(functions['size']!)(() => {})).toThrow('A function of the outer program');
});

test('what many rows are given is made once where nobody can change it, and anew where somebody can', async () => {
  const { world, functions } = await loaded(() => {
    const seen: unknown[] = [];
    return {
      same: (_: unknown, given: unknown) => seen.push(given) > 1 && seen.at(-1) === seen.at(-2),
      spoil: (_: unknown, { map }: { map: Map<string, number> }) => map.set('b', 2),
      first: (_: unknown, { words }: { words: string[] }) =>
        words.constructor === Array && Object.isFrozen(words) && words[0],
    };
  });
  const map = Object.freeze(new Map([['a', 1]]));
  const words = Object.freeze(['x', 'y']);
  const given = Object.freeze({ map, words, n: 1 });
  const call = (name: string, ...more: unknown[]) => world.calling(functions[name]!)({}, ...more);
  expect([call('same', given), call('same', given), call('first', given)]).toEqual([false, true, 'x']);
  expect(() => call('spoil', given)).toThrow('Copy it first: new Map(…).');
  const pattern = Object.freeze({ word: /a/g, words });
  expect([call('same', pattern), call('same', pattern)]).toEqual([false, false]);
  const bytes = new Float64Array(4096);
  expect([call('same', bytes), call('same', bytes)]).toEqual([false, true]);
  expect([call('same', new Uint8Array(8)), call('same', new Uint8Array(8))]).toEqual([false, false]);
});

test('a program may wait at its top, and fail there', async () => {
  const { world, functions } = await loaded(async () => {
    const n = await new Promise<number>((resolve) => setTimeout(() => resolve(7), 1e6));
    return { run: () => n };
  });
  expect(world.calling(functions['run']!)()).toBe(7);
  await expect(loaded(`() => { throw new TypeError('at the top'); }`)).rejects.toThrow('at the top');
});

test('what a function prints is told, as its own console has it', async () => {
  const lines: unknown[] = [];
  const program = await loaded(
    () => {
      console.warn('loads');
      return {
        run: ({ x }: { x: number }) => {
          console.log('row %d', x, { x }, new Map([[1, new Date(0)]]));
          console.error([x]);
          console.group('g');
          console.info('in\nit');
          console.groupEnd();
        },
      };
    },
    { log: (...line) => lines.push(line) },
  );
  await called(program, 'run', { x: 5 });
  expect(lines).toEqual([
    ['warn', 'loads'],
    ['info', 'row 5 { x: 5 } Map(1) { 1 => 1970-01-01T00:00:00.000Z }'],
    ['error', '[ 5 ]'],
    ['info', 'g'],
    ['info', '  in\n  it'],
  ]);
});
