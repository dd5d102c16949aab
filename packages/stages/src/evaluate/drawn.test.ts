import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { bleu } from './bleu.js';
import { chrf } from './chrf.js';
import { f1, precision, recall } from './labels.js';
import { accuracy } from './matches.js';
import { type Metric, type Statistic, scoreRow } from './metric.js';
import { rouge1, rouge2, rougeL } from './overlaps.js';

interface Case {
  readonly rows: readonly (readonly [string, string])[];
  readonly texts: Readonly<Record<string, number>>;
  readonly labels: readonly (readonly [string, string])[];
  readonly byLabel: Readonly<Record<string, number>>;
}
const cases = JSON.parse(readFileSync(new URL('./fixtures/drawn.json', import.meta.url), 'utf8')) as Case[];

const METRICS: Readonly<Record<string, Metric>> = {
  bleu: bleu() as Metric,
  chrf: chrf() as Metric,
  rouge1: rouge1(),
  rouge2: rouge2(),
  rougeL: rougeL(),
  accuracy: accuracy(),
  ...Object.fromEntries(
    (['macro', 'micro', 'weighted'] as const).flatMap((average) =>
      Object.entries({ precision, recall, f1 }).map(([name, of]) => [`${average} ${name}`, of({ average }) as Metric]),
    ),
  ),
};

async function folded(metric: Metric, rows: Case['rows']): Promise<number> {
  const scored = rows.map(([prediction, reference]) => scoreRow(metric, { prediction, reference }));
  return metric.fold((await Promise.all(scored)) as Statistic[], { n: rows.length, failed: 0 });
}

test.each(cases)(
  'metrics of random texts and labels agree with sacreBLEU, rouge-score and scikit-learn',
  async (one) => {
    for (const [wanted, rows] of [
      [one.texts, one.rows],
      [one.byLabel, one.labels],
    ] as const)
      for (const [name, value] of Object.entries(wanted))
        expect([name, await folded(METRICS[name] as Metric, rows)]).toEqual([name, expect.closeTo(value, 9)]);
  },
);
