import { type BootstrapConfig, percentiles, replicates } from './bootstrap.js';
import { type Metric, type Statistic, totals } from './metric.js';

/** Rows of one metric: a statistic, or null for a failed row. */
export type Scores = readonly (Statistic | null)[];

export interface Summary {
  /** null where every row failed */
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** the rows (or tasks) that the value speaks of, and those that it can't */
  readonly n: number;
  readonly failed: number;
}

/** The value over all rows that have a statistic, with its confidence interval; failed rows are counted beside it. */
export function summarise(metric: Metric, scores: Scores, config: BootstrapConfig): Summary {
  const statistics = scores.filter((score) => score !== null);
  const counts = { n: statistics.length, failed: scores.length - statistics.length };
  if (statistics.length === 0) return { value: null, low: null, high: null, ...counts };
  const value = metric.fold(statistics, counts);
  return { value, ...percentiles(replicates(metric, { statistics, counts }, config), config.level), ...counts };
}

/**
 * What is counted and resampled: the rows, or for a metric over tasks the sums of each task's valid samples, in the
 * order of their first rows. A task with too few valid samples is failed.
 */
export function unitsOf(metric: Metric, scores: Scores, tasks: readonly string[]): Scores {
  if (metric.unit === 'row') return scores;
  const least = metric.unit.samples;
  return [...groups(tasks).values()].map((rows) => {
    const valid = rows.flatMap((row) =>
      scores[row] === null ? [] : [scores[row] as Readonly<Record<string, number>>],
    );
    return valid.length < least ? null : { ...totals(valid) };
  });
}

/** The rows of each key, keys in the order of their first rows. */
export function groups(keys: readonly string[]): Map<string, number[]> {
  const out = new Map<string, number[]>();
  keys.forEach((key, row) => {
    const rows = out.get(key);
    if (rows) rows.push(row);
    else out.set(key, [row]);
  });
  return out;
}
