import { type BootstrapConfig, type Sample, single } from './bootstrap.js';
import { intervalOf } from './interval.js';
import { type Metric, type Statistic, totals } from './metric.js';

/** Rows of one metric: a statistic, or null for a failed row. */
export type Scores = readonly (Statistic | null)[];

export interface Summary {
  /** null where every row failed */
  readonly value: number | null;
  /** null where no interval is known */
  readonly low: number | null;
  readonly high: number | null;
  /** the rows (or tasks) that the value speaks of, and those that it can't */
  readonly n: number;
  readonly failed: number;
  /** rows without a prediction: among the n, unless the metric skips them */
  readonly missing: number;
}

/** The rows of one metric, in their order. */
export interface Scored {
  readonly scores: Scores;
  /** which rows have no prediction */
  readonly missing: readonly boolean[];
  /** the question of each row; undefined where several may be of one, and nothing tells which */
  readonly tasks: readonly string[] | undefined;
}

/** The value over all rows that have a statistic, with its confidence interval; missing and failed rows are counted beside it. */
export function summarise(metric: Metric, scored: Scored, config: BootstrapConfig): Summary {
  const units = unitsOf(metric, scored);
  const statistics = units.filter((unit) => unit !== null);
  const counts = { n: statistics.length, failed: failedOf(metric, units, scored) };
  const beside = { ...counts, missing: scored.missing.filter(Boolean).length };
  if (statistics.length === 0) return { value: null, low: null, high: null, ...beside };
  const value = metric.fold(statistics, counts);
  const questions = questionsOf(metric, units, scored);
  const interval = questions && intervalOf(metric, { statistics, questions, counts }, { value, config });
  return { value, low: interval?.low ?? null, high: interval?.high ?? null, ...beside };
}

/** Of the units that have a statistic, those of each question; a task is one already. */
function questionsOf({ unit }: Metric, units: Scores, { tasks }: Scored): Sample['questions'] | undefined {
  const valid = units.flatMap((one, at) => (one === null ? [] : [at]));
  if (tasks === undefined) return undefined;
  return unit === 'row' ? [...groups(valid.map((at) => tasks[at] as string)).values()] : single(valid);
}

/** A skipped row without a prediction is missing, not failed. */
const failedOf = ({ unit }: Metric, units: Scores, { missing }: Scored): number =>
  units.filter((one, at) => one === null && !(unit === 'row' && missing[at])).length;

/**
 * What is counted and resampled: the rows, or for a metric over tasks the sums of each task's valid samples, in the
 * order of their first rows. A task with too few valid samples is failed.
 */
export function unitsOf({ unit }: Metric, { scores, tasks }: Pick<Scored, 'scores' | 'tasks'>): Scores {
  if (unit === 'row') return scores;
  return [...groups(tasks ?? scores.map((_, at) => String(at))).values()].map((rows) => {
    const valid = rows.flatMap((row) =>
      scores[row] === null ? [] : [scores[row] as Readonly<Record<string, number>>],
    );
    return valid.length < unit.samples ? null : { ...totals(valid) };
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
