import { expect, test } from '@jest/globals';
import type { AnyFunction } from '@millrace/core';
import { callSize, columnsRead } from './user-function.js';

const columns = { a: 'text', b: 'text', c: 'text' } as const;
const read = (fn: unknown) => Object.keys(columnsRead(fn as AnyFunction, undefined, columns));

test('a function reads what its first parameter takes apart', () => {
  expect(read(({ a, b }: Record<string, unknown>) => [a, b])).toEqual(['a', 'b']);
  expect(read(({ a: other, b = 1 }: Record<string, unknown>) => [other, b])).toEqual(['a', 'b']);
  expect(read(async ({ c }: Record<string, unknown>) => c)).toEqual(['c']);
  expect(
    read(function named({ b }: Record<string, unknown>) {
      return b;
    }),
  ).toEqual(['b']);
});

test('… and all columns where that does not say it', () => {
  const all = ['a', 'b', 'c'];
  expect(read((row: unknown) => row)).toEqual(all);
  expect(read(({ a, ...rest }: Record<string, unknown>) => [a, rest])).toEqual(all);
  expect(read(({ ['a']: one }: Record<string, unknown>) => one)).toEqual(all);
  expect(read(({ a: { length } }: { a: string }) => length)).toEqual(all);
  expect(read(String)).toEqual(all);
  expect(read(((row: unknown) => row).bind(null))).toEqual(all);
});

test('a text as a default may hold what a pattern is made of', () => {
  expect(read(({ a, b = 'x, {y}' }: Record<string, unknown>) => [a, b])).toEqual(['a', 'b']);
  expect(read(({ a: one = "it's (b), [c]", c = `, ...rest` }: Record<string, unknown>) => [one, c])).toEqual([
    'a',
    'c',
  ]);
  expect(read(({ a, none = 'x, y' }: Record<string, unknown>) => [a, none])).toEqual(['a']);
  expect(read(({ a, b = `${'x'}, y` }: Record<string, unknown>) => [a, b])).toEqual(['a', 'b', 'c']);
});

test('what is declared counts, whatever the function takes apart', () => {
  expect(columnsRead((({ a }: { a: string }) => a) as AnyFunction, ['b'], columns)).toEqual({ b: 'b' });
});

test('rows are given many at once where no answer is waited for or paid, else one by one', () => {
  const plain = () => undefined;
  expect(callSize({ run: plain }, {})).toBeGreaterThan(1);
  expect(callSize({ run: plain }, { concurrency: 4, threads: 4 })).toBeGreaterThan(1);
  expect(callSize({ run: async () => undefined }, {})).toBe(1);
  expect(callSize({ run: plain, nature: 'answered' }, {})).toBe(1);
  expect(callSize({ run: plain }, { concurrency: 4 })).toBe(1);
});

test('the columns have one order, however they are declared or stand in the table', () => {
  const whole = ((row: unknown) => row) as AnyFunction;
  expect(Object.keys(columnsRead(whole, ['b', 'a'], undefined))).toEqual(['a', 'b']);
  expect(Object.keys(columnsRead(whole, undefined, { b: 'text', a: 'text' }))).toEqual(['a', 'b']);
});
