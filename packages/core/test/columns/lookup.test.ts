import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { KeyIndex } from '../../src/columns/lookup.js';

const key = (n: number) => Uint8Array.from({ length: 16 }, (_, i) => (i === 15 ? n : i === 0 ? n & 3 : 7));
const keys = (numbers: readonly number[]) => Buffer.concat(numbers.map(key));

test('finds what was added, the last of equal keys, and nothing else', () => {
  const batches = fc.array(fc.array(fc.nat(50), { maxLength: 40 }), { maxLength: 8 });
  const agrees = fc.property(batches, fc.nat(3), (added, shift) => {
    const index = new KeyIndex();
    const known = new Map<number, number>();
    let place = 0;
    for (const numbers of added) {
      index.add(misaligned(keys(numbers), shift), place);
      for (const number of numbers) known.set(number, place++);
    }
    const all = [...Array(60).keys()];
    expect([...index.find(misaligned(keys(all), shift))]).toEqual(all.map((number) => known.get(number) ?? -1));
    expect(index.size).toBe(known.size);
  });
  fc.assert(agrees);
});

const misaligned = (bytes: Uint8Array, shift: number): Uint8Array => {
  const moved = new Uint8Array(bytes.length + shift).subarray(shift);
  moved.set(bytes);
  return moved;
};

test('grows', () => {
  const many = new Uint8Array(randomBytes(16 * 50_000));
  const index = new KeyIndex();
  index.add(many.subarray(0, 16 * 20_000), 0);
  index.add(many.subarray(16 * 20_000), 20_000);
  expect(index.find(many)).toEqual(Int32Array.from({ length: 50_000 }, (_, i) => i));
  expect(index.find(new Uint8Array(0))).toHaveLength(0);
});

test('keys are found wherever they begin in their buffer', () => {
  const bytes = Buffer.from(Uint8Array.from({ length: 67 }, (_, i) => i % 16));
  for (const from of [0, 1, 2, 3]) {
    const keys = bytes.subarray(from, from + 32);
    const index = new KeyIndex();
    index.add(keys, 7);
    expect([...index.find(Buffer.from(keys))]).toEqual([8, 8]);
  }
});
