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
  readonly shares: readonly { right: number; n: number; level: number; low: number; high: number }[];
  readonly clustered: readonly { question: number[]; right: number[]; low: number; high: number }[];
  readonly drawn: readonly { question: number[]; values: number[]; low: number; high: number }[];
}
const reference = JSON.parse(readFileSync(new URL('./fixtures/intervals.json', import.meta.url), 'utf8')) as Reference;

describe('agree with SciPy and statsmodels', () => {
  test('quantiles of the normal distribution', () => {
    for (const [chance, z] of reference.quantiles) expect(quantile(chance)).toBeCloseTo(z, 10);
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
    expect(pairedBootstrap(exactMatch(), [good, good], config)).toMatchObject({ difference: 0, low: 0, high: 0, p: 1 });
    const alike = pairedBootstrap(exactMatch(), [coins(300, 0.7, 'x'), coins(300, 0.7, 'y')], config)!;
    expect(alike.p).toBeGreaterThan(0.05);
  });

  test('turning them round turns the difference', () => {
    const [there, back] = [
      pairedBootstrap(exactMatch(), [good, bad], config)!,
      pairedBootstrap(exactMatch(), [bad, good], config)!,
    ];
    expect([back.difference, back.p]).toEqual([-there.difference, there.p]);
    expect(back.low).toBeCloseTo(-there.high, 12);
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

  test('rows of other lengths are a broken promise', () => {
    expect(() => mcnemar([1], [1, 0])).toThrow('BUG');
  });
});
