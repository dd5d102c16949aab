import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fromKey } from '../random/random.js';
import { type Matrix, matrix } from './matrix.js';
import { type NearestOptions, type Neighbours, nearest } from './nearest.js';

const random = (rows: number, columns: number, key: string): Matrix => {
  const { unit } = fromKey(key);
  return matrix(
    Float32Array.from({ length: rows * columns }, () => unit() - 0.5),
    columns,
  );
};
const rowOf = (m: Matrix, i: number) => Array.from(m.data.subarray(i * m.columns, (i + 1) * m.columns));
const blocksOf = (m: Matrix, size: number): Matrix[] =>
  Array.from({ length: Math.ceil(m.rows / size) }, (_, b) =>
    matrix(m.data.slice(b * size * m.columns, (b + 1) * size * m.columns), m.columns),
  );
const found = async (queries: Matrix, blocks: Iterable<Matrix>, options: Partial<NearestOptions> = {}) =>
  (await nearest(queries, blocks, { k: 3, self: 'keep', ...options })) as Neighbours;

/** The definition, as slow as it is plain. */
function bySorting(queries: Matrix, all: Matrix, k: number): number[][] {
  const cosine = (a: number[], b: number[]) => {
    const sum = (x: number[], y: number[]) => x.reduce((total, v, i) => total + v * y[i]!, 0);
    return sum(a, b) / Math.sqrt(sum(a, a) * sum(b, b));
  };
  return Array.from({ length: queries.rows }, (_, q) =>
    Array.from({ length: all.rows }, (_, row) => ({ row, score: cosine(rowOf(queries, q), rowOf(all, row)) }))
      .sort((a, b) => b.score - a.score || a.row - b.row)
      .slice(0, k)
      .map(({ row }) => row),
  );
}

test('finds what sorting all by cosine finds', async () => {
  const [queries, all] = [random(7, 13, 'q'), random(600, 13, 'all')];
  expect((await found(queries, [all], { k: 10 })).rows).toEqual(bySorting(queries, all, 10));
});

interface Reference {
  readonly cases: readonly {
    readonly queries: readonly (readonly number[])[];
    readonly among: readonly (readonly number[])[];
    readonly k: number;
    readonly self: 'keep' | 'skip';
    readonly rows: readonly (readonly number[])[];
    readonly scores: readonly (readonly number[])[];
  }[];
}
const reference = JSON.parse(readFileSync(new URL('./fixtures/reference.json', import.meta.url), 'utf8')) as Reference;

test.each(reference.cases)('the $k nearest of random vectors agree with SciPy and scikit-learn', async (one) => {
  const given = (rows: readonly (readonly number[])[]) => matrix(Float32Array.from(rows.flat()), rows[0]!.length);
  const out = await found(given(one.queries), blocksOf(given(one.among), 7), { k: one.k, self: one.self });
  expect(out.rows).toEqual(one.rows);
  expect(out.scores).toEqual(one.scores.map((scores) => scores.map((score) => expect.closeTo(score, 12))));
});

test('the same bits whatever the blocks and the batch', async () => {
  const [queries, all] = [random(5, 9, 'q2'), random(300, 9, 'all2')];
  const whole = await found(queries, [all]);
  for (const size of [1, 7, 299]) expect(await found(queries, blocksOf(all, size))).toEqual(whole);
  for (let q = 0; q < 5; q++) {
    const alone = await found(blocksOf(queries, 1)[q]!, [all]);
    expect([alone.rows[0], alone.scores[0]]).toEqual([whole.rows[q], whole.scores[q]]);
  }
});

test('ties go to the lower row, whatever the order of scores', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(-1, 0.5, 1), { minLength: 1, maxLength: 40 }),
      fc.nat(6),
      async (slopes, k) => {
        const all = matrix(Float32Array.from(slopes.flatMap((slope) => [1, slope])), 2);
        const queries = matrix(Float32Array.of(1, 0.9), 2);
        expect((await found(queries, blocksOf(all, 4), { k })).rows).toEqual(bySorting(queries, all, k));
      },
    ),
  );
});

describe('at the edges', () => {
  const all = matrix(Float32Array.of(1, 0, 0, 1, 0, 0, 2, 0), 2);

  test('scores are cosines; a row of zeros is like nothing', async () => {
    const out = await found(matrix(Float32Array.of(3, 0, 0, 0), 2), [all], { k: 4 });
    expect(out).toEqual({
      kind: 'neighbours',
      rows: [
        [0, 3, 1, 2],
        [0, 1, 2, 3],
      ],
      scores: [
        [1, 1, 0, 0],
        [0, 0, 0, 0],
      ],
    });
  });

  test('fewer rows than k, or none at all', async () => {
    const query = matrix(Float32Array.of(1, 1), 2);
    expect((await found(query, [all], { k: 9 })).rows[0]).toHaveLength(4);
    expect(await found(query, [], { k: 9 })).toMatchObject({ rows: [[]], scores: [[]] });
    expect(await found(matrix(new Float32Array(0), 2), [all])).toMatchObject({ rows: [] });
  });

  test('a row is not its own neighbour where self is skipped', async () => {
    const out = await found(all, blocksOf(all, 3), { k: 1, self: 'skip' });
    expect(out.rows).toEqual([[3], [0], [0], [0]]);
  });

  test('a number that is none is refused with its row', async () => {
    const bad = matrix(Float32Array.of(1, 0, Number.NaN, 0), 2);
    expect(await found(bad, [all])).toEqual({ kind: 'not-finite', of: 'queries', row: 1 });
    expect(await found(all, [all, bad])).toEqual({ kind: 'not-finite', of: 'rows', row: 5 });
  });

  test('blocks may come from a stream', async () => {
    async function* stream() {
      yield* blocksOf(all, 1);
    }
    expect(await nearest(all, stream(), { k: 2, self: 'keep' })).toEqual(await found(all, [all], { k: 2 }));
  });

  test('rows of another length are a broken promise', async () => {
    await expect(found(matrix(new Float32Array(3), 3), [all])).rejects.toThrow('BUG');
    expect(() => matrix(new Float32Array(3), 2)).toThrow('BUG');
  });
});
