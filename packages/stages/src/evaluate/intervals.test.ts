import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fromKey } from '../random/random.js';
import { bleu } from './bleu.js';
import { BOOTSTRAP_DEFAULTS, percentiles, resampled } from './bootstrap.js';
import { mcnemar, pairedBootstrap } from './compare.js';
import { custom } from './custom.js';
import { macroF1 } from './labels.js';
import { exactMatch } from './matches.js';
import { type Metric, scoreRow } from './metric.js';
import { editDistance, tokenF1 } from './overlaps.js';
import { passAtK } from './pass-at-k.js';
import { semanticSimilarity } from './similarity.js';
import { studentWithin } from './student.js';
import { groups, type Scored, type Scores, summarise, unitsOf } from './summary.js';
import { quantile, wilson } from './wilson.js';

const scored = (scores: Scores, given: Partial<Scored> = {}): Scored => ({
  scores,
  missing: scores.map(() => false),
  tasks: scores.map((_, at) => `task ${at}`),
  ...given,
});
const config = { ...BOOTSTRAP_DEFAULTS, replicates: 200 };
const coins = (count: number, chance: number, key: string): Scores => {
  const { unit } = fromKey(key);
  return Array.from({ length: count }, () => Number(unit() < chance));
};

describe('a resample', () => {
  test('depends on seed, replicate and row count only', () => {
    expect(Array.from(resampled(0, 3, 8))).toEqual(Array.from(resampled(0, 3, 8)));
    const others = [resampled(1, 3, 8), resampled(0, 4, 8), resampled(0, 3, 9)].map((one) => one.join());
    expect(new Set([...others, resampled(0, 3, 8).join()]).size).toBe(4);
  });

  test('draws rows evenly, with repeats', () => {
    const counts = new Uint32Array(10);
    for (let replicate = 0; replicate < 1000; replicate++)
      for (const row of resampled(0, replicate, 10)) counts[row]! += 1;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});

describe('an interval', () => {
  test('percentiles lie on the straight line between values, as numpy has them', () => {
    expect(percentiles(Float64Array.of(4, 1, 3, 2), 0.5)).toEqual({ low: 1.75, high: 3.25 });
    expect(percentiles(Float64Array.of(7), 0.95)).toEqual({ low: 7, high: 7 });
  });

  test('is near what theory says of a mean, and holds the value', () => {
    const { value, low, high } = summarise(exactMatch(), scored(coins(400, 0.7, 'coins')), {
      ...config,
      replicates: 1000,
    });
    const error = 1.96 * Math.sqrt((value! * (1 - value!)) / 400);
    expect(low!).toBeCloseTo(value! - error, 1);
    expect(high!).toBeCloseTo(value! + error, 1);
    expect(Math.abs(high! - low! - 2 * error)).toBeLessThan(0.01);
  });

  test('of one metric is the same whatever other metrics there are, in any order (W11)', async () => {
    const rows = Array.from({ length: 30 }, (_, i) => ({
      prediction: `word ${i % 3} is here now`,
      reference: `word ${i % 4} is here now`,
    }));
    const summaryOf = async (metric: Metric) =>
      summarise(metric, scored(await Promise.all(rows.map((row) => scoreRow(metric, row)))), config);
    const all = async (metrics: Metric[]) => {
      const out: [string, unknown][] = [];
      for (const metric of metrics) out.push([metric.name, await summaryOf(metric)]);
      return new Map(out);
    };
    const two = await all([exactMatch(), bleu()]);
    const three = await all([macroF1(), bleu(), exactMatch()]);
    for (const [name, summary] of two) expect(three.get(name)).toEqual(summary);
  });
});

interface Reference {
  readonly quantiles: readonly (readonly [number, number])[];
  readonly student: readonly (readonly [level: number, freedom: number, within: number])[];
  readonly shares: readonly { right: number; n: number; level: number; low: number; high: number }[];
  readonly clustered: readonly { question: number[]; right: number[]; low: number; high: number }[];
  readonly drawn: readonly { question: number[]; values: number[]; low: number; high: number }[];
}
interface Comparisons {
  readonly mcnemar: readonly (Compared & { readonly onlyA: number; readonly onlyB: number })[];
  readonly paired: readonly (Compared & {
    readonly difference: number;
    readonly low: number | null;
    readonly high: number | null;
  })[];
}
interface Compared {
  readonly a: Scores;
  readonly b: Scores;
  readonly question: readonly number[];
  readonly p: number;
}
const fixture = (name: string) =>
  JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), 'utf8')) as unknown;
const reference = fixture('intervals') as Reference;
const comparisons = fixture('comparisons') as Comparisons;

