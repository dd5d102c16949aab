import { type Metric, mean, metric, type Statistic } from './metric.js';

interface Named {
  readonly name: string;
  readonly needs: readonly string[];
  readonly better?: 'higher' | 'lower';
  /** The least and the greatest value, for the intervals. Default: 0 and 1. */
  readonly range?: readonly [number, number];
}
/** The value is the mean of the rows. */
export interface CustomMean extends Named {
  readonly perRow: Metric<number>['perRow'];
  /** What a row without a prediction counts as, or `skip`: it is left out. Default: 0; where less is better, left out. */
  readonly missing?: number | 'skip';
}
/** The value is what the fold makes of the rows' statistics. */
export interface CustomFold<S extends Statistic> extends Named {
  readonly perRow: Metric<S>['perRow'];
  readonly fold: Metric<S>['fold'];
  /** What a row without a prediction counts as. Default: it is left out. */
  readonly missing?: S | 'skip';
}

/** A metric of the user's own; its functions are its identity. A row for which it gives null is a failed row. */
export function custom<S extends Statistic>(spec: CustomFold<S>): Metric<S>;
export function custom(spec: CustomMean): Metric<number>;
export function custom(spec: CustomMean | CustomFold<Statistic>): Metric {
  const { missing, perRow, ...rest } = spec;
  const said = missing === undefined ? {} : { missing };
  if (!('fold' in rest)) {
    const usual = rest.better === 'lower' ? 'skip' : 0;
    return metric<number>({
      ...rest,
      perRow: perRow as CustomMean['perRow'],
      missing: statisticOf((missing as number | 'skip' | undefined) ?? usual),
      identity: { code: { perRow, ...said } },
      fold: mean,
    });
  }
  return metric({
    ...rest,
    perRow,
    missing: statisticOf(missing ?? 'skip'),
    identity: { code: { perRow, fold: rest.fold, ...said } },
  });
}

const statisticOf =
  <S extends Statistic>(missing: S | 'skip') =>
  (): S | null =>
    missing === 'skip' ? null : missing;
