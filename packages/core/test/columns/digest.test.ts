import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bitmap, copyBits } from '../../src/columns/bits.js';
import { buildColumn } from '../../src/columns/build.js';
import type { Column } from '../../src/columns/column.js';
import { ColumnDigest, isWide, valueDigests } from '../../src/columns/digest.js';
import { concat, gather, slice } from '../../src/columns/gather.js';
import { rowKeys } from '../../src/columns/keys.js';
import type { Type } from '../../src/columns/type.js';
import { flat, type Typed, typed } from './arbitrary.js';

const build = ({ type, values }: Typed) => buildColumn(values, type, 'c');
const digest = (...columns: readonly Column[]) =>
  columns.reduce((all, column) => all.update(column), new ColumnDigest(columns[0]!.type)).digest();
const each = (bytes: Uint8Array) =>
  Array.from({ length: bytes.length / 16 }, (_, i) => hex(bytes.subarray(i * 16, i * 16 + 16)));
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const keyOf = (value: unknown, type: Type) => hex(valueDigests(buildColumn([value], type, 'c')));
const any = fc.oneof(flat, typed);
const RUNS = { numRuns: 300 };

/** The same values stored otherwise: rubbish under nulls, in bits past the end, in items out of reach; fields turned round. */
function disguised(column: Column): Column {
  const { type, nulls } = column;
  if (type === 'null') return column;
  const children = column.children?.map(disguised);
  if (typeof type === 'object' && 'struct' in type) {
    const turned = Object.fromEntries(Object.entries(type.struct).reverse());
    const order = Object.keys(turned).map((name) => Object.keys(type.struct).indexOf(name));
    return { ...column, type: { struct: turned }, children: order.map((at) => children![at]!), ...noise(column) };
  }
  const values = column.values && nulls > 0 ? { values: rubbish(column) } : {};
  return { ...column, ...(children && { children }), ...values, ...noise(column) };
}

function noise({ valid, length }: Column) {
  const out = bitmap(length + 9).fill(0xff);
  if (valid === undefined) return { valid: out };
  out.fill(0, 0, (length + 7) >> 3);
  copyBits(valid, 0, length, out, 0);
  for (let i = length; i < ((length + 7) & ~7); i++) out[i >> 3]! |= 1 << (i & 7);
  return { valid: out };
}

function rubbish({ type, values, offsets, valid, length }: Column) {
  const out = values!.slice();
  if (offsets !== undefined) return out;
  const bytes = new Uint8Array(out.buffer);
  const width = type === 'bool' ? 0 : bytes.length / length;
  for (let i = 0; i < length; i++)
    if (((valid![i >> 3]! >> (i & 7)) & 1) === 0) bytes.fill(0x5a, i * width, (i + 1) * width);
  return out;
}