describe('agree with SciPy and statsmodels', () => {
  test('quantiles of the normal distribution', () => {
    for (const [chance, z] of reference.quantiles) expect(quantile(chance)).toBeCloseTo(z, 10);
  });

  test('quantiles of Student’s distribution', () => {
    for (const [level, freedom, within] of reference.student)
      expect([freedom, studentWithin(level, freedom) / within]).toEqual([freedom, expect.closeTo(1, 9)]);
  });

  test.each(reference.shares)('$right of $n at $level', ({ right, n, level, low, high }) => {
    const found = wilson(right / n, n, level);
    expect([found.low, found.high]).toEqual([expect.closeTo(low, 10), expect.closeTo(high, 10)]);
    expect(found.high - found.low).toBeGreaterThan(0);
  });

  test.each(reference.clustered)('shares of questions with several rows: [$low, $high]', (wanted) => {
    const found = summarise(exactMatch(), scored(wanted.right, { tasks: wanted.question.map(String) }), config);
    expect([found.low, found.high]).toEqual([expect.closeTo(wanted.low, 8), expect.closeTo(wanted.high, 8)]);
  });

  test.each(comparisons.mcnemar)(
    'McNemar of $onlyA to $onlyB, rows and samples: $p',
    ({ a, b, question, p, ...only }) => {
      expect(mcnemar(a, b, { tasks: question })).toMatchObject({ ...only, p: expect.closeTo(p, 10) });
    },
  );

  test.each(comparisons.paired)('the difference of two means, rows and samples: $p', ({ question, p, ...wanted }) => {
    const many = { ...config, replicates: 4000, tasks: question };
    const found = pairedBootstrap(tokenF1(), [wanted.a, wanted.b], many)!;
    expect(found.difference).toBeCloseTo(wanted.difference, 12);
    expect(Math.abs(found.p - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / 4000) + 0.001);
    if (wanted.low === null || wanted.high === null) expect([found.low, found.high]).toEqual([null, null]);
    else {
      const width = wanted.high - wanted.low;
      expect(Math.abs(found.low! - wanted.low) / width).toBeLessThan(0.06);
      expect(Math.abs(found.high! - wanted.high) / width).toBeLessThan(0.06);
    }
  });

  test.each(reference.drawn)('means by the bootstrap: [$low, $high]', (wanted) => {
    const found = summarise(tokenF1(), scored(wanted.values, { tasks: wanted.question.map(String) }), {
      ...config,
      replicates: 4000,
    });
    const near = (value: number) => (value - wanted.low) / (wanted.high - wanted.low);
    expect(Math.abs(near(found.low!))).toBeLessThan(0.06);
    expect(Math.abs(near(found.high!) - 1)).toBeLessThan(0.06);
  });
});

describe('an interval of 95 % holds the truth about as often, where questions are few', () => {
  const { unit } = fromKey('held');
  const share = (held: (at: number) => boolean) =>
    Array.from({ length: 300 }, (_, at) => held(at)).filter(Boolean).length / 300;

  test.each([6, 12])('of values of %i questions', (n) => {
    const held = share(() => {
      const { low, high } = summarise(tokenF1(), scored(Array.from({ length: n }, unit)), config);
      return low! <= 0.5 && high! >= 0.5;
    });
    expect(held).toBeGreaterThan(0.91);
  });

  test.each([3, 5])('of shares of %i questions with 10 samples each', (n) => {
    const tasks = Array.from({ length: n * 10 }, (_, at) => String(at % n));
    const held = share(() => {
      const chances = Array.from({ length: n }, unit);
      const scores = tasks.map((task) => Number(unit() < chances[Number(task)]!));
      const { low, high } = summarise(exactMatch(), scored(scores, { tasks }), config);
      return low! <= 0.5 && high! >= 0.5;
    });
    expect(held).toBeGreaterThan(0.91);
  });
});

describe('an interval without width', () => {
  const of = (metric: Metric, scores: Scores) => {
    const { low, high } = summarise(metric, scored(scores), config);
    return [low, high];
  };
  const sixty = <T>(value: T): T[] => new Array(60).fill(value);

  test('0 of 60, and 60 of 60, have one of the share', () => {
    expect(of(exactMatch(), sixty(0))).toEqual([0, expect.closeTo(0.0602, 4)]);
    expect(of(tokenF1(), sixty(1))).toEqual([expect.closeTo(0.9398, 4), 1]);
    expect(of(exactMatch(), [1])).toEqual([expect.closeTo(0.2065, 4), 1]);
  });

  test('at an end of another range, it is as wide in it', async () => {
    const perfect = sixty((await scoreRow(bleu(), { prediction: 'a b c d e', reference: 'a b c d e' }))!);
    expect(of(bleu(), perfect)).toEqual([expect.closeTo(93.98, 2), 100]);
    expect(of(macroF1(), sixty({ 'hit:a': 1 }))).toEqual([expect.closeTo(0.9398, 4), 1]);
    expect(of(semanticSimilarity(), sixty(-1))).toEqual([-1, expect.closeTo(-0.8797, 4)]);
    const own = custom({ name: 'own', needs: [], perRow: () => 3, range: [1, 3] });
    expect(of(own, sixty(3))).toEqual([expect.closeTo(2.8797, 4), 3]);
  });

  test('elsewhere, none is known', () => {
    expect(of(tokenF1(), sixty(0.1))).toEqual([null, null]);
    expect(of(tokenF1(), [0.4, 0.5, 0.5, 0.5, 0.6])).toEqual([null, null]);
    expect(of(tokenF1(), [0.4, 0.5, 0.5, 0.5, 0.5, 0.6])).not.toContain(null);
    expect(of(editDistance(), sixty(0))).toEqual([null, null]);
    expect(of(custom({ name: 'own', needs: [], perRow: () => 3 }), sixty(3))).toEqual([null, null]);
  });
});

