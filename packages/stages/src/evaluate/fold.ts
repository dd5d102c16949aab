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
import { valuesOf } from '../functions/table.js';
import type { FunctionSaid } from '../functions/user-function.js';
import { valueText } from '../prompt/value-text.js';
import type { BootstrapConfig } from './bootstrap.js';
import { isMean, type Metric, type Statistic } from './metric.js';
import { countsColumn, metricCode, metricConfig, withMetricCode } from './score.js';
import { groups, type Summary, summarise } from './summary.js';

export interface FoldConfig extends FunctionSaid {
  readonly metric: Metric;
  /** The column of its scores. */
  readonly column: string;
  /** The column of the answers, where the metric scores them. */
  readonly prediction: string | undefined;
  /** One value for each combination of these columns. */
  readonly by: readonly string[];
  /** Rows with equal values here are of one question; undefined: each is one. Columns that did not come this far tell nothing. */
  readonly task: readonly string[] | undefined;
  readonly bootstrap: BootstrapConfig;
}

/** The values of one metric: of all rows, or of each group. */
export interface Folded {
  readonly metric: string;
  readonly better: 'higher' | 'lower';
  readonly groups: readonly { readonly by: Row; readonly summary: Summary }[];
}

const statistics = ({ metric, column }: FoldConfig): string => (isMean(metric) ? column : countsColumn(column));

const columnsOf = (config: FoldConfig, columns: Columns | undefined): readonly string[] => [
  ...new Set([statistics(config), ...config.by, ...taskIn(config, columns)]),
];

const taskIn = ({ task = [] }: FoldConfig, columns: Columns | undefined): readonly string[] =>
  task.filter((name) => columns === undefined || Object.hasOwn(columns, name));

const foldKind: Kind<FoldConfig> = {
  name: 'fold',
  version: 5,
  nature: 'pure',
  label: ({ metric, by }) => [metric.name, ...by].join(' by '),
  code: (config) => metricCode(config.metric, config),
  withCode: withMetricCode,
  semantic: ({ metric, column, prediction, by, task, bootstrap }) => ({
    metric: metricConfig(metric),
    column,
    prediction,
    by,
    task,
    bootstrap,
  }),
  work: {
    is: 'whole',
    parts: () => ({ main: 'value' }),
    reads: (config, role, columns) => {
      const prediction = config.prediction === undefined ? [] : [config.prediction];
      return role === 'given' ? prediction : [...new Set([...columnsOf(config, columns), ...prediction])];
    },
    partial: () => true,
    run: async (context) => ({ main: { value: await fold(context) } }),
  },
};

async function fold({ config, inputs }: WholeContext<FoldConfig, object>): Promise<Folded> {
  const table = inputs.rows as TableInput;
  const rows = await table.all(columnsOf(config, table.columns));
  const missing = await missingIn((inputs.given ?? table) as TableInput, config);
  const scores = rows.map((row, at) => {
    const score = table.failed.has(at) ? null : statisticOf(row[statistics(config)], config.metric);
    return score === null && missing[at] && inputs.given ? config.metric.missing({}) : score;
  });
  const keys = rows.map((row) => JSON.stringify(config.by.map((name) => shown(row[name]))));
  const tasks = tasksOf(rows, config, taskIn(config, table.columns));
  const grouped = config.by.length ? [...groups(keys).values()] : [rows.map((_, at) => at)];
  const made = grouped.map((members) => ({
    by: Object.fromEntries(config.by.map((name) => [name, shown(rows[members[0] as number]?.[name])])),
    summary: summarise(
      config.metric,
      {
        scores: members.map((at) => scores[at] ?? null),
        missing: members.map((at) => missing[at] as boolean),
        tasks: tasks && members.map((at) => tasks[at] as string),
      },
      config.bootstrap,
    ),
  }));
  return { metric: config.column, better: config.metric.better, groups: made };
}

/** Undefined where rows are of one question, and nothing is left that tells which. */
function tasksOf(rows: readonly Row[], config: FoldConfig, columns: readonly string[]): string[] | undefined {
  if (config.task === undefined) return rows.map((_, at) => String(at));
  if (columns.length === 0) return undefined;
  return rows.map((row) => JSON.stringify(columns.map((name) => shown(row[name]))));
}

/** Rows that came without a prediction. One that failed above has none either, and stays a failed one. */
async function missingIn(given: TableInput, { prediction }: FoldConfig): Promise<boolean[]> {
  if (prediction === undefined) return new Array<boolean>(given.rows).fill(false);
  const [values = []] = await valuesOf(given, [prediction]);
  const missing = values.map((value) => value === null);
  for (const at of given.failed) missing[at] = false;
  return missing;
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

export interface FoldInputs {
  /** With the scores. */
  readonly rows: Handle;
  /** As they came to be scored, where a model asked about a row may have failed it. */
  readonly given?: Handle;
}

export const foldStage = <H extends Handle>({ rows, given }: FoldInputs, config: FoldConfig, family: object): H =>
  stage({
    kind: foldKind,
    inputs: { rows, ...(given && { given }) },
    config,
    within: { family, as: `${config.column} value` },
  });

interface SummaryConfig {
  readonly by: readonly string[];
}

export const summaryColumns = (by: readonly string[]): Columns => ({
  metric: 'text',
  ...Object.fromEntries(by.map((name) => [name, 'text'])),
  value: 'float64',
  low: 'float64',
  high: 'float64',
  n: 'float64',
  missing: 'float64',
  failed: 'float64',
  better: 'text',
});

const summaryKind: Kind<SummaryConfig> = {
  name: 'summary',
  version: 2,
  nature: 'pure',
  work: {
    is: 'whole',
    parts: () => ({ main: 'table' }),
    columns: ({ by }) => ({ main: summaryColumns(by) }),
    run: async ({ config, inputs, facts }) => {
      const rows = summaryRows(Object.values(inputs).map((input) => (input as ValueInput).value as Folded));
      if (rows.length <= MOST_NOTED) facts({ metrics: rows });
      return { main: { rows: [rows], columns: summaryColumns(config.by) } };
    },
  },
};

/** A record stays small; they stay with it when the table is swept. */
const MOST_NOTED = 1000;

const summaryRows = (folded: readonly Folded[]): Row[] =>
  folded.flatMap(({ metric, better, groups: all }) =>
    all.map(({ by, summary }) => ({ metric, ...by, ...summary, better })),
  );

export const summaryStage = <H extends Handle>(
  folds: Readonly<Record<string, Handle>>,
  config: SummaryConfig,
  family: object,
): H => stage({ kind: summaryKind, inputs: folds, config, within: { family, as: 'summary' } });
