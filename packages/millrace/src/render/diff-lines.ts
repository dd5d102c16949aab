import type { RunsDiff, StageDiff } from '../command/diff.js';
import type { MetricValue } from '../command/metrics.js';
import { jsonText } from '../command/session.js';
import { aligned, cut, oneLine } from './lines.js';
import type { Paint } from './paint.js';
import { inDigits, many } from './words.js';

export interface DiffLook {
  readonly paint: Paint;
  readonly columns: number | undefined;
}

/** Two runs for people. */
export function diffLines({ before, after, metrics, stages }: RunsDiff, look: DiffLook): string[] {
  const other = stages.filter(({ change }) => change !== 'same');
  return [
    look.paint('bold', `run ${short(before)} → run ${short(after)}`),
    ...(metrics.length
      ? ['', ...aligned([['metric', 'before', 'after', 'change', ...COUNTS], ...metrics.map(metricCells)])]
      : []),
    '',
    ...(other.length ? other.flatMap((stage) => stageLines(stage, look)) : ['no stage differs']),
  ];
}

const short = (id: string): string => id.replace(/^0+(?=\d)/, '');

export const metricName = ({ stage, metric, group }: MetricValue): string =>
  [metric, group, `(${stage})`].filter(Boolean).join(' ');

function metricCells({ before, after }: RunsDiff['metrics'][number]): string[] {
  const change =
    typeof before?.value === 'number' && typeof after?.value === 'number' ? signed(after.value - before.value) : '';
  return [
    metricName((after ?? before) as MetricValue),
    valueText(before),
    valueText(after),
    change,
    ...countCells(before, after),
  ];
}

export const COUNTS = ['n', 'missing', 'failed'] as const;

/** How many rows stand behind a value; both counts where two runs differ. */
export const countCells = (before: MetricValue | undefined, after: MetricValue | undefined): string[] =>
  COUNTS.map((count) => {
    const both = [before?.[count], after?.[count]].filter((one) => typeof one === 'number');
    return [...new Set(both)].join(' → ');
  });

export const signed = (n: number): string => `${n < 0 ? '−' : '+'}${Math.abs(n).toFixed(3)}`;

export function valueText(metric: MetricValue | undefined): string {
  if (!metric) return '–';
  const { value, low, high } = metric;
  if (value === null) return 'none';
  return low === null || high === null ? decimals(value) : `${decimals(value)} [${decimals(low)}, ${decimals(high)}]`;
}

const decimals = (n: number): string => inDigits((digits) => n.toFixed(digits));

function stageLines({ stage, change, columns = [], rows }: StageDiff, { columns: room = 200 }: DiffLook): string[] {
  if (!rows) return [`${stage}: ${change}`];
  const counts = [
    rows.changed ? `${many(rows.changed, 'row')} changed` : '',
    rows.added ? `${many(rows.added, 'row')} added` : '',
    rows.removed ? `${many(rows.removed, 'row')} removed` : '',
  ].filter(Boolean);
  return [
    cut(`${stage}: ${counts.join(', ') || 'columns differ'} (${columns.join(', ')})`, room - 1),
    ...rows.examples.flatMap(({ row, before, after }) => [
      ...(before ? [cut(`  ${row} − ${oneLine(textOf(before, columns))}`, room - 1)] : []),
      ...(after ? [cut(`  ${row} + ${oneLine(textOf(after, columns))}`, room - 1)] : []),
    ]),
  ];
}

/** Only what changed. */
const textOf = (row: Readonly<Record<string, unknown>>, columns: readonly string[]): string =>
  jsonText(Object.fromEntries(Object.entries(row).filter(([name]) => columns.includes(name))));
