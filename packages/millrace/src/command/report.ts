import { newestNamed, type Plan, planGraph, type Row, reading, redact, type Step } from '@millrace/core';
import { type ReportData, reportPage } from '../render/report-page.js';
import { paired, rowsDiff } from './diff.js';
import { fingerprintsOf, type MetricValue, metricsOfEntry, metricsOfRun } from './metrics.js';
import type { Opened } from './opened.js';
import { runNamed } from './runs.js';
import { storedOf, type Wanted, wanted, withBelow } from './stage-named.js';

const WORST = 25;

/** One page that needs nothing beside itself: metrics, intervals, plots, the worst rows, what changed since a run. */
export async function report(
  name: string,
  { baseline }: { readonly baseline?: string | undefined },
  opened: Opened,
): Promise<string> {
  const { plan } = await planGraph(opened.graph, { need: [] }, opened.ports);
  const place = wanted(name, plan, opened);
  const { entry, output } = storedOf(place, opened);
  const about = stagesAbout(place.step, plan);
  const metrics = await metricsNewest(about, opened);
  const was = baseline === undefined ? undefined : runNamed(baseline, opened);
  const names = new Set(about.flatMap(({ node }) => node.names));
  const before = was ? (await metricsOfRun(was, opened.store)).filter(({ stage }) => names.has(stage)) : [];
  const rows = output.is === 'table' ? ((await reading(output, opened.store, (reader) => reader.all())) as Row[]) : [];
  const scored = scoresIn(rows, metrics);
  const page = reportPage({
    title: name,
    label: place.step.label,
    fingerprint: entry.fingerprint,
    at: entry.at,
    cost: entry.worth,
    rows: rows.length,
    metrics: paired(before, metrics),
    baseline,
    plots: scored.map((column) => ({ column, counts: histogram(rows.map((row) => row[column])) })),
    worst: worstOf(rows, scored, metrics),
    changes: was ? await changesSince(place, fingerprintsOf(was), opened) : undefined,
  });
  return redact(page);
}

/** Its own stages, where one declaration makes several, and what stands below them: their metrics speak of it. */
function stagesAbout(step: Step, { steps }: Plan): Step[] {
  const family = step.node.stage.within?.family;
  const own = steps.filter((each) => each === step || (family && each.node.stage.within?.family === family));
  return withBelow(steps, own);
}

/** As they are stored, whichever run computed them. */
async function metricsNewest(steps: readonly Step[], { store }: Opened): Promise<MetricValue[]> {
  const found: MetricValue[] = [];
  for (const { decision, fingerprint, node } of steps) {
    const entry = 'entry' in decision ? decision.entry : (store.entry(fingerprint) ?? newestNamed(node, store));
    if (entry) for (const name of node.names) found.push(...(await metricsOfEntry(name, entry, store)));
  }
  return found;
}

/** Columns of numbers: first those that a metric names. */
function scoresIn(rows: readonly Row[], metrics: readonly MetricValue[]): string[] {
  const numbers = Object.keys(rows[0] ?? {}).filter((name) =>
    rows.every((row) => row[name] === null || typeof row[name] === 'number'),
  );
  const named = numbers.filter((name) => metrics.some(({ metric }) => metric === name));
  return (named.length ? named : numbers).slice(0, 8);
}

const BINS = 20;

function histogram(values: readonly unknown[]): ReportData['plots'][number]['counts'] {
  const numbers = values.filter((value): value is number => typeof value === 'number' && Number.isFinite(value));
  if (numbers.length === 0) return [];
  let [low, high] = [numbers[0] as number, numbers[0] as number];
  for (const n of numbers) [low, high] = [Math.min(low, n), Math.max(high, n)];
  if (low === high) return [{ from: low, to: high, count: numbers.length }];
  const step = (high - low) / BINS;
  const counts = Array.from({ length: BINS }, (_, i) => ({ from: low + i * step, to: low + (i + 1) * step, count: 0 }));
  for (const n of numbers) (counts[Math.min(BINS - 1, Math.floor((n - low) / step))] as { count: number }).count++;
  return counts;
}

/** By the sum of the scores; one where less is better counts against the row. */
function worstOf(
  rows: readonly Row[],
  scored: readonly string[],
  metrics: readonly MetricValue[],
): ReportData['worst'] {
  if (scored.length === 0) return [];
  const lower = new Set(metrics.filter(({ better }) => better === 'lower').map(({ metric }) => metric));
  const scoreOf = (value: unknown, name: string) =>
    typeof value === 'number' ? (lower.has(name) ? -value : value) : Number.NEGATIVE_INFINITY;
  return rows
    .map((row, at) => ({ at, row, score: scored.reduce((sum, name) => sum + scoreOf(row[name], name), 0) }))
    .sort((a, b) => (a.score < b.score ? -1 : a.score > b.score ? 1 : a.at - b.at))
    .slice(0, WORST)
    .map(({ at, row }) => ({ at, row }));
}

async function changesSince(
  { step, part }: Wanted,
  before: ReadonlyMap<string, string>,
  { store }: Opened,
): Promise<ReportData['changes']> {
  const fingerprint = before.get(step.name);
  const was = fingerprint === undefined ? undefined : store.entry(fingerprint)?.parts[part];
  const now = store.entry(step.fingerprint)?.parts[part];
  return was?.is === 'table' && now?.is === 'table' ? rowsDiff(was, now, store) : undefined;
}
