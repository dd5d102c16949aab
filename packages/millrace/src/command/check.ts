import { Mistake } from '../mistake.js';
import { spelled } from '../render/spelling.js';
import { many } from '../render/words.js';
import { paired } from './diff.js';
import { type MetricValue, metricsNow, metricsOfRun } from './metrics.js';
import type { Opened } from './opened.js';
import { runNamed } from './runs.js';

export interface CheckAsked {
  /** `em=0.8` */
  readonly min: readonly string[];
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
  const now = await metricsNow(opened);
  if (now.length === 0)
    throw new Mistake(
      'There are no metrics in this pipeline: no stage gives a table with metric and value. Add an evaluate stage and its summary to the outputs.',
    );
  const before = asked.baseline === undefined ? [] : await metricsOfRun(runNamed(asked.baseline, opened), opened.store);
  const pairs = paired(before, now);
  const failures = [
    ...asked.min.flatMap((text) => belowMin(text, now)),
    ...dropped(pairs, asked.maxDrop),
    ...now.flatMap((metric) => incomplete(metric, asked.maxMissing ?? 0)),
  ];
  return { ok: failures.length === 0, metrics: pairs, failures };
}

function belowMin(text: string, metrics: readonly MetricValue[]): string[] {
  const [, name = '', least = ''] = /^([^=]+)=(-?\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (!name) throw new Mistake(`Cannot read --min ${text}: it is not metric=number. Write --min em=0.8.`);
  const found = metrics.filter(({ metric }) => metric === name);
  if (found.length === 0)
    throw new Mistake(
      `There is no metric ${name}. ${spelled(name, [...new Set(metrics.map(({ metric }) => metric))], 'There are')}`,
    );
  return found
    .filter(({ value }) => value === null || value < Number(least))
    .map(
      ({ value, group }) => `${name}${group && ` of ${group}`} is ${value?.toFixed(4) ?? 'unknown'}, below ${least}`,
    );
}

function incomplete({ metric, group, missing, failed }: MetricValue, most: number): string[] {
  const [none, bad] = [missing ?? 0, failed ?? 0];
  if (none + bad <= most) return [];
  return [
    `${metric}${group && ` of ${group}`}: ${many(none, 'row')} without a prediction and ${bad} failed, more than ${most}. Mend them, or allow so many: --max-missing ${none + bad}`,
  ];
}

const dropped = (pairs: Checked['metrics'], most: number | undefined): string[] =>
  most === undefined
    ? []
    : pairs.flatMap(({ before, after }) => {
        const drop = typeof before?.value === 'number' ? before.value - (after?.value ?? Number.NEGATIVE_INFINITY) : 0;
        return drop > most + 1e-12 ? [`${before?.metric} fell by ${drop.toFixed(4)}, more than ${most}`] : [];
      });
