/** What one row contributes: a number, or the few numbers that the fold needs (counts that add up, for most). */
export type Statistic = number | Readonly<Record<string, number>>;

export type Values = Readonly<Record<string, unknown>>;

export interface Counts {
  /** rows (or tasks) with a statistic */
  readonly n: number;
  /** rows (or tasks) without one */
  readonly failed: number;
}

/** What makes a metric's fingerprint: our version and its config, or the user's functions. */
export type MetricIdentity =
  | { readonly version: number; readonly config: Readonly<Record<string, unknown>> }
  | { readonly code: Readonly<Record<string, unknown>> };

/** A statistic of each row, which is remembered, and a fold over them, which is not. BLEU is no mean of rows. */
export interface Metric<S extends Statistic = Statistic> {
  readonly name: string;
  readonly identity: MetricIdentity;
  /** the roles it reads; the stage says which column plays which */
  readonly needs: readonly string[];
  readonly better: 'higher' | 'lower';
  /** `row`, or the least number of samples that a task must have to count as one unit */
  readonly unit: 'row' | { readonly samples: number };
  perRow(values: Values): S | null | Promise<S | null>;
  /** never called for no statistics at all */
  fold(statistics: readonly S[], counts: Counts): number;
}

type Usual = 'needs' | 'better' | 'unit';
type Definition<S extends Statistic> = Omit<Metric<S>, Usual> & Partial<Pick<Metric<S>, Usual>>;

/** A metric with what most have in common: prediction against reference, row by row, more is better. */
export const metric = <S extends Statistic>(definition: Definition<S>): Metric<S> =>
  Object.freeze({ needs: ['prediction', 'reference'], better: 'higher', unit: 'row', ...definition });

/** A metric whose value is the mean of its rows. */
export const meanMetric = (definition: Omit<Definition<number>, 'fold'>): Metric<number> =>
  metric({ ...definition, fold: mean });

export function mean(statistics: readonly number[]): number {
  let sum = 0;
  for (const statistic of statistics) sum += statistic;
  return sum / statistics.length;
}

/** The sum of each count over all rows. */
export function totals(statistics: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = Object.create(null);
  for (const statistic of statistics) {
    for (const name in statistic) sums[name] = (sums[name] ?? 0) + statistic[name]!;
  }
  return sums;
}

/** Null for a failed row: one where a value is missing, or where the metric has no finite answer. */
export async function scoreRow(metric: Metric, values: Values): Promise<Statistic | null> {
  if (metric.needs.some((role) => values[role] === null || values[role] === undefined)) return null;
  const statistic = await metric.perRow(values);
  if (statistic === null || statistic === undefined) return null;
  const numbers = typeof statistic === 'number' ? [statistic] : Object.values(statistic);
  return numbers.every(Number.isFinite) ? statistic : null;
}
