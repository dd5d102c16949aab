import { fromKey } from '../random/random.js';
import { BOOTSTRAP_DEFAULTS, type BootstrapConfig, replicates, type Sample, single } from './bootstrap.js';
import { bootstrapInterval } from './interval.js';
import type { Metric, Statistic } from './metric.js';
import { groups, type Scores, unitsOf } from './summary.js';

export interface TaskSetting {
  /** The question of each row. Rows of one question are resampled and swapped together. Default: each row is one. */
  readonly tasks?: readonly (string | number)[] | undefined;
}

export interface Comparison {
  readonly a: number;
  readonly b: number;
  readonly difference: number;
  /** the confidence interval of a − b; null where the differences tell none */
  readonly low: number | null;
  readonly high: number | null;
  /** how often chance alone would give a difference at least as large, in either direction */
  readonly p: number;
  /** rows (or tasks) that both systems have, and those that one of them failed at */
  readonly n: number;
  readonly unpaired: number;
}

/**
 * Two systems on the same rows. The interval: both are resampled with the same questions each time. p: in each replicate
 * a coin for each question says which system gave which answers; (1 + how many differences are at least as large) /
 * (1 + replicates). Null if no row is left that both have.
 */
export function pairedBootstrap(
  metric: Metric,
  systems: readonly [Scores, Scores],
  { tasks, ...given }: Partial<BootstrapConfig> & TaskSetting = {},
): Comparison | null {
  const config = { ...BOOTSTRAP_DEFAULTS, ...given };
  const paired = pairUp(metric, systems, tasks);
  if (paired.pairs.length === 0) return null;
  const { pairs, questions, unpaired } = paired;
  const counts = { n: pairs.length, failed: unpaired };
  const sample = (side: 0 | 1): Sample => ({ statistics: pairs.map((pair) => pair[side]), questions, counts });
  const [left, right] = [sample(0), sample(1)];
  const [a, b] = [metric.fold(left.statistics, counts), metric.fold(right.statistics, counts)];
  const [lefts, rights] = [replicates(metric, left, config), replicates(metric, right, config)];
  const scale = Math.max(Math.abs(a), Math.abs(b));
  const drawn = bootstrapInterval(
    lefts.map((value, i) => value - rights[i]!),
    { scale, questions: questions.length, level: config.level },
  );
  const interval = { low: drawn?.low ?? null, high: drawn?.high ?? null };
  const p = chanceOf(a - b, swapped(metric, { pairs, questions, counts }, config), scale);
  return { a, b, difference: a - b, ...interval, p, n: pairs.length, unpaired };
}

type Pair = readonly [Statistic, Statistic];

interface Pairs {
  readonly pairs: readonly Pair[];
  readonly questions: Sample['questions'];
  readonly unpaired: number;
}

/** Of a metric over tasks the tasks are paired, else the rows. */
function pairUp(metric: Metric, [a, b]: readonly [Scores, Scores], tasks: TaskSetting['tasks']): Pairs {
  const named = taskNames(a, b, tasks);
  const [lefts, rights] = [a, b].map((scores) => unitsOf(metric, { scores, tasks: named })) as [Scores, Scores];
  const valid = [...lefts.keys()].filter((at) => lefts[at] !== null && rights[at] !== null);
  const pairs = valid.map((at): Pair => [lefts[at] as Statistic, rights[at] as Statistic]);
  const questions = metric.unit === 'row' ? [...groups(valid.map((at) => named[at]!)).values()] : single(valid);
  return { pairs, questions, unpaired: lefts.length - pairs.length };
}

function taskNames(a: Scores, b: Scores, tasks: TaskSetting['tasks'] = [...a.keys()]): string[] {
  if (a.length === b.length && a.length === tasks.length) return tasks.map(String);
  throw new Error(
    `Two systems are compared row by row, and there are ${a.length} and ${b.length} rows, with ${tasks.length} tasks. Give the scores of the same rows, in one order.`,
  );
}

interface Swaps extends Pick<Sample, 'questions' | 'counts'> {
  readonly pairs: readonly Pair[];
}

/** The difference of each replicate, in which a coin for each question swaps the systems. */
function swapped(metric: Metric, { pairs, questions, counts }: Swaps, config: BootstrapConfig): Float64Array {
  return Float64Array.from({ length: config.replicates }, (_, replicate) => {
    const coin = fromKey('swap', config.seed, replicate, questions.length);
    const sides = new Uint8Array(pairs.length);
    for (const rows of questions) {
      const side = coin.below(2);
      for (const row of rows) sides[row] = side;
    }
    const fold = (turn: number) =>
      metric.fold(
        pairs.map((pair, row) => pair[sides[row]! ^ turn] as Statistic),
        counts,
      );
    return fold(0) - fold(1);
  });
}

const ROUNDING = 1e-12;

/** Sums in another order differ in their last bits: such differences are equal. */
function chanceOf(difference: number, differences: Float64Array, scale: number): number {
  const least = Math.abs(difference) - ROUNDING * scale;
  return (1 + differences.filter((value) => Math.abs(value) >= least).length) / (1 + differences.length);
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
 * McNemar's test on right (1) and wrong (anything else): of the questions where the systems differ, is one ahead more
 * often than a fair coin? Exact, two-sided, at any size. A question with several rows counts by how many more of them
 * the one got right, all with one coin.
 */
export function mcnemar(a: Scores, b: Scores, { tasks }: TaskSetting = {}): McNemar {
  const named = taskNames(a, b, tasks);
  const valid = [...a.keys()].filter((at) => a[at] !== null && b[at] !== null);
  const ahead = valid.map((at) => Number(a[at] === 1) - Number(b[at] === 1));
  const questions = groups(valid.map((at) => named[at]!));
  const differences = [...questions.values()].map((rows) => rows.reduce((sum, row) => sum + ahead[row]!, 0));
  const count = (sign: number) => ahead.filter((one) => one === sign).length;
  return {
    onlyA: count(1),
    onlyB: count(-1),
    p: fairSigns(differences),
    n: valid.length,
    unpaired: a.length - valid.length,
  };
}

/** The chance that whole numbers whose signs are thrown by fair coins add up to at least as much, in either direction. */
function fairSigns(differences: readonly number[]): number {
  const sizes = differences.map(Math.abs);
  if (sizes.every((size) => size <= 1)) {
    const heads = differences.filter((one) => one > 0).length;
    return fairCoin(heads, sizes.filter(Boolean).length - heads);
  }
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const far = Math.abs(differences.reduce((sum, one) => sum + one, 0));
  return Math.min(1, 2 * atMost((total - far) / 2, sizes));
}

/** The chance that the sizes whose coin falls on heads add up to at most so much. */
function atMost(most: number, sizes: readonly number[]): number {
  const chances = new Float64Array(most + 1);
  chances[0] = 1;
  for (const size of sizes)
    for (let sum = most; size > 0 && sum >= 0; sum--)
      chances[sum] = (chances[sum]! + (sum >= size ? chances[sum - size]! : 0)) / 2;
  return chances.reduce((all, chance) => all + chance, 0);
}

/** 2 · P(at most min(a, b) heads in a + b throws), at most 1; in logarithms, since 2^-n underflows. */
function fairCoin(a: number, b: number): number {
  const throws = a + b;
  let log = -throws * Math.LN2;
  let tail = Math.exp(log);
  for (let heads = 1; heads <= Math.min(a, b); heads++) {
    log += Math.log((throws - heads + 1) / heads);
    tail += Math.exp(log);
  }
  return Math.min(1, 2 * tail);
}
