import { deepStrictEqual } from 'node:assert';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { buildColumn } from '../../src/columns/build.js';
import type { Column } from '../../src/columns/column.js';
import { concat, gather, slice } from '../../src/columns/gather.js';
import { pack, unpack } from '../../src/columns/pack.js';
import { reader } from '../../src/columns/read.js';
import { flat, rowsOf, typed } from './arbitrary.js';

const build = ({ type, values }: { type: Column['type']; values: readonly unknown[] }) =>
  buildColumn(values, type, 'c');
const read = (column: Column) => Array.from({ length: column.length }, (_, row) => reader(column)(row));
const cut = (values: readonly unknown[]) =>
  fc.tuple(fc.nat(values.length), fc.nat(values.length)).map((ends) => ends.sort((a, b) => a - b));
const any = fc.oneof(flat, typed);
const RUNS = { numRuns: 300 };

describe('what goes in comes out', () => {
  test('of a column', () => {
    fc.assert(
      fc.property(any, (given) => deepStrictEqual(read(build(given)), given.values)),
      RUNS,
    );
  });

  test('of some rows, in any order, as often as asked for, null for −1', () => {
    const cases = any.chain((given) => fc.tuple(fc.constant(given), rowsOf(given.values.length)));
    const gathered = fc.property(cases, ([given, rows]) => {
      const wanted = [...rows].map((row) => (row < 0 ? null : given.values[row]));
      deepStrictEqual(read(gather(build(given), rows)), wanted);
    });
    fc.assert(gathered, RUNS);
  });

  test('of neighbours', () => {
    const cases = any.chain((given) => fc.tuple(fc.constant(given), cut(given.values)));
    const gathered = fc.property(cases, ([given, [from, to]]) => {
      const rows = Int32Array.from([...given.values.keys()].slice(from, to));
      const twice = Int32Array.from([...rows, ...rows]);
      const part = given.values.slice(from, to);
      deepStrictEqual(read(slice(build(given), from!, to!)), part);
      deepStrictEqual(read(gather(build(given), rows)), part);
      deepStrictEqual(read(gather(build(given), twice)), [...part, ...part]);
    });
    fc.assert(gathered, RUNS);
  });

  test('of parts joined again', () => {
    const cases = any.chain((given) => fc.tuple(fc.constant(given), cut(given.values)));
    const joined = fc.property(cases, ([given, [from, to]]) => {
      const column = build(given);
      const parts = [slice(column, 0, from!), slice(column, from!, to!), slice(column, to!, column.length), column];
      deepStrictEqual(read(concat(parts)), [...given.values, ...given.values]);
    });
    fc.assert(joined, RUNS);
  });

  test('of a packed batch, wherever its bytes lie', () => {
    const cases = fc.tuple(any, fc.nat(8));
    const packed = fc.property(cases, ([given, shift]) => {
      const column = build(given);
      const bytes = pack({
        rows: column.length,
        columns: new Map([
          ['other', column],
          ['__proto__', column],
        ]),
      });
      const moved = new Uint8Array(bytes.length + shift).subarray(shift);
      moved.set(bytes);
      const batch = unpack(moved, ['__proto__']);
      expect([batch.rows, [...batch.columns.keys()]]).toEqual([column.length, ['__proto__']]);
      deepStrictEqual(read(batch.columns.get('__proto__')!), given.values);
    });
    fc.assert(packed, RUNS);
  });

  test('of a packed batch without a copy where it is aligned', () => {
    const column = buildColumn([1, 2], 'float64', 'c');
    const bytes = pack({ rows: 2, columns: new Map([['c', column]]) });
    expect(unpack(bytes).columns.get('c')!.values!.buffer).toBe(bytes.buffer);
  });

  test('rows that a column has not are a bug', () => {
    const column = buildColumn([1, 2], 'float64', 'c');
    expect(() => gather(column, Int32Array.of(2))).toThrow('BUG: row 2 asked of a column of 2 rows.');
    expect(() => gather(column, Int32Array.of(-2))).toThrow('BUG: row -2');
    expect(() => slice(column, 1, 3)).toThrow('BUG: rows 1 to 3');
    expect(() => concat([column, buildColumn(['a'], 'text', 'c')])).toThrow(
      'BUG: concat of a column of float64 with one of text.',
    );
  });
});
