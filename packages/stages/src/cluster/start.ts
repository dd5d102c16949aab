import { type Matrix, matrix, rowOf } from '../nearest/matrix.js';
import type { Random } from '../random/random.js';
import { blockSum, squaredDistance } from './geometry.js';

/** k-means++: the first by chance, each next one with a chance by its squared distance from those chosen before. */
export function firstCentroids(points: Matrix, k: number, random: Random): Matrix {
  const chosen = [random.below(points.rows)];
  const away = new Float64Array(points.rows).fill(Number.POSITIVE_INFINITY);
  while (chosen.length < k) {
    const last = rowOf(points, chosen.at(-1)!);
    for (let i = 0; i < points.rows; i++) away[i] = Math.min(away[i]!, squaredDistance(last, points, i));
    chosen.push(drawBy(away, random) ?? firstUnchosen(chosen));
  }
  return gathered(points, chosen);
}

function drawBy(weights: Float64Array, random: Random): number | undefined {
  const total = blockSum(weights);
  if (total === 0) return undefined;
  let left = random.unit() * total;
  for (let i = 0; i < weights.length; i++) {
    left -= weights[i]!;
    if (left < 0 && weights[i]! > 0) return i;
  }
  return weights.findLastIndex((weight) => weight > 0);
}

/** All rows are equal to a chosen one: any will do. */
function firstUnchosen(chosen: readonly number[]): number {
  let row = 0;
  while (chosen.includes(row)) row += 1;
  return row;
}

/** Some rows, in that order. */
export function gathered({ data, columns }: Matrix, rows: readonly number[]): Matrix {
  const out = new Float32Array(rows.length * columns);
  rows.forEach((row, at) => {
    out.set(data.subarray(row * columns, (row + 1) * columns), at * columns);
  });
  return matrix(out, columns);
}
