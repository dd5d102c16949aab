import type { Interval } from './bootstrap.js';

/** Wilson's score interval of a share of n: wider than zero also at 0 and 1. */
export function wilson(share: number, n: number, level: number): Interval {
  const z = quantile((1 + level) / 2);
  const scale = 1 + (z * z) / n;
  const centre = share + (z * z) / (2 * n);
  const half = z * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  return {
    low: share === 0 ? 0 : Math.max(0, (centre - half) / scale),
    high: share === 1 ? 1 : Math.min(1, (centre + half) / scale),
  };
}

/** The value that a standard normal variable stays below with this chance, at least a half: Newton's steps, from the left. */
export function quantile(chance: number): number {
  let z = 0;
  for (let step = 0; step < 100; step++) {
    const next = z + (chance - below(z)) / density(z);
    if (next - z < 1e-14) break;
    z = next;
  }
  return z;
}

/** How often a standard normal variable is at most so far from 0. */
export const normalWithin = (z: number): number => 2 * below(z) - 1;

const density = (z: number): number => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);

/** ½ + φ(z) · (z + z³/3 + z⁵/15 + …) */
function below(z: number): number {
  let sum = 0;
  for (let term = z, odd = 1; sum + term !== sum; odd += 2, term *= (z * z) / odd) sum += term;
  return 0.5 + density(z) * sum;
}
