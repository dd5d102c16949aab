import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import type { JsonSchema } from '../extract/schema.js';
import { type BleuConfig, bleu } from './bleu.js';
import { chrf } from './chrf.js';
import { jsonValid } from './json-valid.js';
import { type Average, f1, precision, recall } from './labels.js';
import { accuracy, exactMatch, normalisedMatch, numericTolerance } from './matches.js';
import { type Metric, type Statistic, scoreRow } from './metric.js';
import { editDistance, rouge1, rouge2, rougeL, tokenF1 } from './overlaps.js';
import { passAtK } from './pass-at-k.js';
import { semanticSimilarity } from './similarity.js';

const fixture = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), 'utf8')) as T;

interface Row {
  readonly prediction: unknown;
  readonly reference: unknown;
}

async function folded(metric: Metric, rows: readonly Row[]): Promise<number> {
  const scores = (await Promise.all(rows.map((row) => scoreRow(metric, { ...row })))) as Statistic[];
  return metric.fold(scores, { n: rows.length, failed: 0 });
}

interface Texts {
  readonly cases: readonly {
    readonly rows: readonly (readonly [string, readonly string[]])[];
    readonly values: readonly Readonly<Record<string, number>>[];
    readonly bleu: Readonly<Record<string, number>>;
    readonly chrf: readonly (readonly [wordOrder: number, lowercase: boolean, score: number])[];
  }[];
}

const BLEU: Readonly<Record<string, Partial<BleuConfig>>> = {
  exp: {},
  none: { smoothing: 'none' },
  floor: { smoothing: 'floor' },
  'add-k': { smoothing: 'add-k' },
  lowercase: { lowercase: true },
  words: { tokenize: 'words' },
  characters: { tokenize: 'characters' },
};

const OF_A_ROW: Readonly<Record<string, Metric>> = {
  exact: exactMatch(),
  normalised: normalisedMatch(),
  tokenF1: tokenF1(),
  edits: editDistance(),
  editsOfLength: editDistance({ of: 'length' }),
  'rouge1 ascii': rouge1(),
  'rouge2 ascii': rouge2(),
  'rougeL ascii': rougeL(),
  'rouge1 unicode': rouge1({ words: 'unicode' }),
  'rouge2 unicode': rouge2({ words: 'unicode' }),
  'rougeL unicode': rougeL({ words: 'unicode' }),
};

const rowsOf = ({ rows }: Texts['cases'][number]) => rows.map(([prediction, reference]) => ({ prediction, reference }));

test('BLEU and chrF of random texts agree with sacreBLEU', async () => {
  for (const one of fixture<Texts>('texts').cases) {
    for (const [name, score] of Object.entries(one.bleu))
      expect([name, await folded(bleu(BLEU[name]) as Metric, rowsOf(one))]).toEqual([name, expect.closeTo(score, 9)]);
    for (const [wordOrder, lowercase, score] of one.chrf)
      expect(await folded(chrf({ wordOrder, lowercase }) as Metric, rowsOf(one))).toBeCloseTo(score, 9);
  }
});

test.each(Object.entries(OF_A_ROW))('%s of random texts agrees with its reference', async (name, metric) => {
  for (const one of fixture<Texts>('texts').cases)
    for (const [at, row] of rowsOf(one).entries())
      expect([row, await scoreRow(metric, row)]).toEqual([row, expect.closeTo(one.values[at]![name]!, 12)]);
});

interface Labels {
  readonly cases: readonly {
    readonly rows: readonly (readonly [prediction: string | null, reference: string])[];
    readonly accuracy: number;
    readonly scores: readonly (readonly [average: Average, measure: 'precision' | 'recall' | 'f1', value: number])[];
  }[];
}

test.each(fixture<Labels>('labels').cases)('random labels agree with scikit-learn: $accuracy right', async (one) => {
  const rows = one.rows.map(([prediction, reference]) => ({ prediction, reference }));
  expect(await folded(accuracy(), rows)).toBeCloseTo(one.accuracy, 12);
  for (const [average, measure, value] of one.scores) {
    const metric = { precision, recall, f1 }[measure]({ average }) as Metric;
    expect([average, measure, await folded(metric, rows)]).toEqual([average, measure, expect.closeTo(value, 12)]);
  }
});

interface Values {
  readonly passAtK: readonly {
    readonly k: number;
    readonly tasks: readonly (readonly [samples: number, right: number])[];
    readonly value: number;
  }[];
  readonly numbers: readonly (Row & {
    readonly absolute: number;
    readonly relative: number;
    readonly value: number | null;
  })[];
  readonly vectors: readonly { readonly a: number[]; readonly b: number[]; readonly value: number }[];
  readonly documents: readonly {
    readonly schema: JsonSchema;
    readonly prediction: string;
    readonly value: number;
  }[];
}
const values = fixture<Values>('values');

test('pass@k agrees with the product and with exact binomials', () => {
  for (const { k, tasks, value } of values.passAtK) {
    const sums = tasks.map(([samples, right]) => ({ samples, right }));
    const metric = passAtK({ k, correct: exactMatch() });
    expect([k, tasks, metric.fold(sums, { n: tasks.length, failed: 0 })]).toEqual([
      k,
      tasks,
      expect.closeTo(value, 12),
    ]);
  }
});

test('numbers within a tolerance agree with a script', async () => {
  for (const { absolute, relative, value, ...row } of values.numbers)
    expect([row, absolute, relative, await scoreRow(numericTolerance({ absolute, relative }), row)]).toEqual([
      row,
      absolute,
      relative,
      value,
    ]);
});

test('the cosine of two vectors agrees with SciPy and scikit-learn', async () => {
  for (const { a, b, value } of values.vectors)
    expect(await scoreRow(semanticSimilarity(), { predictionVector: a, referenceVector: b })).toBeCloseTo(value, 12);
});

test('JSON that is valid and fits agrees with Python’s json and jsonschema', async () => {
  for (const { schema, prediction, value } of values.documents)
    expect([prediction, schema, await scoreRow(jsonValid({ schema }), { prediction })]).toEqual([
      prediction,
      schema,
      value,
    ]);
});
