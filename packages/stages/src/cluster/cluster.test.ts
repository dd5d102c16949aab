import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { dot, type Matrix, matrix, norms, rowOf } from '../nearest/matrix.js';
import { fromKey } from '../random/random.js';
import { unitRows } from './geometry.js';
import { CLUSTER_DEFAULTS, type ClusterConfig, type Clustering, kmeans, lloyd } from './kmeans.js';
import { summarise } from './summarise.js';

/** Clouds of points around corners that lie far apart; row i belongs to cloud i % k. */
function clouds(k: number, rows: number, columns = 5): Matrix {
  const { unit } = fromKey('clouds', k, rows);
  const corners = Array.from({ length: k }, () => Array.from({ length: columns }, () => unit() * 100));
  return matrix(
    Float32Array.from(
      { length: rows * columns },
      (_, at) => corners[Math.floor(at / columns) % k]![at % columns]! + unit(),
    ),
    columns,
  );
}
const clustered = (rows: Matrix, config: Partial<ClusterConfig> & { k: number }): Clustering => {
  const out = kmeans(rows, { ...CLUSTER_DEFAULTS, distance: 'euclidean', ...config });
  if (out.kind !== 'clustering') throw new Error(out.kind);
  return out;
};
const small = fc.integer({ min: 1, max: 4 }).chain((columns) =>
  fc
    .array(fc.array(fc.integer({ min: -3, max: 3 }), { minLength: columns, maxLength: columns }), {
      minLength: 1,
      maxLength: 30,
    })
    .map((rows) => matrix(Float32Array.from(rows.flat()), columns)),
);

describe('k-means', () => {
  test('finds clouds that lie far apart', () => {
    const { assignments, inertia } = clustered(clouds(6, 600), { k: 6 });
    const names = new Map(Array.from(assignments.slice(0, 6), (cluster, cloud) => [cloud, cluster]));
    expect(new Set(names.values()).size).toBe(6);
    assignments.forEach((cluster, row) => {
      expect(cluster).toBe(names.get(row % 6));
    });
    expect(inertia).toBeLessThan(600 * 5);
  });

  test('known answer, worked by hand: two pairs on a line', () => {
    const out = clustered(matrix(Float32Array.of(0, 1, 10, 12), 1), { k: 2 });
    expect(out.assignments[0]).toBe(out.assignments[1]);
    expect(out.assignments[2]).toBe(out.assignments[3]);
    expect([...out.centroids.data].sort((a, b) => a - b)).toEqual([0.5, 11]);
    expect(out.inertia).toBe(0.25 + 0.25 + 1 + 1);
  });

  test('the same seed gives the same bits, another seed may differ', () => {
    const rows = clouds(3, 2500);
    const runs = [1, 1, 2].map((seed) => clustered(rows, { k: 20, seed, iterations: 3, restarts: 1 }));
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]!.assignments).not.toEqual(runs[0]!.assignments);
  });

  test('golden: these bits, until the version of the stage says otherwise', () => {
    const { unit } = fromKey('golden');
    const rows = matrix(
      Float32Array.from({ length: 3000 * 7 }, () => unit() - 0.5),
      7,
    );
    const { assignments, centroids, inertia } = clustered(rows, { k: 5, distance: 'cosine' });
    const digest = createHash('sha256').update(assignments).update(centroids.data).digest('hex');
    expect([digest.slice(0, 16), inertia]).toEqual(['c92c484eb39faeb9', 1413.9700435101677]);
  });

  test('by cosine only directions count', () => {
    const rows = matrix(Float32Array.of(1, 0, 100, 1, 0, 2, 1, 90), 2);
    const { assignments } = clustered(rows, { k: 2, distance: 'cosine' });
    expect(assignments[0]).toBe(assignments[1]);
    expect(assignments[2]).toBe(assignments[3]);
    expect(assignments[0]).not.toBe(assignments[2]);
  });

  test('by cosine every row is with the centroid of the nearest direction, and 1 − cosine says how near', () => {
    fc.assert(
      fc.property(small, fc.integer({ min: 1, max: 5 }), fc.integer(), (rows, k, seed) => {
        const found = kmeans(rows, { ...CLUSTER_DEFAULTS, k, seed, restarts: 1 });
        const lengths = norms(rows);
        if (found.kind !== 'clustering') {
          expect(lengths.filter((length) => length > 0).length).toBeLessThan(k);
          return;
        }
        for (const length of norms(found.centroids)) expect(length).toBeCloseTo(1, 6);
        lengths.forEach((length, row) => {
          const cosine = (cluster: number) => dot(rowOf(rows, row), found.centroids, cluster) / (length || 1);
          const best = Math.max(...Array.from({ length: k }, (_, cluster) => cosine(cluster)));
          expect(cosine(found.assignments[row]!)).toBeCloseTo(length ? best : 0, 6);
          expect(found.distances[row]).toBeCloseTo(length ? 1 - best : 1, 6);
        });
      }),
    );
  });

  test('every row is with its nearest centroid, distances and inertia say how near', () => {
    fc.assert(
      fc.property(small, fc.integer({ min: 1, max: 5 }), fc.integer(), (rows, k, seed) => {
        if (rows.rows < k) return;
        const { assignments, centroids, distances, inertia } = clustered(rows, { k, seed, restarts: 1 });
        const distance = (row: number, cluster: number) => {
          const at = (m: Matrix, i: number) => m.data.subarray(i * m.columns, (i + 1) * m.columns);
          return at(rows, row).reduce((sum, x, i) => sum + (x - at(centroids, cluster)[i]!) ** 2, 0);
        };
        assignments.forEach((cluster, row) => {
          const all = Array.from({ length: k }, (_, other) => distance(row, other));
          expect(cluster).toBe(all.indexOf(Math.min(...all)));
          expect(distances[row]).toBeCloseTo(all[cluster]!, 9);
        });
        expect(inertia).toBeCloseTo(
          distances.reduce((a, b) => a + b, 0),
          6,
        );
      }),
    );
  });

  test('more clusters than different rows leave some empty, none broken', () => {
    const out = clustered(matrix(new Float32Array(10).fill(2), 2), { k: 3 });
    expect(out.inertia).toBe(0);
    expect(out.centroids.data.every((x) => x === 2)).toBe(true);
    const distinct = clustered(matrix(Float32Array.of(1, 2, 3), 1), { k: 3 });
    expect([...distinct.assignments].sort()).toEqual([0, 1, 2]);
  });

  test('what cannot be clustered is said', () => {
    const config = { ...CLUSTER_DEFAULTS, k: 2 };
    expect(kmeans(matrix(Float32Array.of(1, 2, Number.NaN, 0), 2), config)).toEqual({ kind: 'not-finite', row: 1 });
    expect(kmeans(matrix(Float32Array.of(1, 2), 2), config)).toEqual({ kind: 'too-few-rows', rows: 1, k: 2 });
  });
});

