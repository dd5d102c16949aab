import { type KeyPart, keyBytes } from '../random/key.js';

const TWO_53 = 2 ** 53;

/**
 * Where a row stands in [0, 1): a function of the seed and of the row's own key only. Rows that come or go don't move
 * the others, and rows with equal keys stand at one place, so that a duplicate never sits on both sides of a split.
 */
export function placeOf(seed: KeyPart, key: string): number {
  const bytes = keyBytes('place', seed, key);
  return ((bytes.readUInt32LE(0) >>> 5) * 2 ** 26 + (bytes.readUInt32LE(4) >>> 6)) / TWO_53;
}

/** All rows by place; rows at one place stay in their order. */
export function ranked(seed: KeyPart, keys: readonly string[]): number[] {
  const places = Float64Array.from(keys, (key) => placeOf(seed, key));
  return Array.from(keys, (_, row) => row).sort((a, b) => places[a]! - places[b]!);
}
