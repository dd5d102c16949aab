import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { keyBytes } from './key.js';
import { fromKey } from './random.js';

const take = <T>(count: number, draw: () => T) => Array.from({ length: count }, draw);

describe('a stream is named by its key', () => {
  test('known answers, from the same arithmetic written in Python', () => {
    expect(take(5, fromKey('seed', 7).uint32)).toEqual([1033920957, 1457922499, 1136836890, 3728413335, 3710450818]);
    expect(take(3, fromKey('').uint32)).toEqual([3884748040, 3639955384, 2578107444]);
  });

  test('the same key gives the same stream, whatever else is drawn between', () => {
    const alone = take(20, fromKey('a', 1).unit);
    const [one, other] = [fromKey('a', 1), fromKey('b', 1)];
    const mixed = take(20, () => {
      other.unit();
      return one.unit();
    });
    expect(mixed).toEqual(alone);
  });

  test('parts keep their borders and their types', () => {
    const keys = [['ab', 'c'], ['a', 'bc'], ['abc'], [1], ['1'], [1n], [1, 2], [12], ['']] as const;
    expect(new Set(keys.map((key) => keyBytes(...key).toString('hex'))).size).toBe(keys.length);
  });
});

describe('draws', () => {
  test('unit stays in [0, 1) and fills it evenly', () => {
    const draws = take(20_000, fromKey('unit').unit);
    expect(Math.min(...draws)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...draws)).toBeLessThan(1);
    const buckets = new Array<number>(10).fill(0);
    for (const draw of draws) buckets[Math.floor(draw * 10)]! += 1;
    for (const bucket of buckets) expect(Math.abs(bucket - 2000)).toBeLessThan(200);
  });

  test('below stays below, and reaches every number evenly', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 32 }), fc.string(), (limit, key) => {
        const random = fromKey(key);
        return take(20, () => random.below(limit)).every((n) => Number.isInteger(n) && n >= 0 && n < limit);
      }),
    );
    const counts = [0, 0, 0];
    const random = fromKey('dice');
    for (let i = 0; i < 9000; i++) counts[random.below(3)]! += 1;
    for (const count of counts) expect(Math.abs(count - 3000)).toBeLessThan(200);
  });

  test('below favours no number, also where the limit does not divide the range', () => {
    const random = fromKey('fair');
    const low = take(3000, () => random.below(3 * 2 ** 30)).filter((n) => n < 2 ** 30).length;
    expect(Math.abs(low - 1000)).toBeLessThan(150);
  });

  test.each([0, -1, 1.5, Number.NaN, 2 ** 32 + 1])('below(%p) is a broken promise', (limit) => {
    expect(() => fromKey('x').below(limit)).toThrow('BUG');
  });
});