describe('a column digest', () => {
  test('does not depend on batches', () => {
    const cases = any.chain((given) => fc.tuple(fc.constant(given), fc.nat(given.values.length)));
    const same = fc.property(cases, ([given, at]) => {
      const column = build(given);
      const parts = [slice(column, 0, at), slice(column, at, column.length)];
      expect(digest(...parts)).toBe(digest(column));
      expect(digest(concat(parts))).toBe(digest(column));
    });
    fc.assert(same, RUNS);
  });

  test('does not depend on what lies out of sight, nor on the order of fields', () => {
    const same = fc.property(any, (given) => {
      const column = build(given);
      expect(digest(disguised(column))).toBe(digest(column));
      expect(hex(valueDigests(disguised(column)))).toBe(hex(valueDigests(column)));
    });
    fc.assert(same, RUNS);
  });

  test('of stored value digests is that of the values', () => {
    const column = buildColumn(['a', null, 'b'], 'text', 'c');
    expect(new ColumnDigest('text').update(column, valueDigests(column)).digest()).toBe(digest(column));
  });

  test('tells values, nulls, rows, order and types apart', () => {
    const of = (values: readonly unknown[], type: Type) => digest(buildColumn(values, type, 'c'));
    const digests = [
      of([], 'float64'),
      of([], 'text'),
      of([0], 'float64'),
      of([-0], 'float64'),
      of([null], 'float64'),
      of([0, null], 'float64'),
      of([null, 0], 'float64'),
      of([0, 0], 'float64'),
      of([1, 2], 'float64'),
      of([2, 1], 'float64'),
      of([1, 2], 'float32'),
      of([1, 2], 'int32'),
      of(['1', '2'], 'text'),
      of(['12', ''], 'text'),
      of([true, false], 'bool'),
      of([null, null], 'null'),
      of([null, null], 'bool'),
      of([new Date(0)], { timestamp: 'ms' }),
      of([new Date(0)], { timestamp: 'ms', zone: 'UTC' }),
      of([{ a: 1, b: null }], { struct: { a: 'float64', b: 'float64' } }),
      of([{ a: null, b: 1 }], { struct: { a: 'float64', b: 'float64' } }),
    ];
    expect(new Set(digests).size).toBe(digests.length);
  });

  test('of every NaN is one', () => {
    const strange = new Float64Array(new BigUint64Array([0x7ff8_0000_0000_0001n, 0xfff0_0000_0000_0001n]).buffer);
    const column: Column = { type: 'float64', length: 2, nulls: 0, values: strange };
    const list: Column = {
      type: { list: 'float64' },
      length: 1,
      nulls: 0,
      offsets: Int32Array.of(0, 2),
      children: [column],
    };
    expect(digest(column)).toBe(digest(buildColumn([Number.NaN, Number.NaN], 'float64', 'c')));
    expect(digest(list)).toBe(digest(buildColumn([[Number.NaN, Number.NaN]], { list: 'float64' }, 'c')));
  });

  test('is kept for each value where values are wide', () => {
    const wide: Type[] = [
      'text',
      'binary',
      { list: 'int8' },
      { tensor: 'float32', shape: [5] },
      { struct: { a: 'text' } },
    ];
    const narrow: Type[] = [
      'null',
      'bool',
      'int64',
      { decimal: [38, 2] },
      { tensor: 'float32', shape: [2, 2] },
      { struct: { a: 'int64' } },
    ];
    expect([wide.map(isWide), narrow.map(isWide)]).toEqual([wide.map(() => true), narrow.map(() => false)]);
  });
});