interface Reference {
  readonly cases: readonly {
    readonly distance: 'euclidean' | 'cosine';
    readonly points: readonly (readonly number[])[];
    readonly start: readonly (readonly number[])[];
    readonly labels: readonly number[];
    readonly centres: readonly (readonly number[])[];
    readonly distances: readonly number[];
  }[];
}
const reference = JSON.parse(readFileSync(new URL('./fixtures/reference.json', import.meta.url), 'utf8')) as Reference;

test.each(reference.cases)(
  '$distance clusters of random points agree with scikit-learn and SciPy',
  ({ distance, ...wanted }) => {
    const columns = wanted.points[0]!.length;
    const given = (rows: readonly (readonly number[])[]) => {
      const made = matrix(Float32Array.from(rows.flat()), columns);
      return distance === 'cosine' ? unitRows(made, norms(made)) : made;
    };
    const config = { ...CLUSTER_DEFAULTS, distance, k: wanted.start.length };
    const found = lloyd(given(wanted.points), given(wanted.start), config);
    expect([...found.assignments]).toEqual(wanted.labels);
    for (const [ours, theirs] of [
      [found.centroids.data, wanted.centres.flat()],
      [found.distances, wanted.distances],
    ] as const)
      expect(Array.from(ours)).toEqual(theirs.map((value) => expect.closeTo(value, 5)));
  },
);

describe('a summary', () => {
  const texts = [
    'The cat sat on the mat, said the cat',
    'A CAT and a dog are on the mat',
    'the cat’s mat',
    'Shares and stock prices fell on the market',
    'the stock market is up',
  ];
  const rows = matrix(Float32Array.of(0, 0.2, 0.5, 10, 11), 1);
  const summary = summarise(clustered(rows, { k: 2 }), texts, { terms: 20, representatives: 2 });
  const [cats, stocks] = summary[0]!.size === 3 ? summary : summary.toReversed();

  test('names the words that set a cluster apart, not those that are everywhere', () => {
    expect(cats!.terms.slice(0, 2)).toEqual(['mat', 'cat']);
    expect(stocks!.terms.slice(0, 2)).toEqual(['market', 'stock']);
    expect(summary.flatMap((one) => one.terms)).not.toContain('the');
  });

  test('names the rows nearest to the centroid, ties by row', () => {
    expect(cats).toMatchObject({ size: 3, representatives: [1, 0] });
    expect(stocks).toMatchObject({ size: 2, representatives: [3, 4] });
  });
});
