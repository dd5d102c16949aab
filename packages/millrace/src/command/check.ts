import { Mistake } from '../mistake.js';
import { metricName } from '../render/diff-lines.js';
import { spelled } from '../render/spelling.js';
import { suggested } from '../render/suggested.js';
import { many } from '../render/words.js';
import { paired } from './diff.js';
import { type MetricValue, metricsOfRun, stateNow } from './metrics.js';
import type { Opened } from './opened.js';
import { runNamed } from './runs.js';

export interface CheckAsked {
  /** `em=0.8` */
  readonly min: readonly string[];
  /** `ed=2` */
  readonly max: readonly string[];
  /** By so much a metric may be worse than in the baseline. */
  readonly maxDrop?: number | undefined;
  /** So many rows may have no prediction or have failed. Default: none. */
  readonly maxMissing?: number | undefined;
  readonly baseline?: string | undefined;
}

export interface Checked {
  readonly ok: boolean;
  readonly metrics: readonly { readonly before?: MetricValue; readonly after?: MetricValue }[];
  readonly failures: readonly string[];
}

/** Whether the metrics are good enough: for continuous integration. Runs nothing. */
export async function check(asked: CheckAsked, opened: Opened): Promise<Checked> {
  if (asked.maxDrop !== undefined && asked.baseline === undefined)
    throw new Mistake(
      'Cannot check a drop without a baseline: there is nothing to compare with. Add --baseline NAME, the name of an earlier run.',
    );
  const { metrics: now, failed } = await stateNow(opened);
  if (now.length === 0)
    throw new Mistake(
      'There are no metrics in this pipeline: no stage gives a table with metric and value. Add an evaluate stage and its summary to the outputs.',
    );
  const before = asked.baseline === undefined ? [] : await metricsOfRun(runNamed(asked.baseline, opened), opened.store);
  const pairs = paired(before, now);
  const failures = [
    ...asked.min.flatMap((text) => beyond({ text, bound: 'min' }, now)),
    ...asked.max.flatMap((text) => beyond({ text, bound: 'max' }, now)),
    ...dropped(pairs, asked.maxDrop),
    ...incomplete(now, asked.maxMissing ?? 0, failed),
  ];
  return { ok: failures.length === 0, metrics: pairs, failures };
}

function beyond(
  { text, bound }: { readonly text: string; readonly bound: 'min' | 'max' },
  metrics: readonly MetricValue[],
): string[] {
  const [, name = '', limit = ''] = /^([^=]+)=(-?\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (!name) throw new Mistake(`Cannot read --${bound} ${text}: it is not metric=number. Write --${bound} em=0.8.`);
  const found = metrics.filter(({ metric }) => metric === name);
  if (found.length === 0)
    throw new Mistake(
      `There is no metric ${name}. ${spelled(name, [...new Set(metrics.map(({ metric }) => metric))], 'There are')}`,
    );
  const within = (value: number) => (bound === 'min' ? value >= Number(limit) : value <= Number(limit));
  return found
    .filter(({ value }) => value === null || !within(value))
    .map(
      (metric) => `${metricName(metric)} is ${digits(metric.value)}, ${bound === 'min' ? 'below' : 'above'} ${limit}`,
    );
}

const digits = (value: number | null): string => value?.toFixed(4) ?? 'unknown';

function incomplete(metrics: readonly MetricValue[], most: number, stages: readonly string[]): string[] {
  const found = metrics.filter((metric) => without(metric) > most);
  const said = found.map(
    (metric) =>
      `${metricName(metric)}: ${many(metric.missing ?? 0, 'row')} without a prediction and ${metric.failed ?? 0} failed, more than ${most}. Mend them, or allow so many: --max-missing ${without(metric)}`,
  );
  const failed = found.some((metric) => metric.failed) ? stages : [];
  return [
    ...said,
    ...failed.map((stage) => `rows of ${stage} failed: ${suggested('show', stage, '--failed')} says why`),
  ];
}

const without = ({ missing, failed }: MetricValue): number => (missing ?? 0) + (failed ?? 0);

const dropped = (pairs: Checked['metrics'], most: number | undefined): string[] =>
  most === undefined ? [] : pairs.flatMap(({ before, after }) => (before ? worse(before, after, most) : []));

/** Where less is better, a rise is the loss. */
function worse(before: MetricValue, after: MetricValue | undefined, most: number): string[] {
  if (before.value === null) return [];
  if (typeof after?.value !== 'number')
    return [`${metricName(before)} was ${digits(before.value)} and has no value now`];
  const change = after.value - before.value;
  const lower = (after.better ?? before.better) === 'lower';
  const loss = lower ? change : -change;
  return loss > most + 1e-12
    ? [`${metricName(after)} ${lower ? 'rose' : 'fell'} by ${loss.toFixed(4)}, more than ${most}`]
    : [];
}
