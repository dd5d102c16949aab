import { types } from 'node:util';
import { expect, test } from '@jest/globals';
import { FunctionError } from '../../src/world/index.js';
import { loaded } from './loaded.js';

const column = (...values: unknown[]) => ({ columns: [values], count: values.length });

test('rows are made of columns, and answers stand in their places', async () => {
  const { world, functions } = await loaded(() => ({
    run: ({ x, ['a b']: y, ['__proto__']: z }: Record<string, unknown>) => ({ x, y, z }),
  }));
  const call = world.rows(functions['run']!, { names: ['x', 'a b', '__proto__'] });
  expect(
    await call({
      columns: [
        [1, 2],
        ['p', 'q'],
        [5, 6],
      ],
      count: 2,
    }),
  ).toEqual([
    { x: 1, y: 'p', z: 5 },
    { x: 2, y: 'q', z: 6 },
  ]);
});

test('functions of a program share its state, and two worlds share none', async () => {
  const program = () => {
    let n = 0;
    return { up: () => ++n, n: () => n };
  };
  const [one, other] = [await loaded(program), await loaded(program)];
  const count = { columns: [], count: 3 };
  expect(await one.world.rows(one.functions['up']!, { names: [] })(count)).toEqual([1, 2, 3]);
  expect(one.world.calling(one.functions['n']!)()).toBe(3);
  expect(other.world.calling(other.functions['n']!)()).toBe(0);
});

test('an error stands in the place of its row and names the place in the file of the user', async () => {
  const text = `() => {
  const inner = (x) => x.y.z;
  return { run: ({ x }) => inner(x) };
}`;
  const { makeWorld } = await import('../../src/world/index.js');
  const world = makeWorld({ kind: 'made' });
  const place = (line: number, column: number) => `lib/h.ts:${line + 10}:${column}`;
  const { run } = await world.load({ digest: 'd', text, imports: [], place });
  const [good, bad] = await world.rows(run!, { names: ['x'] })(column({ y: { z: 1 } }, {}));
  expect(good).toBe(1);
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
    const { world, functions } = await loaded(`() => ({ run: () => { throw ${value}; } })`);
    const [answer] = await world.rows(functions['run']!, { names: [] })({ columns: [], count: 1 });
    expect(answer).toBeInstanceOf(FunctionError);
  },
);

test('promises are awaited one after the other, and one that is rejected fails its row alone', async () => {
  const { world, functions } = await loaded(() => {
    const order: number[] = [];
    return {
      order: () => order.join(),
      run: ({ x }: { x: number }) => {
        order.push(x);
        if (x === 1) return x;
        return new Promise((resolve, reject) => {
          setTimeout(() => {
            order.push(-x);
            if (x === 3) reject(new RangeError('three'));
            else resolve(x);
          }, 1e9 - x);
        });
      },
    };
  });
  const answers = await world.rows(functions['run']!, { names: ['x'] })(column(1, 2, 3, 4, 1));
  expect(answers.map((each) => (each instanceof Error ? each.message : each))).toEqual([1, 2, 'three', 4, 1]);
  expect(world.calling(functions['order']!)()).toBe('1,2,-2,3,-3,4,-4,1');
});

test('an error of a timer fails the rows that wait', async () => {
  const { world, functions } = await loaded(() => ({
    run: () => {
      setTimeout(() => {
        throw new Error('in a timer');
      });
      return new Promise(() => {});
    },
  }));
  const [answer] = await world.rows(functions['run']!, { names: [] })({ columns: [], count: 1 });
  expect((answer as Error).message).toBe('in a timer');
});