describe('a value digest', () => {
  test('is that of the value that JavaScript receives', () => {
    expect(keyOf(5, 'int32')).toBe(keyOf(5, 'float64'));
    expect(keyOf(5, 'uint8')).toBe(keyOf(5, 'float16'));
    expect(keyOf(5n, 'int64')).toBe(keyOf(5n, 'uint64'));
    expect(keyOf(5n, 'int64')).toBe(keyOf(5n, { timestamp: 'us' }));
    expect(keyOf('1.50', { decimal: [5, 2] })).toBe(keyOf('1.50', 'text'));
    expect(keyOf(new Date(86_400_000), 'date')).toBe(keyOf(new Date(86_400_000), { timestamp: 's' }));
    expect(keyOf(Uint8Array.of(1), 'binary')).toBe(keyOf(Uint8Array.of(1), { list: 'uint8' }));
    expect(keyOf([1, 2], { list: 'float32' })).toBe(keyOf([1, 2], { tensor: 'float32', shape: [2] }));
    expect(keyOf([1, null], { list: 'float32' })).toBe(keyOf([1, null], { list: 'float64' }));
    expect(keyOf(null, 'text')).toBe(keyOf(null, 'float64'));
  });

  test('tells apart what JavaScript tells apart', () => {
    const keys = [
      keyOf(5, 'int32'),
      keyOf(5n, 'int64'),
      keyOf(-5n, 'int64'),
      keyOf(2n ** 64n - 5n, 'uint64'),
      keyOf('5', 'text'),
      keyOf(new Date(5), { timestamp: 'ms' }),
      keyOf(Uint8Array.of(5), 'binary'),
      keyOf(Int8Array.of(5), { list: 'int8' }),
      keyOf([5], { list: 'float32' }),
      keyOf([5], { list: 'float64' }),
      keyOf(['5'], { list: 'text' }),
      keyOf([['5']], { list: { list: 'text' } }),
      keyOf(['5', ''], { list: 'text' }),
      keyOf(['', '5'], { list: 'text' }),
      keyOf({ a: '5' }, { struct: { a: 'text' } }),
      keyOf({ b: '5' }, { struct: { b: 'text' } }),
      keyOf({ a: '5', b: null }, { struct: { a: 'text', b: 'text' } }),
      keyOf(new Map([['a', '5']]), { map: ['text', 'text'] }),
      keyOf(null, 'text'),
      keyOf('', 'text'),
      keyOf(false, 'bool'),
      keyOf(true, 'bool'),
      keyOf(0, 'float64'),
      keyOf(-0, 'float64'),
      keyOf(Number.NaN, 'float64'),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('is the same for the same value wherever it stands', () => {
    const same = fc.property(any, (given) => {
      const column = build(given);
      const turned = Int32Array.from([...given.values.keys()].reverse());
      expect(each(valueDigests(gather(column, turned)))).toEqual(each(valueDigests(column)).reverse());
    });
    fc.assert(same, RUNS);
  });
});

describe('a row key', () => {
  const column = (values: readonly unknown[], type: Type) => buildColumn(values, type, 'c');
  const key = (...columns: readonly (readonly [role: string, value: unknown, type: Type])[]) =>
    hex(
      rowKeys(
        columns.map(([role, value, type]) => ({ role, column: column([value], type) })),
        1,
      ),
    );

  test('of one column is its value digests', () => {
    const texts = column(['a', 'b'], 'text');
    expect(rowKeys([{ role: 'x', column: texts }], 2)).toEqual(valueDigests(texts));
    const digests = valueDigests(texts);
    expect(rowKeys([{ role: 'x', column: texts, digests }], 2)).toBe(digests);
  });

  test('takes values by role, in no order', () => {
    expect(key(['a', 1, 'float64'], ['b', 'x', 'text'])).toBe(key(['b', 'x', 'text'], ['a', 1, 'float64']));
    expect(key(['a', 1, 'float64'], ['b', 2, 'float64'])).not.toBe(key(['b', 1, 'float64'], ['a', 2, 'float64']));
    expect(key(['a', 1, 'float64'], ['b', 2, 'float64'])).not.toBe(key(['a', 1, 'float64'], ['c', 2, 'float64']));
  });

  test('is of the values received, not of their storage', () => {
    const x = ['x', 'a', 'text'] as const;
    expect(key(x, ['n', 5, 'int32'])).toBe(key(x, ['n', 5, 'float64']));
    expect(key(x, ['n', 5, 'int32'])).not.toBe(key(x, ['n', 5n, 'int64']));
    expect(key(x, ['n', 0, 'float64'])).not.toBe(key(x, ['n', -0, 'float64']));
    expect(key(x, ['n', null, 'float64'])).toBe(key(x, ['n', null, 'text']));
    expect(key(x, ['n', '1.5', 'text'])).toBe(key(x, ['n', '1.5', { decimal: [3, 1] }]));
  });

  test('of nothing is the same for every row', () => {
    const keys = each(rowKeys([], 3));
    expect([keys.length, new Set(keys).size]).toEqual([3, 1]);
    expect(rowKeys([], 0)).toHaveLength(0);
    expect(() => rowKeys([{ role: 'a', column: column(['x'], 'text') }], 2)).toThrow('BUG: keys of 2 rows');
  });

  test('tells rows apart', () => {
    const cases = fc.tuple(any, flat).filter(([a, b]) => a.values.length > 0 && b.values.length > 0);
    const apart = fc.property(cases, ([a, b]) => {
      const rows = Math.min(a.values.length, b.values.length);
      const [first, second] = [slice(build(a), 0, rows), slice(build(b), 0, rows)];
      const keys = each(
        rowKeys(
          [
            { role: 'a', column: first },
            { role: 'b', column: second },
          ],
          rows,
        ),
      );
      const [left, right] = [each(valueDigests(first)), each(valueDigests(second))];
      const pairs = left.map((value, row) => `${value} ${right[row]}`);
      expect(new Set(keys).size).toBe(new Set(pairs).size);
    });
    fc.assert(apart, RUNS);
  });
});
