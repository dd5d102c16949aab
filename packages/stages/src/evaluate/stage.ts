import type { AnyTable, EngineOptions, Handle, Read, Row, Table } from '@millrace/core';
import { listed } from '../functions/table.js';
import { columnsRead, type FunctionSaid } from '../functions/user-function.js';
import { axesOf } from '../generate/axes.js';
import { checkSettings } from '../registry/check-settings.js';
import { BOOTSTRAP_DEFAULTS, type BootstrapConfig } from './bootstrap.js';
import type { ComposedMetric } from './composed.js';
import { custom } from './custom.js';
import { evaluateSettings } from './fields.js';
import { foldStage, summaryColumns, summaryStage } from './fold.js';
import type { Metric } from './metric.js';
import { questionsOf } from './questions.js';
import { scoreStage } from './score.js';

export type MetricLike<R = Row> = Metric | ComposedMetric | ((row: R) => number | null);

export interface EvaluateConfig extends FunctionSaid {
  readonly prediction: string;
  readonly reference?: string;
  readonly metrics: Readonly<Record<string, MetricLike>>;
  /** One value for each combination of these columns. Default: the axes of `across`. */
  readonly by?: string | readonly string[];
  /** Rows with equal values here are of one question. Default: what the prompt of repeated samples reads. */
  readonly task?: string | readonly string[];
  readonly bootstrap?: Partial<BootstrapConfig>;
}

export interface Scores<R extends Row, M>
  extends Table<R & { readonly [K in keyof M & string]: number | null }, boolean> {
  readonly summary: Table<
    {
      metric: string;
      value: number | null;
      low: number | null;
      high: number | null;
      n: number;
      missing: number;
      failed: number;
      better: 'higher' | 'lower';
    },
    true
  >;
}

interface Scored {
  readonly rows: AnyTable;
  readonly folds: Readonly<Record<string, Handle>>;
}

/** Scores each row by each metric, one memo a metric, and folds the scores with confidence intervals. */
export function evaluateStages(
  rows: AnyTable,
  config: EvaluateConfig,
  options?: EngineOptions,
): AnyTable & { readonly summary: AnyTable } {
  const by = config.by === undefined ? axesOf(rows) : listed(config.by);
  refuseOwn(by);
  if (Object.keys(config.metrics).length === 0)
    throw new Error('evaluate was given no metrics, so that there is nothing to score. Name at least one.');
  const family = {};
  let scored: Scored = { rows, folds: {} };
  // In one order, whatever the declaration's: another one would be another chain of stages. What asks a model comes last:
  // a row that it fails at is failed for what stands below.
  for (const [name, like] of [...named(config.metrics, isPlain), ...named(config.metrics, isComposed)])
    scored = addMetric(scored, { name, like, by, family, given: rows }, { config, options });
  const folds = Object.fromEntries(named(scored.folds));
  const summary = summaryStage<AnyTable>(folds, { by }, family);
  return Object.freeze({ ...scored.rows, summary });
}

function refuseOwn(by: readonly string[]): void {
  const own = by.find((name) => Object.hasOwn(summaryColumns([]), name));
  if (own !== undefined)
    throw new Error(
      `evaluate was given by: ${own}, and its summary has a column ${own} of its own. Give the column another name, with a map or where it is made.`,
    );
}

const isComposed = (like: MetricLike): like is ComposedMetric => 'composed' in like;
const isPlain = (like: MetricLike): boolean => !isComposed(like);

const named = <T>(all: Readonly<Record<string, T>>, wanted: (one: T) => boolean = () => true): [string, T][] =>
  Object.entries(all)
    .filter(([, one]) => wanted(one))
    .sort(([a], [b]) => (a < b ? -1 : 1));

interface Named {
  readonly name: string;
  readonly like: MetricLike;
  readonly by: readonly string[];
  readonly family: object;
  /** The rows without any score. */
  readonly given: AnyTable;
}

