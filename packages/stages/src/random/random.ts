import { type KeyPart, keyBytes } from './key.js';

/** A stream of numbers of its own: taking from one stream never moves another. */
export interface Random {
  /** 0 … 2^32 - 1 */
  uint32(): number;
  /** 0 ≤ x < 1 with 53 bits */
  unit(): number;
  /** a whole number 0 … limit - 1, each equally likely; limit at most 2^32 */
  below(limit: number): number;
}

const WARM_UP = 12;
const TWO_32 = 2 ** 32;

/**
 * The stream named by the parts: sha256 of the parts gives the 128-bit state of a small fast counting generator (sfc32),
 * in 32-bit integer arithmetic only, so the bits are the same on every machine. Any stream can be opened directly, in
 * any order, by any worker: a draw depends on its key and its position in its own stream.
 */
export function fromKey(...parts: readonly KeyPart[]): Random {
  const uint32 = smallFastCounting(keyBytes(...parts));
  const unit = () => ((uint32() >>> 5) * 2 ** 26 + (uint32() >>> 6)) / 2 ** 53;
  return { uint32, unit, below: (limit) => below(uint32, limit) };
}

/** C. Doty-Humphrey's sfc32 (PractRand): three words of chaos and one of counter, which bounds the shortest period. */
function smallFastCounting(key: Buffer): () => number {
  let a = key.readInt32LE(0);
  let b = key.readInt32LE(4);
  let c = key.readInt32LE(8);
  let counter = key.readInt32LE(12);
  const next = () => {
    const out = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + out) | 0;
    return out >>> 0;
  };
  for (let i = 0; i < WARM_UP; i++) next();
  return next;
}

/** Draws above the last whole multiple of the limit are thrown away: no number is favoured. */
function below(uint32: () => number, limit: number): number {
  if (!Number.isInteger(limit) || limit < 1 || limit > TWO_32) throw new Error(`BUG: below(${limit}) is no range`);
  const fair = TWO_32 - (TWO_32 % limit);
  let draw = uint32();
  while (draw >= fair) draw = uint32();
  return draw % limit;
}
