import { deepStrictEqual } from 'node:assert';
import { describe, expect, test } from '@jest/globals';
import { buildBatch, buildColumn, inferColumns, inferType } from '../../src/columns/build.js';
import { typesOf } from '../../src/columns/column.js';
import { fromHalf, toHalf } from '../../src/columns/half.js';
import { unifyTypes } from '../../src/columns/infer.js';
import { sameType } from '../../src/columns/name.js';
import { reader, rowsOf } from '../../src/columns/read.js';
import type { Type } from '../../src/columns/type.js';
import { widen } from '../../src/columns/widen.js';

const read = (values: readonly unknown[], type: Type) => {
  const column = buildColumn(values, type, 'c');
  return values.map((_, row) => reader(column)(row));
};

describe('inferred types', () => {
  test.each<[string, readonly unknown[], Type]>([
    ['numbers, whole or not', [1, 2], 'float64'],
    ['bigints', [1n], 'int64'],
    ['booleans', [true, null], 'bool'],
    ['strings, though they look like numbers', ['1'], 'text'],
    ['Dates', [undefined, new Date(0)], { timestamp: 'ms', zone: 'UTC' }],
    ['bytes', [Buffer.from('a'), new Uint8Array(1)], 'binary'],
    ['typed arrays', [new Float32Array(1)], { list: 'float32' }],
    ['clamped bytes', [new Uint8ClampedArray(1)], { list: 'uint8' }],
    ['arrays', [[1], [], null], { list: 'float64' }],
    ['empty arrays', [[]], { list: 'null' }],
    ['objects', [{ b: 1 }, { a: 'x' }], { struct: { a: 'text', b: 'float64' } }],
    ['objects within arrays', [[{ a: 1 }], [{ a: null }]], { list: { struct: { a: 'float64' } } }],
    ['Maps', [new Map([['a', 1]])], { map: ['text', 'float64'] }],
    ['nothing', [null, undefined], 'null'],
    ['no rows', [], 'null'],
  ])('of %s', (_, values, type) => {
    expect(inferType(values, 'c')).toEqual(type);
  });

  test('of rows: every name that appears', () => {
    const rows = [{ b: 1 }, { a: 'x', b: null }, JSON.parse('{"__proto__": true}')];
    expect(Object.entries(inferColumns(rows))).toEqual([
      ['b', 'float64'],
      ['a', 'text'],
      ['__proto__', 'bool'],
    ]);
    expect(inferColumns([])).toEqual({});
  });

  test('mixed types are refused with both rows', () => {
    expect(() => inferType([null, 1, 'x'], 'score')).toThrow(
      'Column "score" holds a number in row 1 and a string in row 2. One column has one type. ' +
        'Convert one of them, or declare the column and give it only values of that type.',
    );
    expect(() => inferType([{ a: { b: [1] } }, { a: { b: [2, 3n] } }], 'm')).toThrow(
      'Column "m.a.b[]" holds a number in row 0 and a bigint in row 1.',
    );
    expect(() => inferType([[1], new Float64Array(1)], 'v')).toThrow(
      'an array in row 0 and a typed array of float64 in row 1',
    );
  });

  test.each<[string, unknown, string]>([
    ['functions', () => 1, 'a function'],
    ['symbols', Symbol('s'), 'Symbol(s)'],
    ['class instances', new (class Point {})(), 'a Point'],
    ['Sets', new Set(), 'a Set'],
    ['ArrayBuffers', new ArrayBuffer(1), 'a ArrayBuffer'],
    ['promises', Promise.resolve(), 'a Promise'],
  ])('%s are refused', (_, value, shown) => {
    expect(() => inferType([null, value], 'c')).toThrow(`Column "c", row 1, holds ${shown}, which no column can hold`);
  });

  test('of parts unite where one type holds both', () => {
    expect(unifyTypes('null', 'text')).toBe('text');
    expect(unifyTypes({ list: 'null' }, { list: 'text' })).toEqual({ list: 'text' });
    expect(unifyTypes({ struct: { b: 'text' } }, { struct: { a: 'bool' } })).toEqual({
      struct: { a: 'bool', b: 'text' },
    });
    expect(unifyTypes({ map: ['text', 'null'] }, { map: ['text', 'bool'] })).toEqual({ map: ['text', 'bool'] });
    expect(unifyTypes('float64', 'text')).toBeUndefined();
    expect(unifyTypes({ struct: { a: 'text' } }, { struct: { a: 'bool' } })).toBeUndefined();
    expect(unifyTypes({ list: 'text' }, { struct: {} })).toBeUndefined();
  });

  test('a column is widened to the type of all parts', () => {
    const widened = (values: readonly unknown[], from: Type, to: Type) => {
      const column = widen(buildColumn(values, from, 'c'), to);
      expect(column.type).toEqual(to);
      return values.map((_, row) => reader(column)(row));
    };
    const struct: Type = { struct: { a: 'text', b: { list: 'float64' }, c: { tensor: 'int8', shape: [2] } } };
    expect(widened([null, null], 'null', struct)).toEqual([null, null]);
    expect(widened([{ a: 'x' }], { struct: { a: 'text' } }, struct)).toEqual([{ a: 'x', b: null, c: null }]);
    expect(widened([[null], []], { list: 'null' }, { list: 'bool' })).toEqual([[null], []]);
    const numbered: Type = { struct: { 9: 'text', 10: 'bool', b: 'int8' } };
    expect(widened([{ 10: true, b: 1 }], { struct: { b: 'int8', 10: 'bool' } }, numbered)).toEqual([
      { 9: null, 10: true, b: 1 },
    ]);
    expect(() => widened([1], 'float64', 'text')).toThrow("BUG: a column of float64 can't be widened to text.");
  });
});

