import {
  known,
  type Node,
  type Output,
  objectsRead,
  planGraph,
  type Row,
  type RunRecord,
  reading,
  type Step,
  type Store,
  type Stored,
  storedNow,
} from '@millrace/core';
import { Mistake } from '../mistake.js';
import { suggested } from '../render/suggested.js';
import type { Opened } from './opened.js';
import { withBelow } from './stage-named.js';

export interface MetricValue {
  readonly stage: string;
  readonly metric: string;
  /** Of which group of rows; empty: of all. */
  readonly group: string;
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly n: number | null;
  /** Rows without a prediction. */
  readonly missing: number | null;
  readonly failed: number | null;
  /** Which values are the good ones; null where the table does not say. */
  readonly better: 'higher' | 'lower' | null;
}

const OWN = new Set(['metric', 'value', 'low', 'high', 'n', 'missing', 'failed', 'better']);

/** A table of metrics is one with the columns `metric` and `value`; further columns name groups. */
const isSummary = (output: Output): boolean =>
  output.is === 'table' && ['metric', 'value'].every((name) => output.columns.some((column) => column.name === name));

/** As noted with the record, else as the table has them; none where it was swept. */
export async function metricsOfEntry(
  stage: string,
  { facts, parts }: Pick<Stored, 'facts' | 'parts'>,
  store: Store,
): Promise<MetricValue[]> {
  const noted = notedIn(stage, facts);
  if (noted) return noted;
  const found: MetricValue[] = [];
  for (const output of Object.values(parts)) {
    if (output.is !== 'table' || !isSummary(output) || store.missing(objectsRead(output, 'all')).length) continue;
    for (const row of (await reading(output, store, (reader) => reader.all())) as Row[])
      found.push(metricOf(stage, row));
  }
  return toldApart(found);
}

const notedIn = (stage: string, { metrics }: { readonly metrics?: unknown }): MetricValue[] | undefined =>
  Array.isArray(metrics) ? toldApart(metrics.map((row) => metricOf(stage, row as Row))) : undefined;

/** A table may have several values of one name: the second is #2. */
function toldApart(metrics: readonly MetricValue[]): MetricValue[] {
  const seen = new Map<string, number>();
  return metrics.map((metric) => {
    const n = (seen.get(metricKey(metric)) ?? 0) + 1;
    seen.set(metricKey(metric), n);
    return n === 1 ? metric : { ...metric, group: [metric.group, `#${n}`].filter(Boolean).join(' ') };
  });
}

const metricOf = (stage: string, row: Row): MetricValue => ({
  stage,
  metric: String(row['metric']),
  group: Object.entries(row)
    .filter(([name]) => !OWN.has(name))
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(' '),
  value: numberOf(row['value']),
  low: numberOf(row['low']),
  high: numberOf(row['high']),
  n: numberOf(row['n']),
  missing: numberOf(row['missing']),
  failed: numberOf(row['failed']),
  better: row['better'] === 'lower' || row['better'] === 'higher' ? row['better'] : null,
});

const numberOf = (value: unknown): number | null =>
  typeof value === 'number' || typeof value === 'bigint' ? Number(value) : null;

/** Of a run, as it left them. */
export async function metricsOfRun(run: RunRecord, store: Store): Promise<MetricValue[]> {
  const found: MetricValue[] = [];
  for (const [stage, { fingerprint, ...noted }] of stagesOf(run)) {
    const entry = store.entry(fingerprint);
    found.push(...(notedIn(stage, noted) ?? (entry ? await metricsOfEntry(stage, entry, store) : [])));
  }
  return found;
}

interface RanStage {
  readonly fingerprint: string;
  readonly also?: readonly string[];
  readonly metrics?: unknown;
}

/** By name; equal stages are one computation, and stand here under all of their names. */
const stagesOf = ({ outcome }: RunRecord): [name: string, ran: RanStage][] => {
  const stages = (outcome?.['stages'] ?? {}) as Readonly<Record<string, RanStage>>;
  return Object.entries(stages).flatMap(([name, ran]) =>
    [name, ...(ran.also ?? [])].map((each): [string, RanStage] => [each, ran]),
  );
};

export const fingerprintsOf = (run: RunRecord): Map<string, string> =>
  new Map(stagesOf(run).map(([name, { fingerprint }]) => [name, fingerprint]));

interface StateNow {
  readonly metrics: readonly MetricValue[];
  /** Stages whose rows failed by themselves, as they are stored. */
  readonly failed: readonly string[];
}

/** Of the pipeline as it is, also where rows of it failed; refused where some of it has not run. */
export async function stateNow(opened: Opened): Promise<StateNow> {
  const { store } = opened;
  const { plan } = await planGraph(opened.graph, { need: [] }, opened.ports);
  const stored = new Map<Node, ReturnType<typeof storedNow>>();
  for (const { node } of plan.steps) {
    const inputs = known(node, (above) => stored.get(above)?.parts);
    stored.set(node, inputs && storedNow(node, inputs, store));
  }
  const failing = plan.steps.filter((step) => isFailing(step, store));
  const open = plan.steps.find(({ node }) => !stored.get(node));
  if (open) throw unknown(open, withBelow(plan.steps, failing).includes(open) ? failing[0] : undefined);
  const metrics: MetricValue[] = [];
  for (const { node } of plan.steps)
    for (const name of node.names)
      metrics.push(...(await metricsOfEntry(name, stored.get(node) as Pick<Stored, 'facts' | 'parts'>, store)));
  return { metrics, failed: failing.map(({ name }) => name) };
}

export const metricsNow = async (opened: Opened): Promise<readonly MetricValue[]> => (await stateNow(opened)).metrics;

const isFailing = ({ node, fingerprint }: Step, store: Store): boolean =>
  store.entry(fingerprint)?.status === 'incomplete' &&
  !node.inputs.some(({ node: above }) => store.entry(above.fingerprint)?.status === 'incomplete');

/** Where a stage above has failed rows, another run alone may end as the last one did. */
function unknown(open: Step, failing: Step | undefined): Mistake {
  const notRun = `The metrics are not known: ${open.name} has not run as it is now`;
  return new Mistake(
    failing
      ? `${notRun}, and rows of ${failing.name} failed. See why with ${suggested('show', failing.name, '--failed')}. Then mend them and run again, with --retry-failed where they were refused, or let them count as answered with nothing: ${suggested('accept', failing.name, '--failed')}.`
      : `${notRun}. ${suggested('run')} computes it.`,
  );
}

export const metricKey = ({ stage, metric, group }: MetricValue): string => [stage, metric, group].join('\u0000');
