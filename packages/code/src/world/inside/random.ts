import type { Realm } from './realm.js';

/** Each call draws the same numbers, on any host: `xoshiro128**`, begun by the words of a `splitmix32`. */
export interface Random {
  /** Fills bytes from the numbers of the call. */
  readonly bytes: (into: Uint8Array) => void;
}

export const random = ({ state, methods }: Realm, seed: number): Random => {
  const { imul } = Math;
  const words = () => {
    let hash = 0x811c9dc5 + seed;
    return () => {
      hash = (hash + 0x9e3779b9) >>> 0;
      let word = hash ^ (hash >>> 16);
      word = imul(word, 0x21f0aaad);
      word = imul(word ^ (word >>> 15), 0x735a2d97);
      return (word ^ (word >>> 15)) >>> 0;
    };
  };
  const integers = () => {
    const word = words();
    let a = word();
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
  const fractions = (integer: () => number) => () =>
    ((integer() >>> 5) * 67_108_864 + (integer() >>> 6)) / 9_007_199_254_740_992;

  let integer = integers();
  let fraction = fractions(integer);
  const begin = () => {
    if (!state.isCalling)
      throw new Error(
        "Math.random() and crypto after an await are refused: rows run side by side, and the numbers would not be the same again. Draw before the first await, or declare the stage `nature: 'sampling'`.",
      );
    if (!state.fresh) return;
    integer = integers();
    fraction = fractions(integer);
    state.fresh = false;
  };
  methods(Math, {
    random: () => {
      if (state.fresh || !state.isCalling) begin();
      return fraction();
    },
  });
  return {
    bytes: (into) => {
      begin();
      for (let at = 0; at < into.length; at++) into[at] = integer();
    },
  };
};