describe('declared types', () => {
  test.each<[Type, readonly unknown[], readonly unknown[]]>([
    ['int32', [5, null, undefined], [5, null, null]],
    ['int64', [5, 2n ** 63n - 1n], [5n, 2n ** 63n - 1n]],
    ['uint64', [2n ** 64n - 1n], [2n ** 64n - 1n]],
    ['float32', [0.1, Number.POSITIVE_INFINITY, Number.NaN], [Math.fround(0.1), Number.POSITIVE_INFINITY, Number.NaN]],
    ['float16', [65504, 2 ** -24], [65504, 2 ** -24]],
    ['float64', [-0], [-0]],
    ['date', [new Date('2024-02-29')], [new Date('2024-02-29')]],
    [{ timestamp: 's' }, [new Date(-1000)], [new Date(-1000)]],
    [{ timestamp: 'us' }, [new Date(1), 5n], [1000n, 5n]],
    [{ decimal: [5, 2] }, ['1.5', '-0.25', '7'], ['1.50', '-0.25', '7.00']],
    [{ decimal: [38, 0] }, [`-${'9'.repeat(38)}`], [`-${'9'.repeat(38)}`]],
    [{ list: 'float32' }, [[1, 2], new Float64Array(1)], [Float32Array.of(1, 2), new Float32Array(1)]],
    [{ list: 'uint8' }, [Buffer.from('a')], [Uint8Array.of(97)]],
    [
      { tensor: 'float32', shape: [2, 2] },
      [
        [
          [1, 2],
          [3, 4],
        ],
        [1, 2, 3, 4],
      ],
      [Float32Array.of(1, 2, 3, 4), Float32Array.of(1, 2, 3, 4)],
    ],
    [{ fixed: 'text', size: 2 }, [['a', null], null], [['a', null], null]],
    [{ struct: { b: 'int8', a: 'text' } }, [{ b: 1 }], [{ a: null, b: 1 }]],
    [{ map: ['int32', 'text'] }, [new Map([[1, 'a']])], [new Map([[1, 'a']])]],
  ])('%j takes what it can hold', (type, given, received) => {
    deepStrictEqual(read(given, type), received);
  });

  test.each<[Type, unknown, string]>([
    ['int32', 3e10, 'the number 30000000000, but the column is int32, which takes a whole number that int32 can hold'],
    ['int32', 1.7, 'the number 1.7'],
    ['int8', Number.NaN, 'the number NaN'],
    ['int8', 128, 'the number 128'],
    ['uint8', -1, 'the number -1'],
    ['int64', 2 ** 53, 'the number 9007199254740992, but the column is int64'],
    ['int64', 2n ** 63n, 'the bigint 9223372036854775808n'],
    ['uint64', -1n, 'the bigint -1n'],
    ['float64', '5', 'the text "5"'],
    ['float64', 5n, 'the bigint 5n'],
    ['float32', 1e300, 'the number 1e+300'],
    ['float16', 65520, 'the number 65520'],
    ['bool', 1, 'the number 1'],
    ['text', 5, 'the number 5'],
    [
      'text',
      'x\ud83d',
      'the text "x\\ud83d", but the column is text, which takes a string without halves of surrogate pairs',
    ],
    ['binary', 'abc', 'the text "abc"'],
    ['null', 0, 'the number 0'],
    [
      'date',
      new Date(1),
      'the Date 1970-01-01T00:00:00.001Z, but the column is date, which takes a valid Date at midnight UTC',
    ],
    ['date', new Date(Number.NaN), 'an invalid Date'],
    [{ timestamp: 's' }, new Date(1), 'the Date 1970-01-01T00:00:00.001Z'],
    [{ timestamp: 'ms' }, 5n, 'the bigint 5n'],
    [{ timestamp: 'ns' }, new Date(8.64e15), 'the Date +275760-09-13'],
    [{ decimal: [3, 1] }, '1.25', 'the text "1.25", but the column is decimal<3, 1>'],
    [{ decimal: [3, 1] }, '100', 'the text "100"'],
    [{ decimal: [3, 1] }, 1.5, 'the number 1.5'],
    [{ list: 'text' }, 'abc', 'the text "abc", but the column is list<text>'],
    [
      { tensor: 'float32', shape: [2, 2] },
      new Float32Array(3),
      'a Float32Array of 3 items, but the column is tensor<float32, [2, 2]>',
    ],
    [{ tensor: 'float32', shape: [2, 2] }, [[1, 2, 3], [4]], 'an array of 2'],
    [{ fixed: 'int8', size: 2 }, [1], 'an array of 1'],
    [{ struct: { a: 'text' } }, new Map(), 'a Map'],
    [{ map: ['text', 'text'] }, {}, 'a plain object'],
  ])('%j refuses what it would bend', (type, value, message) => {
    expect(() => buildColumn([null, value], type, 'c')).toThrow(`Column "c", row 1, holds ${message}`);
  });

  test('an error knows column and row, within lists too', () => {
    const wrong = () => buildColumn([[1], [], [2, 1.5]], { list: 'int8' }, 'c');
    expect(wrong).toThrow('Column "c[]", row 2, holds the number 1.5');
    expect(wrong).toThrow(expect.objectContaining({ name: 'ColumnError', column: 'c', row: 2 }));
    expect(() => buildColumn([{ a: { b: 1 } }], { struct: { a: { struct: { b: 'text' } } } }, 'c')).toThrow(
      'Column "c.a.b", row 0',
    );
    expect(() => buildColumn([[1, null, 'x']], { list: 'float64' }, 'c')).toThrow(
      'Column "c[]", row 0, holds the text "x"',
    );
  });

  test('what no column is declared for is refused, not dropped', () => {
    expect(() => buildBatch([{ a: 1 }, { a: 1, b: 2 }], { a: 'float64' })).toThrow(
      'Row 1 has a field "b" that is not declared. Declare a column for it, or leave it out of the row.',
    );
    expect(() => buildColumn([{ x: 1 }], { struct: {} }, 'c')).toThrow('Row 0 has a field "c.x" that is not declared.');
    expect(() => buildColumn([new Map([[null, 1]])], { map: ['text', 'float64'] }, 'c')).toThrow('a key that is null');
  });

  test('text past 2 GiB in one batch is refused', () => {
    const large = 'x'.repeat(2 ** 28);
    expect(() => buildColumn(new Array(8).fill(large), 'text', 'c')).toThrow(
      'Column "c" passes 2^31 bytes or items within one batch',
    );
  });
});

