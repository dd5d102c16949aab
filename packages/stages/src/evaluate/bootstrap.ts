import { fromKey } from '../random/random.js';
import type { Counts, Metric, Statistic } from './metric.js';

/** What is drawn from. */
export interface Sample {
  readonly statistics: readonly Statistic[];
  /** the rows of each question, which are drawn together */
  readonly questions: readonly (readonly number[])[];
  readonly counts: Counts;
}

/** Each row is a question. */
export const single = (statistics: readonly Statistic[]): Sample['questions'] => statistics.map((_, row) => [row]);

export interface BootstrapConfig {
  readonly seed: number;
  readonly replicates: number;
  /** how sure the interval is, e.g. 0.95 */
  readonly level: number;
}

export const BOOTSTRAP_DEFAULTS: BootstrapConfig = { seed: 0, replicates: 1000, level: 0.95 };

/**
 * Which rows a replicate draws: by the seed, its number and their count alone. Every metric opens its own stream, so
 * that adding one, or computing them in another order, changes no interval; and two systems are resampled alike.
 */
export function resampled(seed: number, replicate: number, rows: number): Uint32Array {
  const random = fromKey('bootstrap', seed, replicate, rows);
  const indices = new Uint32Array(rows);
  for (let i = 0; i < rows; i++) indices[i] = random.below(rows);
  return indices;
}

/** The folded value of each replicate; it draws questions, with all of their rows. */
export function replicates(
  metric: Metric,
  { statistics, questions, counts }: Sample,
  { seed, replicates: count }: BootstrapConfig,
): Float64Array {
  const values = new Float64Array(count);
  for (let replicate = 0; replicate < count; replicate++) {
    const drawn: Statistic[] = [];
    for (const question of resampled(seed, replicate, questions.length))
      for (const row of questions[question]!) drawn.push(statistics[row]!);
    values[replicate] = metric.fold(drawn, counts);
  }
  return values;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The middle `level` of the values, by percentiles; between two values on the straight line (numpy's default). */
export function percentiles(values: Float64Array, level: number): Interval {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) => {
    const place = share * (sorted.length - 1);
    const below = Math.floor(place);
    const [low, high] = [sorted[below]!, sorted[Math.min(below + 1, sorted.length - 1)]!];
    return low + (high - low) * (place - below);
  };
  return { low: at((1 - level) / 2), high: at((1 + level) / 2) };
}
