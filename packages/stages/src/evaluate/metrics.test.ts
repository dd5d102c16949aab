import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { bleu } from './bleu.js';
import { chrf } from './chrf.js';
import { custom } from './custom.js';
import { jsonValid } from './json-valid.js';
import { f1, macroF1, precision, recall } from './labels.js';
import { accuracy, exactMatch, normalisedMatch, numericTolerance, regexMatch } from './matches.js';
import { type Metric, type Statistic, scoreRow } from './metric.js';
import { editDistance, rouge1, rouge2, rougeL, tokenF1 } from './overlaps.js';
import { passAtK } from './pass-at-k.js';
import { semanticSimilarity } from './similarity.js';

const score = (metric: Metric, prediction: unknown, reference: unknown = 'unused') =>
  scoreRow(metric, { prediction, reference });

const TEXT_METRICS: readonly Metric[] = [
  exactMatch(),
  accuracy(),
  normalisedMatch(),
  tokenF1(),
  rouge1(),
  rouge2(),
  rougeL(),
  bleu(),
  chrf(),
  editDistance(),
  macroF1(),
];

describe('every metric', () => {
  test('is frozen, with an identity that tells configs apart', () => {
    for (const metric of TEXT_METRICS) expect(Object.isFrozen(metric)).toBe(true);
    expect(bleu({ lowercase: true }).identity).not.toEqual(bleu().identity);
    expect(bleu({ lowercase: false }).identity).toEqual(bleu().identity);
    expect(rougeL({ words: 'unicode' }).identity).not.toEqual(rougeL().identity);
    expect(f1({ average: 'micro' }).identity).not.toEqual(precision({ average: 'micro' }).identity);
  });

  test('a row without a reference is failed', async () => {
    for (const metric of TEXT_METRICS) {
      expect(await score(metric, 'x', null)).toBeNull();
      expect(await scoreRow(metric, { prediction: 'x' })).toBeNull();
      expect(await score(metric, null, null)).toBeNull();
    }
  });

  test('a row without a prediction is a wrong one', async () => {
    const rows = [
      { prediction: 'one two three four', reference: 'one two three four' },
      ...Array.from({ length: 9 }, () => ({ prediction: null, reference: 'one two three four' })),
    ];
    const value = async (metric: Metric) => {
      const statistics = (await Promise.all(rows.map((row) => scoreRow(metric, row)))) as Statistic[];
      return metric.fold(statistics, { n: rows.length, failed: 0 });
    };
    // Corpus BLEU by sacreBLEU of the same rows, with empty texts for the missing ones.
    const others = new Map([
      ['bleu', 0.01234],
      ['chrf', 12.1951],
      ['edit_distance', 16.2],
      ['macro_f1', 2 / 11],
      ['macro_precision', 1],
      ['micro_precision', 0.1],
      ['micro_f1', 0.1],
      ['pass_at_1', 1],
    ]);
    const labels = [precision(), recall(), precision({ average: 'micro' }), f1({ average: 'micro' })];
    for (const metric of [...TEXT_METRICS, ...labels, numericTolerance(), regexMatch('one'), jsonValid()])
      if (!['numeric_tolerance', 'json_valid'].includes(metric.name))
        expect([metric.name, await value(metric)]).toEqual([
          metric.name,
          expect.closeTo(others.get(metric.name) ?? 0.1, 3),
        ]);
    expect(await score(numericTolerance(), null, 1)).toBe(0);
    expect(await score(jsonValid(), null)).toBe(0);
    expect(await score(editDistance(), null, '')).toBe(1);
    expect(await score(editDistance({ of: 'length' }), null, 'ab')).toBe(1);
    expect(await score(passAtK({ k: 1, correct: exactMatch() }), null, 'x')).toEqual({ samples: 1, right: 0 });
  });

  test('it is left out where the setting says so, and that is in the identity', async () => {
    const skip = { missing: 'skip' } as const;
    for (const [with_, without] of [
      [exactMatch(skip), exactMatch()],
      [tokenF1(skip), tokenF1()],
      [bleu(skip), bleu()],
      [chrf(skip), chrf()],
      [macroF1(skip), macroF1()],
      [editDistance(skip), editDistance()],
      [passAtK({ k: 1, correct: exactMatch(skip) }), passAtK({ k: 1, correct: exactMatch() })],
    ] as const) {
      expect(await score(with_ as Metric, null, 'x')).toBeNull();
      expect(with_.identity).not.toEqual(without.identity);
    }
    expect(exactMatch({ missing: 'wrong' }).identity).toEqual(exactMatch().identity);
    expect(() => exactMatch({ missing: 'none' as 'skip' })).toThrow(/missing: 'skip'/);
  });

  test('a metric of your own counts a missing prediction as 0, or as it says', async () => {
    const own = (more: object) =>
      custom({ name: 'own', needs: ['prediction'], perRow: () => 1, ...more }) as Metric<number>;
    expect(await score(own({}), null)).toBe(0);
    expect(await score(own({ missing: -1 }), null)).toBe(-1);
    expect(await score(own({ missing: 'skip' }), null)).toBeNull();
    expect(await score(own({ better: 'lower' }), null)).toBeNull();
    expect(await score(own({ fold: () => 1 }), null)).toBeNull();
    expect(await score(own({ fold: () => 1, missing: { a: 1 } }), null)).toEqual({ a: 1 });
    expect(own({ missing: -1 }).identity).toMatchObject({ code: { missing: -1 } });
  });

  test('a value without a text is a failed row, no crash', async () => {
    for (const metric of TEXT_METRICS) expect(await score(metric, new Map(), 'x')).toBeNull();
  });

  test('equal texts have the best value, whatever they are', async () => {
    const bests = new Map<string, number>([
      ['bleu', 100],
      ['chrf', 100],
      ['edit_distance', 0],
    ]);
    const text = fc
      .array(fc.constantFrom('one', 'two', 'drei', '3', 'four!'), { minLength: 4, maxLength: 12 })
      .map((words) => words.join(' '));
    for (const metric of TEXT_METRICS) {
      await fc.assert(
        fc.asyncProperty(text, async (same) => {
          const statistic = (await score(metric, same, same)) as Statistic;
          expect(metric.fold([statistic], { n: 1, failed: 0 })).toBeCloseTo(bests.get(metric.name) ?? 1, 9);
        }),
        { numRuns: 20 },
      );
    }
  });

  test('statistics of texts are small records of finite numbers, in the same bits each time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string(),
        fc.array(fc.string(), { minLength: 1, maxLength: 3 }),
        async (prediction, references) => {
          for (const metric of TEXT_METRICS) {
            const once = await score(metric, prediction, references);
            expect(once).not.toBeNull();
            expect(await score(metric, prediction, references)).toEqual(once);
            expect(Number.isFinite(metric.fold([once!], { n: 1, failed: 0 }))).toBe(true);
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('matches', () => {
  test.each<[Metric, unknown, unknown, number | null]>([
    [exactMatch(), 'a', 'a', 1],
    [exactMatch(), 'a', 'A', 0],
    [exactMatch(), 'b', ['a', 'b'], 1],
    [exactMatch(), 42, '42', 1],
    [exactMatch(), { b: 1, a: 2 }, { a: 2, b: 1 }, 1],
    [exactMatch(), ['a', 'b'], ['a', 'b'], 1],
    [exactMatch(), ['b', 'a'], ['a', 'b'], 0],
    [normalisedMatch(), 'The  Cat!', 'cat', 1],
    [normalisedMatch(), 'theatre', 'atre', 0],
    [regexMatch(/^\d+$/), '123', null, 1],
    [regexMatch('b', { whole: true }), 'abc', null, 0],
    [regexMatch(/a|b/g, { whole: true }), 'b', null, 1],
    [regexMatch(/b/m, { whole: true }), 'a\nb', null, 0],
    [regexMatch(/^b$/m, { whole: true }), 'b', null, 1],
    [numericTolerance(), ' 1e2 ', 100, 1],
    [numericTolerance({ absolute: 0.5 }), '99.4', 100, 0],
    [numericTolerance({ relative: 0.01 }), 101, '100', 1],
    [numericTolerance({ relative: 0.01 }), 99, -100, 0],
    [numericTolerance(), 'about 100', 100, 0],
    [numericTolerance(), 100, 'about 100', null],
    [numericTolerance(), 100, '1e999', null],
    [numericTolerance({ relative: 0.1 }), 5n, ['7', 5.2], 1],
    [numericTolerance(), 2n ** 60n + 1n, String(2n ** 60n), 0],
    [numericTolerance(), '9007199254740993', 9007199254740992n, 0],
    [editDistance(), '😀', '😁', 1],
    [editDistance({ of: 'length' }), 'a😀', 'b😀', 0.5],
    [editDistance(), 'kitten', 'sitting', 3],
    [editDistance(), 'kitten', ['sitting', 'kittens'], 1],
    [editDistance({ of: 'length' }), 'kitten', 'sitting', 3 / 7],
    [editDistance({ of: 'length' }), '', '', 0],
    [rouge1({ words: 'unicode' }), 'Größe', 'größe', 1],
    [rouge1(), '漢', '漢', 0],
  ])('%# %j %j', async (metric, prediction, reference, expected) => {
    expect(await score(metric, prediction, reference ?? 'unused')).toBe(expected);
  });

  test('a stateful flag of the pattern says nothing', async () => {
    const metric = regexMatch(/a/g);
    expect([await score(metric, 'a'), await score(metric, 'a')]).toEqual([1, 1]);
    expect(metric.identity).toEqual(regexMatch('a').identity);
  });
});

describe('labels, worked by hand', () => {
  const rows = [
    ['spam', 'spam'],
    ['spam', 'ham'],
    ['ham', 'spam'],
    ['ham', 'ham'],
    ['ham', 'ham'],
  ] as const;
  const value = async (metric: Metric) =>
    metric.fold((await Promise.all(rows.map(([p, r]) => score(metric, p, r)))) as Statistic[], { n: 5, failed: 0 });

  test('one label', async () => {
    expect(await value(precision({ average: { label: 'spam' } }))).toBe(0.5);
    expect(await value(recall({ average: { label: 'ham' } }))).toBeCloseTo(2 / 3);
    expect(await value(f1({ average: { label: 'nothing' } }))).toBe(0);
  });

  test('macro F1 is no mean of rows', async () => expect(await value(macroF1())).toBeCloseTo((1 / 2 + 2 / 3) / 2));

  test('labels may be called anything', async () => {
    const statistic = (await score(macroF1(), '__proto__', 'a:b')) as Statistic;
    expect((macroF1() as Metric).fold([statistic], { n: 1, failed: 0 })).toBe(0);
    for (const label of ['constructor', 'a:b', '']) {
      const same = (await score(macroF1(), label, label)) as Statistic;
      expect((macroF1() as Metric).fold([same], { n: 1, failed: 0 })).toBe(1);
    }
  });
});

test('BLEU takes the shorter of two references that are equally near', async () => {
  for (const references of [
    ['a b c d e f', 'a b c d'],
    ['a b c d', 'a b c d e f'],
  ]) {
    const statistic = await score(bleu(), 'a b c d e', references);
    expect(statistic).toMatchObject({ length: 5, wanted: 4, found1: 5, found4: 2, all4: 2 });
  }
});

describe('others', () => {
  test('JSON validity', async () => {
    const metric = jsonValid({ schema: { type: 'object', required: ['a'] } });
    expect(await Promise.all(['{"a":1}', '{}', '{"a":1', { a: 1 }, [1]].map((p) => score(metric, p)))).toEqual([
      1, 0, 0, 1, 0,
    ]);
    expect(await score(jsonValid(), '[1, 2]')).toBe(1);
    expect(await score(jsonValid({ schema: z.object({ a: z.number() }) }), '{"a":"1"}')).toBe(0);
    expect(() => jsonValid({ schema: z.string().refine(() => true) })).toThrow('refined by code');
  });

  test('semantic similarity is a cosine', async () => {
    const similarity = (predictionVector: unknown, referenceVector: unknown) =>
      scoreRow(semanticSimilarity(), { predictionVector, referenceVector });
    expect(await similarity(Float32Array.of(3, 0), [2, 0])).toBe(1);
    expect(await similarity([1, 0], [0, 5])).toBe(0);
    expect(await similarity([0, 0], [0, 5])).toBe(0);
    expect(await similarity([1], [1, 2])).toBeNull();
    expect(await similarity([1e-100, 0], [1e-100, 1e-100])).toBeCloseTo(Math.SQRT1_2, 12);
    expect(await similarity([0.1, 0.6], [0.2, 1.2])).toBe(1);
  });

  test('pass@k asks another metric about each sample', async () => {
    const metric = passAtK({ k: 2, correct: exactMatch() });
    expect(metric.name).toBe('pass_at_2');
    for (const k of [0, 1.5, Number.NaN]) expect(() => passAtK({ k, correct: exactMatch() })).toThrow(/Say k: 1/);
    expect(await score(metric, 'x', 'x')).toEqual({ samples: 1, right: 1 });
    expect(await score(metric, 'y', 'x')).toEqual({ samples: 1, right: 0 });
    expect(metric.identity).not.toEqual(passAtK({ k: 2, correct: normalisedMatch() }).identity);
  });

  test('a custom metric is its functions', async () => {
    const perRow = ({ text }: Readonly<Record<string, unknown>>) => (text as string).length;
    const length = custom({ name: 'length', needs: ['text'], perRow, better: 'lower' });
    expect(length.identity).toEqual({ code: { perRow } });
    expect(length.fold([1, 2, 6], { n: 3, failed: 0 })).toBe(3);
    const worst = custom({
      name: 'worst',
      needs: ['text'],
      perRow,
      fold: (all, { failed }) => Math.max(...all) + failed,
    });
    expect(worst.fold([1, 2, 6], { n: 3, failed: 1 })).toBe(7);
    expect(await scoreRow(custom({ name: 'nan', needs: [], perRow: () => Number.NaN }), {})).toBeNull();
    expect(await scoreRow(custom({ name: 'none', needs: [], perRow: () => null }), {})).toBeNull();
  });
});
