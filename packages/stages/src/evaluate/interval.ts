import { type BootstrapConfig, type Interval, percentiles, replicates, type Sample } from './bootstrap.js';
import { isMean, type Metric, SHARE } from './metric.js';
import { studentWithin } from './student.js';
import { normalWithin, wilson } from './wilson.js';

/**
 * Of a share, Wilson's interval; else the bootstrap over questions. Where that tells none, as at 0 of 60, chance alone
 * is not ruled out: at an end of the metric's range Wilson's bound holds, elsewhere none is known.
 */
export function intervalOf(
  metric: Metric,
  sample: Sample,
  { value, config }: { readonly value: number; readonly config: BootstrapConfig },
): Interval | undefined {
  const { range } = metric;
  const [n, { level }] = [sample.questions.length, config];
  if (isMean(metric) && range === SHARE && sample.statistics.every((one) => one === 0 || one === 1))
    return wilson(value, effectiveCount(sample.statistics as readonly number[], sample.questions, level), level);
  const drawn = bootstrapInterval(replicates(metric, sample, config), { scale: Math.abs(value), questions: n, level });
  if (drawn) return drawn;
  const end = range?.find((one) => Math.abs(one - value) <= ROUNDING * Math.max(...range.map(Math.abs)));
  return range && end !== undefined ? atEnd(end, { range, n, level }) : undefined;
}

const ROUNDING = 1e-12;

interface Drawn {
  /** of the values, whose last bits are noise */
  readonly scale: number;
  readonly questions: number;
  readonly level: number;
}

/**
 * Percentiles of the replicates, as far out as a mean of so few questions needs (Hesterberg 2015). None where all are
 * equal, or where the questions are so few that not even all of their range would be as sure.
 */
export function bootstrapInterval(values: Float64Array, { scale, questions, level }: Drawn): Interval | undefined {
  if (1 - 2 ** (1 - questions) < level) return undefined;
  const wider = Math.sqrt(questions / (questions - 1)) * studentWithin(level, questions - 1);
  const drawn = percentiles(values, normalWithin(wider));
  return drawn.high - drawn.low > ROUNDING * scale ? drawn : undefined;
}

function atEnd(
  value: number,
  { range: [least, most], n, level }: { range: readonly [number, number]; n: number; level: number },
): Interval {
  const { low, high } = wilson((value - least) / (most - least), n, level);
  return { low: least + low * (most - least), high: least + high * (most - least) };
}

/**
 * How many independent rows would tell as much: all of them where each is a question, else fewer, by the spread between
 * the questions. Few questions say little of that spread (Korn and Graubard 1998); a question says as much as a row.
 */
function effectiveCount(values: readonly number[], questions: readonly (readonly number[])[], level: number): number {
  const n = values.length;
  const share = values.reduce((sum, value) => sum + value, 0) / n;
  if (share === 0 || share === 1 || questions.length === n) return questions.length;
  const spread = questions.reduce(
    (all, rows) => all + rows.reduce((sum, row) => sum + values[row]! - share, 0) ** 2,
    0,
  );
  const worth = Math.min(n, (n * n * share * (1 - share)) / spread);
  if (questions.length === 1) return 1;
  const surely = worth * (studentWithin(level, n - 1) / studentWithin(level, questions.length - 1)) ** 2;
  return Math.max(surely, Math.min(worth, questions.length));
}
