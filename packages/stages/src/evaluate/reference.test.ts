import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { type BleuConfig, bleu } from './bleu.js';
import { chrf } from './chrf.js';
import { fairCoin } from './compare.js';
import { type Average, f1, precision, recall } from './labels.js';
import { exactMatch } from './matches.js';
import { type Metric, type Statistic, scoreRow } from './metric.js';
import { rouge1, rouge2, rougeL, tokenF1 } from './overlaps.js';
import { passAtK } from './pass-at-k.js';

/** Numbers that the reference implementations gave; `made with` names them and their versions. */
interface Reference {
  readonly 'made with': Readonly<Record<string, string>>;
  readonly pairs: readonly { readonly prediction: string; readonly references: readonly string[] }[];
  readonly bleu: readonly { readonly config: string; readonly rows: readonly number[]; readonly score: number }[];
  readonly chrf: readonly {
    readonly wordOrder: number;
    readonly lowercase: boolean;
    readonly rows: readonly number[];
    readonly score: number;
  }[];
  readonly rouge: readonly { readonly rouge1: number; readonly rouge2: number; readonly rougeL: number }[];
  readonly tokenF1: readonly number[];
  readonly labels: readonly {
    readonly reference: readonly string[];
    readonly prediction: readonly string[];
    readonly average: Average;
    readonly precision: number;
    readonly recall: number;
    readonly f1: number;
  }[];
  readonly mcnemar: readonly { readonly onlyA: number; readonly onlyB: number; readonly p: number }[];
  readonly passAtK: readonly { readonly n: number; readonly c: number; readonly k: number; readonly value: number }[];
}
const reference = JSON.parse(readFileSync(new URL('./fixtures/reference.json', import.meta.url), 'utf8')) as Reference;

const row = (i: number) => ({ prediction: reference.pairs[i]!.prediction, reference: reference.pairs[i]!.references });
async function corpus(metric: Metric, rows: readonly number[]): Promise<number> {
  const statistics = (await Promise.all(rows.map((i) => scoreRow(metric, row(i))))) as Statistic[];
  return metric.fold(statistics, { n: rows.length, failed: 0 });
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

test('the table was made with known versions', () => {
  expect(reference['made with']).toMatchObject({ sacrebleu: '2.6.0', 'rouge-score': '0.1.2' });
});

describe('BLEU and chrF agree with sacreBLEU', () => {
  test.each(reference.bleu)('bleu $config of rows $rows is $score', async ({ config, rows, score }) => {
    expect(await corpus(bleu(BLEU[config]), rows)).toBeCloseTo(score, 9);
  });

  test.each(reference.chrf)(
    'chrf $wordOrder $lowercase of rows $rows is $score',
    async ({ wordOrder, lowercase, rows, score }) => {
      expect(await corpus(chrf({ wordOrder, lowercase }), rows)).toBeCloseTo(score, 9);
    },
  );
});

describe('row by row', () => {
  test.each(reference.rouge.map((scores, i) => ({ i, ...scores })))(
    'rouge of row $i agrees with rouge-score',
    async (wanted) => {
      for (const [metric, score] of [
        [rouge1(), wanted.rouge1],
        [rouge2(), wanted.rouge2],
        [rougeL(), wanted.rougeL],
      ] as const) {
        expect(await scoreRow(metric, row(wanted.i))).toBeCloseTo(score, 12);
      }
    },
  );

  test('token F1 agrees with SQuAD', async () => {
    const scores = await Promise.all(reference.pairs.map((_, i) => scoreRow(tokenF1(), row(i))));
    scores.forEach((score, i) => {
      expect(score).toBeCloseTo(reference.tokenF1[i]!, 12);
    });
  });
});

test.each(reference.labels)('$average of $prediction agrees with scikit-learn', async ({ average, ...table }) => {
  for (const [metric, wanted] of [
    [precision({ average }), table.precision],
    [recall({ average }), table.recall],
    [f1({ average }), table.f1],
  ] as const) {
    const rows = table.prediction.map((prediction, i) =>
      scoreRow(metric, { prediction, reference: table.reference[i] }),
    );
    const value = metric.fold((await Promise.all(rows)) as Record<string, number>[], { n: rows.length, failed: 0 });
    expect(value).toBeCloseTo(wanted, 12);
  }
});

test.each(reference.mcnemar)('a coin that falls $onlyA : $onlyB agrees with scipy', ({ onlyA, onlyB, p }) => {
  expect(fairCoin(onlyA, onlyB)).toBeCloseTo(p, 10);
});

test.each(reference.passAtK)('pass@$k of $c right in $n', ({ n, c, k, value }) => {
  const metric = passAtK({ k, correct: exactMatch() });
  expect(metric.fold([{ samples: n, right: c }], { n: 1, failed: 0 })).toBeCloseTo(value, 12);
});