test('values that are handed in are of the realm of the function, and its own', async () => {
  const { world, functions } = await loaded(() => ({
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
  const answers = await world.rows(functions['run']!, { names: ['x'] })(
    column(...outer, new Error('e'), new DataView(new ArrayBuffer(4), 1), new ArrayBuffer(2), 1, 'x', null),
  );
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
  const { world, functions } = await loaded(() => ({ run: ({ x }: { x: unknown }) => x }));
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
  const answers = (await world.rows(functions['run']!, { names: ['x'] })(column(...outer))) as any[];
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
  const { world, functions } = await loaded(() => {
    class Client {
      calls = 0;
    }
    return {
      open: () => new Client(),
      run: (_: unknown, __: unknown, handle: Client) => handle instanceof Client && ++handle.calls,
    };
  });
  const handle = world.calling(functions['open']!)();
  expect(await world.rows(functions['run']!, { names: [] })({ columns: [], count: 2, handle })).toEqual([1, 2]);
});

test('the second argument is fresh for each row', async () => {
  const { world, functions } = await loaded(() => ({
    run: (_: unknown, given: any) => {
      given.n += 1;
      given.list.push(given.pattern.exec('aa')?.index, given.pattern.lastIndex);
      given.bytes[0] += 1;
      given.deep.get('k').n += 1;
      return JSON.stringify(
        [
          given,
          Object.keys(given),
          given.bytes[0],
          given.deep.get('k'),
          given.day.getTime(),
          given.big,
          1 in given.holes,
        ].map(String),
      );
    },
  }));
  const given = {
    n: -0,
    list: [] as unknown[],
    pattern: /a/g,
    bytes: Float32Array.of(1, 2),
    deep: new Map([['k', { n: 1 }]]),
    day: new Date(7),
    big: 5n,
    holes: [1, , 2],
    none: undefined,
    text: '\u2028`${x}`',
    ...JSON.parse('{ "__proto__": 1 }'),
  };
  const answers = await world.rows(functions['run']!, { names: [], given })({ columns: [], count: 3 });
  expect(new Set(answers).size).toBe(1);
  expect(answers[0]).toBe(
    JSON.stringify(['[object Object]', Object.keys(given).join(), '2', '[object Object]', '7', '5', 'false']),
  );
  expect([given.n, given.list, given.bytes[0], given.deep.get('k')]).toEqual([-0, [], 1, { n: 1 }]);
});

test('a Map of the second argument is the same for all rows: to change it is refused', async () => {
  const { world, functions } = await loaded(() => ({
    run: ({ x }: { x: string }, { map, set }: { map: Map<string, number>; set: Set<string> }) => {
      if (x === 'set') map.set('a', 2);
      if (x === 'add') set.add('a');
      if (x === 'copy') return new Map(map).set('b', 2).size + new Set(set).add('q').size;
      return map.get('a');
    },
  }));
  const given = { map: new Map([['a', 1]]), set: new Set(['s']) };
  const answers = await world.rows(functions['run']!, { names: ['x'], given })(
    column('get', 'set', 'add', 'copy', 'get'),
  );
  expect(answers.map((each) => (each instanceof Error ? each.message.replace(/, and.*by /, ' … ') : each))).toEqual([
    1,
    'A Map that is given in `with` is the same for all rows … set(). Copy it first: new Map(…).',
    'A Set that is given in `with` is the same for all rows … add(). Copy it first: new Set(…).',
    4,
    1,
  ]);
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

test('what a function prints after it waited is told with its row, where only one waits', async () => {
  const lines: unknown[] = [];
  const { world, functions } = await loaded(
    () => ({
      run: async ({ x }: { x: number }) => {
        await new Promise((resolve) => setTimeout(resolve, 10));
        console.log(x);
      },
    }),
    { log: (_, text, row) => lines.push(`${text} of ${row}`) },
  );
  const call = world.rows(functions['run']!, { names: ['x'] });
  await call({ ...column(1, 2), first: 100 });
  await Promise.all([call(column(3)), call({ ...column(4), first: 1 })]);
  expect(lines).toEqual(['1 of 100', '2 of 101', '3 of undefined', '4 of 1']);
});

test('what a function prints is told with its row', async () => {
  const lines: unknown[] = [];
  const { world, functions } = await loaded(
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
  await world.rows(functions['run']!, { names: ['x'] })(column(5));
  expect(lines).toEqual([
    ['warn', 'loads', undefined],
    ['info', 'row 5 { x: 5 } Map(1) { 1 => 1970-01-01T00:00:00.000Z }', 0],
    ['error', '[ 5 ]', 0],
    ['info', 'g', 0],
    ['info', '  in\n  it', 0],
  ]);
});