describe('several rows of a question', () => {
  test('equal ones tell as much as one', () => {
    const scores = [...coins(40, 0.5, 'a')];
    const thrice = scores.flatMap((score) => [score, score, score]);
    const tasks = thrice.map((_, at) => String(Math.floor(at / 3)));
    const [once, repeated] = [scored(scores), scored(thrice, { tasks })].map((one) =>
      summarise(exactMatch(), one, config),
    );
    expect(repeated!.low).toBeCloseTo(once!.low!, 12);
    expect(repeated!.high).toBeCloseTo(once!.high!, 12);
    expect([once!.n, repeated!.n]).toEqual([40, 120]);
  });

  test('of one question alone tell no more than a row', () => {
    const { low, high } = summarise(exactMatch(), scored([1, 0, 1], { tasks: ['q', 'q', 'q'] }), config);
    expect({ low, high }).toEqual(wilson(2 / 3, 1, 0.95));
  });

  test('where nothing tells which, there is no interval', () => {
    expect(summarise(exactMatch(), scored([1, 0, 1], { tasks: undefined }), config)).toMatchObject({
      value: 2 / 3,
      low: null,
      high: null,
    });
  });
});

describe('failed rows', () => {
  test('are counted, never averaged away', () => {
    expect(summarise(exactMatch(), scored([1, null, 0, 1, null]), config)).toMatchObject({
      value: 2 / 3,
      n: 3,
      failed: 2,
    });
    expect(summarise(exactMatch(), scored([null]), config)).toEqual({
      value: null,
      low: null,
      high: null,
      n: 0,
      missing: 0,
      failed: 1,
    });
    expect(summarise(exactMatch(), scored([]), config)).toMatchObject({ value: null, n: 0, failed: 0 });
  });

  test('do not move the value or the interval of the others', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 1 })), { minLength: 1, maxLength: 20 }), (scores) => {
        const { failed, ...all } = summarise(exactMatch(), scored(scores), { ...config, replicates: 20 });
        const { failed: none, ...valid } = summarise(exactMatch(), scored(scores.filter((score) => score !== null)), {
          ...config,
          replicates: 20,
        });
        expect(all).toEqual(valid);
        expect([failed, none]).toEqual([scores.length - valid.n, 0]);
      }),
    );
  });
});

describe('groups and tasks', () => {
  test('rows of a key, in the order of first rows', () => {
    expect([...groups(['b', 'a', 'b'])]).toEqual([
      ['b', [0, 2]],
      ['a', [1]],
    ]);
  });

  test('pass@k counts tasks; one with too few samples is failed', () => {
    const metric = passAtK({ k: 2, correct: exactMatch() });
    const sample = (right: number) => ({ samples: 1, right });
    const scores: Scores = [sample(1), sample(0), sample(0), sample(0), sample(0), null];
    const all = scored(scores, { tasks: ['t1', 't2', 't1', 't2', 't3', 't3'] });
    const units = unitsOf(metric, all);
    expect(units).toEqual([{ samples: 2, right: 1 }, { samples: 2, right: 0 }, null]);
    expect(summarise(metric, all, config)).toMatchObject({ value: 0.5, n: 2, failed: 1 });
    expect(unitsOf(exactMatch(), { scores: [1, 0], tasks: ['t', 't'] })).toEqual([1, 0]);
  });
});

