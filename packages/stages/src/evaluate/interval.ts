import { type BootstrapConfig, type Interval, percentiles, replicates, type Sample } from './bootstrap.js';
import { isMean, type Metric, SHARE } from './metric.js';
import { wilson } from './wilson.js';

/**
 * Of a share, Wilson's interval; else the bootstrap over questions. Where that has no width, as at 0 of 60, chance alone
 * is not ruled out: at an end of the metric's range Wilson's bound holds, elsewhere none is known.
 */
export function intervalOf(
  metric: Metric,
  sample: Sample,
  { value, config }: { readonly value: number; readonly config: BootstrapConfig },
): Interval | undefined {
  const { range } = metric;
  if (isMean(metric) && range === SHARE && sample.statistics.every((one) => one === 0 || one === 1))
    return wilson(value, effectiveCount(sample.statistics as readonly number[], sample.questions), config.level);
  const drawn = percentiles(replicates(metric, sample, config), config.level);
  if (drawn.high - drawn.low > ROUNDING * Math.abs(value)) return drawn;
  const end = range?.find((one) => Math.abs(one - value) <= ROUNDING * Math.max(...range.map(Math.abs)));
  return range && end !== undefined
    ? atEnd(end, { range, n: sample.questions.length, level: config.level })
    : undefined;
}

const ROUNDING = 1e-12;

function atEnd(
  value: number,
  { range: [least, most], n, level }: { range: readonly [number, number]; n: number; level: number },
): Interval {
  const { low, high } = wilson((value - least) / (most - least), n, level);
  return { low: least + low * (most - least), high: least + high * (most - least) };
}

/** How many independent rows would tell as much: all of them where each is a question, else fewer, by the spread between the questions. */
function effectiveCount(values: readonly number[], questions: readonly (readonly number[])[]): number {
  const n = values.length;
  const share = values.reduce((sum, value) => sum + value, 0) / n;
  if (share === 0 || share === 1) return questions.length;
  const spread = questions.reduce(
    (all, rows) => all + rows.reduce((sum, row) => sum + values[row]! - share, 0) ** 2,
    0,
  );
  return questions.length === n ? n : Math.min(n, (n * n * share * (1 - share)) / spread);
}
