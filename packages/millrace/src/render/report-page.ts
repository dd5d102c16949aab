import type { Cost, Row } from '@millrace/core';
import type { RowsDiff, RunsDiff } from '../command/diff.js';
import type { MetricValue } from '../command/metrics.js';
import { jsonText } from '../command/session.js';
import { COUNTS, countCells, metricName, signed, valueText } from './diff-lines.js';
import { escaped } from './graphs.js';
import { cut } from './lines.js';
import { costWords } from './run-lines.js';
import { figure, many } from './words.js';

export interface ReportData {
  readonly title: string;
  readonly label: string;
  readonly fingerprint: string;
  readonly at: string;
  readonly cost: Cost;
  readonly rows: number;
  readonly metrics: RunsDiff['metrics'];
  readonly baseline: string | undefined;
  readonly plots: readonly {
    readonly column: string;
    readonly counts: readonly { from: number; to: number; count: number }[];
  }[];
  readonly worst: readonly { readonly at: number; readonly row: Row }[];
  readonly changes: RowsDiff | undefined;
}

const STYLE =
  'body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#223}table{border-collapse:collapse;margin:1rem 0;font-size:13px}td,th{border-bottom:1px solid #dde;padding:.3rem .7rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}.dim{color:#667}figure{display:inline-block;margin:.5rem 1rem .5rem 0}@media(prefers-color-scheme:dark){body{background:#15181d;color:#dde}td,th{border-color:#334}.dim{color:#99a}}';

/** A page that loads nothing: no script, no font, no picture from elsewhere. */
export const reportPage = (data: ReportData): string =>
  [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<title>${escaped(data.title)}</title><style>${STYLE}</style></head><body>`,
    `<h1>${escaped(data.title)}</h1><p class="dim">${escaped(data.label)} · ${many(data.rows, 'row')} · ${escaped(data.at)} · ${escaped(costWords(data.cost))} · ${escaped(data.fingerprint)}</p>`,
    ...(data.metrics.length ? [section('Metrics', metricsTable(data))] : []),
    ...(data.plots.length ? [section('Scores', data.plots.map(plot).join(''))] : []),
    ...(data.worst.length ? [section('Worst rows', rowsTable(data.worst))] : []),
    ...(data.changes ? [section(`Changed since ${escaped(data.baseline ?? '')}`, changes(data.changes))] : []),
    '</body></html>\n',
  ].join('\n');

const section = (title: string, body: string): string => `<h2>${title}</h2>${body}`;

const metricsTable = ({ metrics, baseline }: ReportData): string =>
  table(
    ['metric', 'value', ...COUNTS, ...(baseline === undefined ? [] : [baseline, 'change'])],
    metrics.map(({ before, after }) => [
      metricName((after ?? before) as MetricValue),
      valueText(after),
      ...countCells(undefined, after),
      ...(baseline === undefined ? [] : [valueText(before), change(before, after)]),
    ]),
  );

const change = (before: MetricValue | undefined, after: MetricValue | undefined): string =>
  typeof before?.value === 'number' && typeof after?.value === 'number' ? signed(after.value - before.value) : '';

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  `<table><tr>${head.map((cell) => `<th>${escaped(cell)}</th>`).join('')}</tr>${rows.map((row) => `<tr>${row.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`).join('')}</table>`;

const [WIDE, HIGH] = [260, 110];

function plot({ column, counts }: ReportData['plots'][number]): string {
  const most = Math.max(1, ...counts.map(({ count }) => count));
  const bar = WIDE / Math.max(1, counts.length);
  const bars = counts.map(({ from, to, count }, i) => {
    const high = (count / most) * (HIGH - 20);
    return `<rect x="${(i * bar).toFixed(1)}" y="${(HIGH - 16 - high).toFixed(1)}" width="${(bar - 1).toFixed(1)}" height="${high.toFixed(1)}" fill="#5b8def"><title>${from === to ? figure(from) : `${figure(from)} to ${figure(to)}`}: ${count}</title></rect>`;
  });
  const [low, high] = [counts[0]?.from ?? 0, counts.at(-1)?.to ?? 0];
  return `<figure><figcaption>${escaped(column)}</figcaption><svg width="${WIDE}" height="${HIGH}" font-size="11" fill="currentColor">${bars.join('')}<text y="${HIGH - 3}">${figure(low)}</text><text x="${WIDE}" y="${HIGH - 3}" text-anchor="end">${figure(high)}</text></svg></figure>`;
}

const rowsTable = (rows: ReportData['worst']): string => {
  const names = Object.keys(rows[0]?.row ?? {}).slice(0, 12);
  return table(
    ['row', ...names],
    rows.map(({ at, row }) => [String(at), ...names.map((name) => cellText(row[name]))]),
  );
};

const cellText = (value: unknown): string => {
  if (value === null || value === undefined) return '∅';
  if (typeof value === 'string') return cut(value, 400);
  if (typeof value === 'number') return figure(value);
  if (ArrayBuffer.isView(value)) return `${(value as Uint8Array).length} values`;
  return cut(jsonText(value), 400);
};

const changes = ({ changed, added, removed, examples }: RowsDiff): string =>
  `<p>${many(changed, 'row')} changed, ${added} added, ${removed} removed</p>${table(
    ['row', 'before', 'now'],
    examples.map(({ row, before, after }) => [
      String(row),
      before ? cellText(before) : '',
      after ? cellText(after) : '',
    ]),
  )}`;