describe('two systems', () => {
  const [good, bad] = [coins(300, 0.8, 'good'), coins(300, 0.6, 'bad')];

  test('a clear difference is clear, none is none', () => {
    const clear = pairedBootstrap(exactMatch(), [good, bad], config)!;
    expect(clear.p).toBeLessThan(0.01);
    expect(clear.low).toBeGreaterThan(0);
    expect(clear.difference).toBeCloseTo(clear.a - clear.b, 12);
    expect(pairedBootstrap(exactMatch(), [good, good], config)).toMatchObject({
      difference: 0,
      low: null,
      high: null,
      p: 1,
    });
    const alike = pairedBootstrap(exactMatch(), [coins(300, 0.7, 'x'), coins(300, 0.7, 'y')], config)!;
    expect(alike.p).toBeGreaterThan(0.05);
  });

  test('turning them round turns the difference', () => {
    const [there, back] = [
      pairedBootstrap(exactMatch(), [good, bad], config)!,
      pairedBootstrap(exactMatch(), [bad, good], config)!,
    ];
    expect([back.difference, back.p]).toEqual([-there.difference, there.p]);
    expect(back.low).toBeCloseTo(-there.high!, 12);
  });

  test('rows that one of them failed at are left out of both, and counted', () => {
    const out = pairedBootstrap(
      exactMatch(),
      [
        [1, null, 0, 1],
        [0, 1, null, 1],
      ],
      config,
    )!;
    expect(out).toMatchObject({ a: 1, b: 0.5, n: 2, unpaired: 2 });
    expect(pairedBootstrap(exactMatch(), [[null], [1]], config)).toBeNull();
    expect(mcnemar([1, null, 0], [0, 1, 0])).toEqual({ onlyA: 1, onlyB: 0, p: 1, n: 2, unpaired: 1 });
  });

  test('McNemar looks at the rows where they differ', () => {
    const left = [...Array<number>(10).fill(1), ...Array<number>(2).fill(0), ...Array<number>(50).fill(1)];
    const right = [...Array<number>(10).fill(0), ...Array<number>(2).fill(1), ...Array<number>(50).fill(1)];
    const { onlyA, onlyB, p } = mcnemar(left, right);
    expect([onlyA, onlyB]).toEqual([10, 2]);
    expect(p).toBeCloseTo((2 * (1 + 12 + 66)) / 4096, 12);
  });

  test('a difference of one question, or of few alike, is none that chance could not give', () => {
    expect(pairedBootstrap(exactMatch(), [[1], [0]], config)).toMatchObject({
      difference: 1,
      low: null,
      high: null,
      p: 1,
    });
    const three = pairedBootstrap(
      tokenF1(),
      [
        [1, 1, 0.9],
        [0, 0, 0],
      ],
      config,
    )!;
    expect(three.p).toBeGreaterThan(0.15);
    expect([three.low, three.high]).toEqual([null, null]);
  });

  test('differences that are equal but for the last bits of a sum count as equal', () => {
    const [a, b] = [
      [0.6, 0.2, 0, 0, 0.5, 0.1],
      [0.1, 0, 0, 0, 0.2, 0.6],
    ];
    // Of the 64 ways to swap them 48 are as far apart, 32 by sums of doubles.
    const { p } = pairedBootstrap(tokenF1(), [a, b], { ...config, replicates: 2000 })!;
    expect(Math.abs(p - 0.75)).toBeLessThan(0.05);
  });

  test('samples of a question tell as much as one', () => {
    const [left, right] = [coins(40, 0.7, 'l'), coins(40, 0.4, 'r')];
    const thrice = (scores: Scores) => scores.flatMap((score) => [score, score, score]);
    const tasks = thrice(left).map((_, at) => Math.floor(at / 3));
    const [once, repeated] = [mcnemar(left, right), mcnemar(thrice(left), thrice(right), { tasks })];
    expect(repeated.p).toBeCloseTo(once.p, 12);
    expect(mcnemar(thrice(left), thrice(right)).p).toBeLessThan(once.p);
    const [of, ofAll] = [
      pairedBootstrap(exactMatch(), [left, right], config)!,
      pairedBootstrap(exactMatch(), [thrice(left), thrice(right)], { ...config, tasks })!,
    ];
    for (const name of ['difference', 'low', 'high', 'p'] as const) expect(ofAll[name]).toBeCloseTo(of[name]!, 12);
    expect([of.n, ofAll.n]).toEqual([40, 120]);
  });

  test('of pass@k the tasks are compared', () => {
    const samples = (chance: number, key: string) =>
      coins(80, chance, key).map((score) => ({ samples: 1, right: score as number }));
    const [left, right] = [samples(0.7, 'pl'), samples(0.3, 'pr')];
    const tasks = left.map((_, at) => at % 40);
    const found = pairedBootstrap(passAtK({ k: 2, correct: exactMatch() }), [left, right], { ...config, tasks })!;
    expect(found).toMatchObject({ n: 40, unpaired: 0 });
    expect(found.a).toBeGreaterThan(found.b);
    expect(found.p).toBeLessThan(0.05);
  });

  test('rows of other lengths are refused', () => {
    expect(() => mcnemar([1], [1, 0])).toThrow(/1 and 2 rows/);
    expect(() => mcnemar([1, 0], [1, 0], { tasks: ['q'] })).toThrow(/Give the scores of the same rows/);
  });
});
