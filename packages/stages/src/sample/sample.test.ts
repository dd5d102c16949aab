import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sample, split } from './sample.js';

const names = (count: number, prefix = 'row') => Array.from({ length: count }, (_, i) => `${prefix} ${i}`);
const keyList = fc.array(fc.string(), { maxLength: 60 });
const seed = 1;

describe('a sample', () => {
  test('by fraction is near its size, by count is exactly its size', () => {
    const keys = names(5000);
    expect(Math.abs(sample(keys, { seed, fraction: 0.2 }).length - 1000)).toBeLessThan(120);
    expect(sample(keys, { seed, count: 1000 })).toHaveLength(1000);
    expect(sample(keys, { seed, count: 9999 })).toHaveLength(5000);
    expect(sample(keys, { seed, fraction: 0 })).toEqual([]);
    expect(sample(keys, { seed, fraction: 1 })).toHaveLength(5000);
  });

  test('is other rows under another seed, the same under the same', () => {
    const keys = names(1000);
    expect(sample(keys, { seed, count: 100 })).toEqual(sample(keys, { seed, count: 100 }));
    expect(sample(keys, { seed, count: 100 })).not.toEqual(sample(keys, { seed: 2, count: 100 }));
    expect(sample(keys, { seed, fraction: 0.1 })).not.toEqual(sample(keys, { seed: '1', fraction: 0.1 }));
  });

  test('known answer: the same places computed in Python', () => {
    expect(sample(names(20), { seed, count: 5 })).toEqual([4, 5, 11, 12, 19]);
    expect(sample(names(20), { seed, fraction: 0.25 })).toEqual([4, 12, 19]);
  });

  test('rows stay in order, and each fraction contains the smaller ones', () => {
    fc.assert(
      fc.property(keyList, fc.double({ min: 0, max: 1, noNaN: true }), fc.integer(), (keys, fraction, s) => {
        const larger = sample(keys, { seed: s, fraction });
        const smaller = sample(keys, { seed: s, fraction: fraction / 2 });
        expect(larger).toEqual([...larger].sort((a, b) => a - b));
        for (const row of smaller) expect(larger).toContain(row);
      }),
    );
  });

  test('a new row moves no other: by count it pushes out one at most', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 60 }), fc.nat(30), (keys, count) => {
        const [newcomer, ...old] = keys as [string, ...string[]];
        const chosen = (all: string[], spec: { count: number } | { fraction: number }) =>
          sample(all, { seed, ...spec }).map((row) => all[row]!);
        const before = chosen(old, { count });
        const after = new Set(chosen([newcomer, ...old], { count }));
        expect(before.filter((key) => !after.has(key)).length).toBeLessThanOrEqual(1);
        const others = chosen([newcomer, ...old], { fraction: 0.5 }).filter((key) => key !== newcomer);
        expect(others).toEqual(chosen(old, { fraction: 0.5 }));
      }),
    );
  });
});

describe('a split', () => {
  const parts = { train: 8, dev: 1, test: 1 };

  test('gives each row one part, near the weights or exactly by them', () => {
    for (const sizes of ['by-row', 'exact'] as const) {
      const out = split(names(1003), { seed, parts, sizes });
      expect(Object.keys(out).sort()).toEqual(['dev', 'test', 'train']);
      expect(
        Object.values(out)
          .flat()
          .sort((a, b) => a - b),
      ).toEqual(names(1003).map((_, i) => i));
      expect(Math.abs(out.train!.length - 802)).toBeLessThan(sizes === 'exact' ? 1.1 : 50);
    }
    const exact = split(names(10), { seed, parts: { a: 1, b: 1, c: 1 }, sizes: 'exact' });
    expect([exact.a!.length, exact.b!.length, exact.c!.length]).toEqual([4, 3, 3]);
    expect(split(names(7), { seed, parts: { a: 1, b: 2 }, sizes: 'exact' }).b).toHaveLength(5);
  });

  test('does not depend on the order in which the parts were written', () => {
    for (const sizes of ['by-row', 'exact'] as const) {
      expect(split(names(200), { seed, parts: { test: 1, dev: 1, train: 8 }, sizes })).toEqual(
        split(names(200), { seed, parts, sizes }),
      );
    }
  });

  test('adding or removing rows moves no other row', () => {
    fc.assert(
      fc.property(keyList, keyList, (keys, more) => {
        const partOf = (all: string[]) => {
          const out = split(all, { seed, parts, sizes: 'by-row' });
          return new Map(Object.entries(out).flatMap(([part, rows]) => rows.map((row) => [all[row]!, part])));
        };
        const alone = partOf(keys);
        const together = partOf([...more, ...keys]);
        for (const key of keys) expect(together.get(key)).toBe(alone.get(key));
      }),
    );
  });

  test('duplicates stay on one side', () => {
    const keys = [...names(100), ...names(100)];
    const { train, held } = split(keys, { seed, parts: { train: 1, held: 1 }, sizes: 'by-row' });
    const sides = new Set(train!.map((row) => keys[row]));
    expect(held!.some((row) => sides.has(keys[row]))).toBe(false);
  });

  test('a part of no weight is empty', () => {
    for (const sizes of ['by-row', 'exact'] as const) {
      expect(split(names(50), { seed, parts: { a: 1, z: 0 }, sizes })).toMatchObject({ z: [] });
    }
  });
});
