const { MILLRACE_SEED = '7' } = process.env;

/** The same numbers each time; another seed by `MILLRACE_SEED`. */
export const chance = (salt: number): (() => number) => {
  let state = (Number(MILLRACE_SEED) * 2654435761 + salt * 40503) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
};
