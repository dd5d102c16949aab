import {
  type CallContext,
  type EngineOptions,
  type FunctionUse,
  type Handle,
  type Kind,
  type Row,
  stage,
} from '@millrace/core';
import { eachRow } from '../functions/rows.js';
import { type FunctionSaid, functionUse } from '../functions/user-function.js';
import { isMean, type Metric, type Statistic, scoreRow } from './metric.js';

/** One metric over the rows: remembered for itself, so that adding another scores only that one. */
export interface ScoreConfig extends FunctionSaid {
  readonly metric: Metric;
  /** role → column */
  readonly columns: Readonly<Record<string, string>>;
  readonly into: string;
}

export const countsColumn = (into: string): string => `${into}_counts`;

/** With other functions in the places of a user's own. */
export const withMetricCode = <C extends { readonly metric: Metric }>(config: C, functions: object): C => ({
  ...config,
  metric: config.metric.withCode?.(functions) ?? { ...config.metric, ...functions },
});

const kind: Kind<ScoreConfig> = {
  name: 'score',
  version: 3,
  nature: 'pure',
  label: ({ metric }) => metric.name,
  code: (config) => metricCode(config.metric, config),
  withCode: withMetricCode,
  semantic: ({ metric, columns, into }) => ({ metric: metricConfig(metric), columns, into }),
  work: {
    is: 'rows',
    arrays: () => true,
    reads: ({ columns }) => columns,
    answers: () => ({ value: 'float64', counts: 'text' }),
    adds: ({ metric, into }): Record<string, string> =>
      isMean(metric) ? { [into]: 'value' } : { [into]: 'value', [countsColumn(into)]: 'counts' },
    call: ({ metric }) => ({ version: 3, config: metricConfig(metric) }),
    batch: () => 1024,
    run: (rows, context) => eachRow(rows, (row) => score(row, context)),
  },
};

const score = async (row: Row, { config: { metric } }: CallContext<ScoreConfig, object>): Promise<Row> =>
  answerOf(metric, await scoreRow(metric, row));

function answerOf(metric: Metric, statistic: Statistic | null): Row {
  if (statistic === null) return {};
  if (isMean(metric)) return { value: statistic };
  return {
    value: metric.unit === 'row' ? metric.fold([statistic], { n: 1, failed: 0 }) : null,
    counts: JSON.stringify(statistic),
  };
}

/** The functions of a user's own metric. */
export function metricCode({ identity }: Metric, said: FunctionSaid): Record<string, FunctionUse> {
  if (!('code' in identity)) return {};
  const functions = Object.entries(identity.code).filter(([, value]) => typeof value === 'function');
  return Object.fromEntries(functions.map(([name, fn]) => [name, functionUse(fn as () => unknown, said)]));
}

export function metricConfig({ name, identity, needs }: Metric): unknown {
  const plain =
    'code' in identity
      ? Object.fromEntries(Object.entries(identity.code).filter(([, value]) => typeof value !== 'function'))
      : identity;
  return { name, needs, ...plain };
}

export const scoreStage = <H extends Handle>(
  { rows, family }: { readonly rows: Handle; readonly family: object },
  config: ScoreConfig,
  options: EngineOptions | undefined,
): H => stage({ kind, inputs: { rows }, config, options, within: { family, as: config.into, always: true } });
