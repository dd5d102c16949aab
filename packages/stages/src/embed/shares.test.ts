import { expect, test } from '@jest/globals';
import { shares } from './shares.js';

test('tokens are whole, and together what the request took', () => {
  expect(shares(10, ['a', 'bb', 'ccc'])).toEqual([2, 3, 5]);
  expect(shares(7, ['', ''])).toEqual([0, 7]);
  expect(shares(7, [])).toEqual([]);
  for (const sum of [1, 2, 63, 64, 65, 1000]) {
    const parts = shares(
      sum,
      Array.from({ length: 64 }, (_, i) => 'x'.repeat((i * 7) % 13)),
    );
    expect(parts.every((part) => Number.isInteger(part) && part >= 0)).toBe(true);
    expect(parts.reduce((a, b) => a + b, 0)).toBe(sum);
  }
});

test('money is shared by length', () => {
  const parts = shares(0.5, ['aa', 'bbb', 'ccccc']);
  expect(parts.map((part) => Number(part.toFixed(6)))).toEqual([0.1, 0.15, 0.25]);
});
