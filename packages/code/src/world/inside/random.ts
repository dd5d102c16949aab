import type { Realm } from './realm.js';

/** Numbers from a seed, the same on any host: `xoshiro128**`, begun by the words of a `splitmix32`. */
export type Fraction = () => number;
export interface Random {
  readonly from: (seed: string) => Fraction;
  /** Fills bytes from the numbers of the row. */
  readonly bytes: (into: Uint8Array) => void;
}

export const random = ({ state, methods }: Realm): Random => {
  const { imul } = Math;
  const words = (seed: string) => {
    let hash = 0x811c9dc5;
    for (let at = 0; at < seed.length; at++) hash = imul(hash ^ seed.charCodeAt(at), 0x01000193) >>> 0;
    return () => {
      hash = (hash + 0x9e3779b9) >>> 0;
      let word = hash ^ (hash >>> 16);
      word = imul(word, 0x21f0aaad);
      word = imul(word ^ (word >>> 15), 0x735a2d97);
      return (word ^ (word >>> 15)) >>> 0;
    };
  };
  const integers = (seed: string) => {
    const word = words(seed);
    let a = word() ^ seed.length;
    let [b, c, d] = [word(), word(), word() | 1];
    return () => {
      const product = imul(b, 5);
      const given = imul((product << 7) | (product >>> 25), 9) >>> 0;
      const shifted = b << 9;
      c ^= a;
      d ^= b;
      b ^= c;
      a ^= d;
      c ^= shifted;
      d = (d << 11) | (d >>> 21);
      return given;
    };
  };
  const fractions =
    (integer: () => number): Fraction =>
    () =>
      ((integer() >>> 5) * 67_108_864 + (integer() >>> 6)) / 9_007_199_254_740_992;

  let integer = integers('');
  let fraction = fractions(integer);
  const begin = () => {
    if (!state.inRow)
      throw new Error(
        'Math.random() and crypto after an await are refused: rows run side by side, and the numbers would not be the same again. Take `random` from the context, the last argument.',
      );
    if (!state.fresh) return;
    integer = integers(state.seed);
    fraction = fractions(integer);
    state.fresh = false;
  };
  methods(Math, {
    random: () => {
      if (state.fresh || !state.inRow) begin();
      return fraction();
    },
  });
  return {
    from: (seed) => fractions(integers(seed)),
    bytes: (into) => {
      begin();
      for (let at = 0; at < into.length; at++) into[at] = integer();
    },
  };
};
