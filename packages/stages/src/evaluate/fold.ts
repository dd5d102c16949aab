import {
  type Columns,
  type Handle,
  type Kind,
  type Row,
  stage,
  type TableInput,
  toPlain,
  type ValueInput,
  type WholeContext,
} from '@millrace/core';
import type { FunctionSaid } from '../functions/user-function.js';
import { valueText } from '../prompt/value-text.js';
import type { BootstrapConfig } from './bootstrap.js';
import type { Metric, Statistic } from './metric.js';
import { countsColumn, isMean, metricCode, metricConfig, withMetricCode } from './score.js';
import { groups, type Summary, summarise, unitsOf } from './summary.js';

export interface FoldConfig extends FunctionSaid {
  readonly metric: Metric;
  /** The column of its scores. */
  readonly column: string;
  /** One value for each combination of these columns. */
  readonly by: readonly string[];
  /** Rows with equal values here are samples of one task. */
  readonly task: readonly string[];
  readonly bootstrap: BootstrapConfig;
}

/** The values of one metric: of all rows, or of each group. */
export interface Folded {
  readonly metric: string;
  readonly groups: readonly { readonly by: Row; readonly summary: Summary }[];
}

const statistics = ({ metric, column }: FoldConfig): string => (isMean(metric) ? column : countsColumn(column));

const foldKind: Kind<FoldConfig> = {
  name: 'fold',
  version: 2,
  nature: 'pure',
  label: ({ metric, by }) => [metric.name, ...by].join(' by '),
  code: (config) => metricCode(config.metric, config),
  withCode: withMetricCode,
  semantic: ({ metric, column, by, task, bootstrap }) => ({
    metric: metricConfig(metric),
    column,
    by,
    task,
    bootstrap,
  }),
  work: {
    is: 'whole',
    parts: () => ({ main: 'value' }),
    reads: (config) => [...new Set([statistics(config), ...config.by, ...config.task])],
    partial: () => true,
    run: async (context) => ({ main: { value: await fold(context) } }),
  },
};

async function fold({ config, inputs }: WholeContext<FoldConfig, object>): Promise<Folded> {
  const table = inputs.rows as TableInput;
  const rows = await table.all();
  const scores = rows.map((row, at) =>
    table.failed.has(at) ? null : statisticOf(row[statistics(config)], config.metric),
  );
  const keys = rows.map((row) => JSON.stringify(config.by.map((name) => shown(row[name]))));
  const tasks = rows.map((row, at) =>
    JSON.stringify(config.task.length ? config.task.map((name) => shown(row[name])) : at),
  );
  const grouped = config.by.length ? [...groups(keys).values()] : [rows.map((_, at) => at)];
  const made = grouped.map((members) => ({
    by: Object.fromEntries(config.by.map((name) => [name, shown(rows[members[0] as number]?.[name])])),
    summary: summarise(
      config.metric,
      unitsOf(
        config.metric,
        members.map((at) => scores[at] ?? null),
        members.map((at) => tasks[at] as string),
      ),
      config.bootstrap,
    ),
  }));
  return { metric: config.column, groups: made };
}

/** As a prompt would show it, the same on every host; null is no text. */
function shown(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  const text = valueText(value);
  return text.kind === 'text' ? text.text : JSON.stringify(toPlain(value));
}

const statisticOf = (value: unknown, metric: Metric): Statistic | null => {
  if (value === null || value === undefined) return null;
  return isMean(metric) ? (value as number) : (JSON.parse(value as string) as Statistic);
};

export const foldStage = <H extends Handle>(rows: Handle, config: FoldConfig, family: object): H =>
  stage({ kind: foldKind, inputs: { rows }, config, within: { family, as: `${config.column} value` } });

interface SummaryConfig {
  readonly by: readonly string[];
}

const summaryColumns = (by: readonly string[]): Columns => ({
  metric: 'text',
  ...Object.fromEntries(by.map((name) => [name, 'text'])),
  value: 'float64',
  low: 'float64',
  high: 'float64',
  n: 'float64',
  failed: 'float64',
});

const summaryKind: Kind<SummaryConfig> = {
  name: 'summary',
  version: 1,
  nature: 'pure',
  work: {
    is: 'whole',
    parts: () => ({ main: 'table' }),
    columns: ({ by }) => ({ main: summaryColumns(by) }),
    run: async ({ config, inputs }) => ({
      main: {
        rows: [summaryRows(Object.values(inputs).map((input) => (input as ValueInput).value as Folded))],
        columns: summaryColumns(config.by),
      },
    }),
  },
};

const summaryRows = (folded: readonly Folded[]): Row[] =>
  folded.flatMap(({ metric, groups: all }) => all.map(({ by, summary }) => ({ metric, ...by, ...summary })));

export const summaryStage = <H extends Handle>(
  folds: Readonly<Record<string, Handle>>,
  config: SummaryConfig,
  family: object,
): H => stage({ kind: summaryKind, inputs: folds, config, within: { family, as: 'summary' } });
