/** Seeded numbers from integer arithmetic and sums alone, so that every machine draws the same. */
export function draws(seed: number): { uniform: () => number; gauss: () => number } {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  // Twelve uniform draws have variance 1; log and cos, which platforms round differently, are not needed.
  const gauss = (): number => Array.from({ length: 12 }, uniform).reduce((sum, x) => sum + x, -6);
  return { uniform, gauss };
}
