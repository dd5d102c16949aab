import { type Metric, mean, metric, type Statistic } from './metric.js';

interface Named {
  readonly name: string;
  readonly needs: readonly string[];
  readonly better?: 'higher' | 'lower';
}
/** The value is the mean of the rows. */
export interface CustomMean extends Named {
  readonly perRow: Metric<number>['perRow'];
}
/** The value is what the fold makes of the rows' statistics. */
export interface CustomFold<S extends Statistic> extends Named {
  readonly perRow: Metric<S>['perRow'];
  readonly fold: Metric<S>['fold'];
}

/** A metric of the user's own; its functions are its identity. A row for which it gives null is a failed row. */
export function custom<S extends Statistic>(spec: CustomFold<S>): Metric<S>;
export function custom(spec: CustomMean): Metric<number>;
export function custom(spec: CustomMean | CustomFold<Statistic>): Metric {
  if (!('fold' in spec)) return metric<number>({ ...spec, identity: { code: { perRow: spec.perRow } }, fold: mean });
  return metric({ ...spec, identity: { code: { perRow: spec.perRow, fold: spec.fold } } });
}