function addMetric(
  { rows, folds }: Scored,
  { name, like, by, family, given }: Named,
  { config, options }: { config: EvaluateConfig; options: EngineOptions | undefined },
): Scored {
  const metric = metricOf(name, like);
  const before = isComposed(like)
    ? like.build(rows, { name, prediction: config.prediction, reference: config.reference, options, family })
    : { rows, columns: columnsFor(name, metric, config) };
  const said = {
    ...(config.uses && { uses: config.uses }),
    ...(config.version !== undefined && { version: config.version }),
    ...(config.impure && { impure: config.impure }),
  };
  const scores = scoreStage<AnyTable>(
    { rows: before.rows, family },
    { metric, columns: before.columns, into: name, ...said },
    // Of a composed metric the options are those of its calls to a model.
    isComposed(like) ? undefined : options,
  );
  const bootstrap = bootstrapOf(config);
  const task = config.task === undefined ? questionsOf(given, by) : listed(config.task);
  const prediction = isComposed(like) || metric.needs.includes('prediction') ? config.prediction : undefined;
  const folded = foldStage(
    { rows: scores, ...(isComposed(like) && { given }) },
    { metric, column: name, prediction, by, task, bootstrap, ...said },
    family,
  );
  return { rows: scores, folds: { ...folds, [name]: folded } };
}

function bootstrapOf(config: EvaluateConfig): BootstrapConfig {
  const made = { ...BOOTSTRAP_DEFAULTS, ...config.bootstrap };
  const { seed, replicates, level } = made;
  if (Number.isSafeInteger(seed) && Number.isInteger(replicates) && replicates > 0 && level > 0 && level < 1)
    return made;
  throw new Error(
    `evaluate was given bootstrap with seed ${seed}, ${replicates} replicates and level ${level}: a whole number, a whole number from 1 on, and a share between 0 and 1. Say bootstrap: { level: 0.95 }.`,
  );
}

export function metricOf(name: string, like: MetricLike): Metric {
  if (typeof like !== 'function') return isComposed(like) ? like.metric : like;
  const needs = Object.keys(columnsRead(like, undefined, undefined));
  if (needs.length) return custom({ name, needs, perRow: like });
  throw new Error(
    `The metric ${name} is a function that does not say what it reads. Take its row apart, as in ({ prediction, reference }) => …, or use custom({ needs: […] }).`,
  );
}

/** `prediction` and `reference` are the columns that the stage names so; any other role is a column of its own name. */
function columnsFor(name: string, metric: Metric, { prediction, reference }: EvaluateConfig): Record<string, string> {
  return Object.fromEntries(
    metric.needs.toSorted().map((role) => {
      if (role === 'prediction') return [role, prediction];
      if (role !== 'reference') return [role, role];
      if (reference === undefined)
        throw new Error(
          `The metric ${name} compares with a reference, and evaluate has none. Say reference: the column of the right answers.`,
        );
      return [role, reference];
    }),
  );
}

type Seen<R extends Row, P extends string, G extends string> = Read<
  R & { prediction: P extends keyof R ? R[P] : unknown; reference: G extends keyof R ? R[G] : unknown },
  (keyof R & string) | 'prediction' | 'reference'
>;

/** Scores rows by named metrics: a column each, and `.summary` with a value and its interval each. */
export function evaluate<
  R extends Row,
  O extends boolean,
  P extends keyof R & string,
  G extends keyof R & string,
  const M extends Readonly<Record<string, MetricLike<Seen<R, P, G>>>>,
>(
  rows: Table<R, O>,
  config: Omit<EvaluateConfig, 'prediction' | 'reference' | 'metrics' | 'by' | 'task'> & {
    readonly prediction: P;
    readonly reference?: G;
    readonly metrics: M;
    readonly by?: (keyof R & string) | readonly (keyof R & string)[];
    readonly task?: (keyof R & string) | readonly (keyof R & string)[];
  },
  options?: EngineOptions,
): Scores<R, M> {
  checkSettings(evaluateSettings, config, options);
  return evaluateStages(rows, config as EvaluateConfig, options) as unknown as Scores<R, M>;
}
