import { type BootstrapConfig, percentiles, replicates, single } from './bootstrap.js';
import type { Metric, Statistic } from './metric.js';
import type { Scores } from './summary.js';

export interface Comparison {
  readonly a: number;
  readonly b: number;
  /** a − b, with its confidence interval */
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  /** how often chance alone would give a difference at least as large, in either direction */
  readonly p: number;
  /** rows that both systems have, and rows that one of them failed at */
  readonly n: number;
  readonly unpaired: number;
}

/**
 * Two systems on the same rows. Both are resampled with the same rows each time; the differences, moved to mean 0, say
 * what chance does: p = (1 + how many are at least as far from 0 as the true one) / (1 + replicates). Null if no row is
 * left that both have.
 */
export function pairedBootstrap(
  metric: Metric,
  [a, b]: readonly [Scores, Scores],
  config: BootstrapConfig,
): Comparison | null {
  const rows = pairs(a, b);
  if (rows.length === 0) return null;
  const unpaired = a.length - rows.length;
  const counts = { n: rows.length, failed: unpaired };
  const systems = ([0, 1] as const).map((side) => rows.map((pair) => pair[side]));
  const [left, right] = systems.map((statistics) => metric.fold(statistics, counts)) as [number, number];
  const [lefts, rights] = systems.map((statistics) =>
    replicates(metric, { statistics, questions: single(statistics), counts }, config),
  );
  const differences = lefts!.map((value, i) => value - rights![i]!);
  const difference = left - right;
  const p = chanceOf(difference, differences);
  return { a: left, b: right, difference, ...percentiles(differences, config.level), p, n: rows.length, unpaired };
}

function pairs(a: Scores, b: Scores): (readonly [Statistic, Statistic])[] {
  if (a.length !== b.length) throw new Error(`BUG: ${a.length} rows compared with ${b.length}`);
  return a.flatMap((left, row) => {
    const right = b[row]!;
    return left === null || right === null ? [] : [[left, right] as const];
  });
}

function chanceOf(difference: number, differences: Float64Array): number {
  const middle = differences.reduce((sum, value) => sum + value, 0) / differences.length;
  const far = differences.filter((value) => Math.abs(value - middle) >= Math.abs(difference)).length;
  return (far + 1) / (differences.length + 1);
}

export interface McNemar {
  /** rows that only the one system got right */
  readonly onlyA: number;
  readonly onlyB: number;
  readonly p: number;
  readonly n: number;
  readonly unpaired: number;
}

/**
 * McNemar's test on right (1) and wrong (anything else): of the rows where the systems differ, is one ahead more often
 * than a fair coin? The exact two-sided binomial, at any size.
 */
export function mcnemar(a: Scores, b: Scores): McNemar {
  const rows = pairs(a, b).map(([left, right]) => [left === 1, right === 1] as const);
  const onlyA = rows.filter(([left, right]) => left && !right).length;
  const onlyB = rows.filter(([left, right]) => right && !left).length;
  return { onlyA, onlyB, p: fairCoin(onlyA, onlyB), n: rows.length, unpaired: a.length - rows.length };
}

/** 2 · P(at most min(a, b) heads in a + b throws), at most 1; in logarithms, since 2^-n underflows. */
export function fairCoin(a: number, b: number): number {
  const throws = a + b;
  let log = -throws * Math.LN2;
  let tail = Math.exp(log);
  for (let heads = 1; heads <= Math.min(a, b); heads++) {
    log += Math.log((throws - heads + 1) / heads);
    tail += Math.exp(log);
  }
  return Math.min(1, 2 * tail);
}