test('rows come back with every name as a field of their own', () => {
  const rows = [JSON.parse('{"__proto__": {"__proto__": 1}, "constructor": "c", "10": true}'), {}];
  const batch = buildBatch(rows, inferColumns(rows));
  const nothing = JSON.parse('{"10": null, "__proto__": null, "constructor": null}') as object;
  expect(batch.rows).toBe(2);
  deepStrictEqual(rowsOf(batch), [rows[0], nothing]);
  expect(rowsOf(batch, ['10'])).toEqual([{ 10: true }, { 10: null }]);
  expect(Object.keys(typesOf(batch))).toEqual(['10', '__proto__', 'constructor']);
  expect(buildBatch([], { a: 'text' })).toMatchObject({ rows: 0 });
  expect(rowsOf(buildBatch([], { a: 'text' }))).toEqual([]);
});

test('every float16 comes back, and between two of them the nearest is taken, of two the even', () => {
  const wrong: number[] = [];
  const check = (bits: number, value: number) => toHalf(value) === bits || wrong.push(value);
  for (let bits = 0; bits < 0x7bff; bits++) {
    const [low, high] = [fromHalf(bits), fromHalf(bits + 1)];
    const middle = (low + high) / 2;
    check(bits, low);
    check(bits | 0x8000, -low);
    check(bits & 1 ? bits + 1 : bits, middle);
    check(bits, (low + middle) / 2);
    check(bits + 1, (high + middle) / 2);
  }
  expect(wrong).toEqual([]);
  expect([fromHalf(0x3555), toHalf(Number.NaN), fromHalf(0x7c00)]).toEqual([
    0.333251953125,
    0x7e00,
    Number.POSITIVE_INFINITY,
  ]);
});

test('a type is the same whatever the order of its fields', () => {
  expect(sameType({ struct: { a: 'text', b: 'bool' } }, { struct: { b: 'bool', a: 'text' } })).toBe(true);
  expect(sameType({ struct: { 'a": text, "b': 'bool' } }, { struct: { a: 'text', b: 'bool' } })).toBe(false);
  expect(sameType({ timestamp: 'ms' }, { timestamp: 'ms', zone: 'UTC' })).toBe(false);
});
