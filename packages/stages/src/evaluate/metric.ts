/** What one row contributes: a number, or the few numbers that the fold needs (counts that add up, for most). */
export type Statistic = number | Readonly<Record<string, number>>;

export type Values = Readonly<Record<string, unknown>>;

export interface Counts {
  /** rows (or tasks) with a statistic */
  readonly n: number;
  /** rows (or tasks) without a statistic */
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
  /** The least and the greatest value, where there are such. */
  readonly range: readonly [number, number] | undefined;
  /** The statistic of a row without a prediction, as of a wrong one; null: the row is left out. */
  missing(values: Values): S | null;
  /** The same with other functions in the places of a user's own. Default: they take the places of its functions. */
  withCode?(functions: object): Metric<S>;
  /** never called for no statistics at all */
  fold(statistics: readonly S[], counts: Counts): number;
}

/** A missing prediction counts as a wrong one, or is left out of the value. */
export interface MissingSetting {
  readonly missing?: 'wrong' | 'skip' | undefined;
}

type Usual = 'needs' | 'better' | 'unit' | 'missing' | 'range';
type Definition<S extends Statistic> = Omit<Metric<S>, Usual> & Partial<Pick<Metric<S>, Usual>>;

/** From wrong to right. */
export const SHARE: readonly [number, number] = [0, 1];

/** A metric with what most have in common: prediction against reference, row by row, more is better. */
export const metric = <S extends Statistic>(definition: Definition<S>, setting: MissingSetting = {}): Metric<S> =>
  Object.freeze({
    needs: ['prediction', 'reference'],
    better: 'higher',
    unit: 'row',
    missing: () => null,
    range: SHARE,
    ...definition,
    ...(isSkipped(setting) && skipping(definition.identity)),
  });

/** A metric whose value is the mean of its rows, where a wrong row is 0. */
export const meanMetric = (
  definition: Omit<Definition<number>, 'fold'>,
  setting: MissingSetting = {},
): Metric<number> => metric({ missing: () => 0, ...definition, fold: mean }, setting);

function isSkipped({ missing = 'wrong' }: MissingSetting): boolean {
  if (missing === 'wrong' || missing === 'skip') return missing === 'skip';
  throw new Error(
    `A metric was given missing: ${JSON.stringify(missing)}. A row without a prediction counts as wrong (missing: 'wrong', the default) or is left out of the value (missing: 'skip').`,
  );
}

const skipping = (identity: MetricIdentity): Pick<Metric<never>, 'missing' | 'identity'> => ({
  missing: () => null,
  identity: 'code' in identity ? identity : { ...identity, config: { ...identity.config, missing: 'skip' } },
});

export function mean(statistics: readonly number[]): number {
  let sum = 0;
  for (const statistic of statistics) sum += statistic;
  return sum / statistics.length;
}

/** A metric whose value is the mean of its rows keeps a number a row; others keep the counts that they fold. */
export const isMean = (metric: Metric): boolean => metric.fold === (mean as Metric['fold']);

/** The sum of each count over all rows. */
export function totals(statistics: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = Object.create(null);
  for (const statistic of statistics) {
    for (const name in statistic) sums[name] = (sums[name] ?? 0) + statistic[name]!;
  }
  return sums;
}

const isNone = (value: unknown): boolean => value === null || value === undefined;

/** Null for a failed row: one without a value that the metric needs, or where the metric has no finite answer. */
export async function scoreRow(metric: Metric, values: Values): Promise<Statistic | null> {
  const none = metric.needs.filter((role) => isNone(values[role]));
  if (none.some((role) => role !== 'prediction')) return null;
  return none.length ? metric.missing(values) : answered(metric, values);
}

async function answered(metric: Metric, values: Values): Promise<Statistic | null> {
  const statistic = await metric.perRow(values);
  if (statistic === null || statistic === undefined) return null;
  const numbers = typeof statistic === 'number' ? [statistic] : Object.values(statistic);
  return numbers.every(Number.isFinite) ? statistic : null;
}
