import { type Matrix, matrix, norms, rowOf } from '../nearest/matrix.js';

/** Rows are summed in blocks of this many, and the blocks in order: workers may share the blocks out and change no bit. */
const BLOCK = 1024;

export function blockSum(values: Float64Array): number {
  let sum = 0;
  for (let from = 0; from < values.length; from += BLOCK) {
    let part = 0;
    for (let i = from; i < Math.min(from + BLOCK, values.length); i++) part += values[i]!;
    sum += part;
  }
  return sum;
}

/** Every row at length 1; a row of zeros stays. */
export function unitRows({ data, columns }: Matrix, lengths: Float64Array): Matrix {
  const out = Float32Array.from(data);
  lengths.forEach((length, row) => {
    if (length === 0) return;
    for (let at = row * columns; at < (row + 1) * columns; at++) out[at] = out[at]! / length;
  });
  return matrix(out, columns);
}

export function squaredDistance(vector: Float32Array, { data, columns }: Matrix, row: number): number {
  const at = row * columns;
  const whole = columns - (columns % 2);
  let even = 0;
  let odd = 0;
  for (let k = 0; k < whole; k += 2) {
    const d0 = vector[k]! - data[at + k]!;
    const d1 = vector[k + 1]! - data[at + k + 1]!;
    even += d0 * d0;
    odd += d1 * d1;
  }
  const last = whole < columns ? vector[whole]! - data[at + whole]! : 0;
  return even + odd + last * last;
}

/** The mean of each cluster's rows; an empty one stays where it was. */
export function means(points: Matrix, assignments: Int32Array, before: Matrix): Matrix {
  const { columns } = points;
  const sums = new Float64Array(before.data.length);
  const sizes = new Int32Array(before.rows);
  for (let from = 0; from < points.rows; from += BLOCK) {
    const part = new Float64Array(sums.length);
    addRows(points, assignments, { from, to: Math.min(from + BLOCK, points.rows), sums: part, sizes });
    for (let k = 0; k < sums.length; k++) sums[k]! += part[k]!;
  }
  const mean = (_: unknown, k: number) => {
    const size = sizes[Math.floor(k / columns)]!;
    return size === 0 ? before.data[k]! : sums[k]! / size;
  };
  return matrix(Float32Array.from({ length: sums.length }, mean), columns);
}

/** The mean direction of each cluster's rows; where they cancel out, the one before. */
export function directions(points: Matrix, assignments: Int32Array, before: Matrix): Matrix {
  const centres = means(points, assignments, before);
  const lengths = norms(centres);
  lengths.forEach((length, cluster) => {
    if (length === 0) centres.data.set(rowOf(before, cluster), cluster * centres.columns);
  });
  return unitRows(centres, lengths);
}

interface Block {
  readonly from: number;
  readonly to: number;
  readonly sums: Float64Array;
  readonly sizes: Int32Array;
}

function addRows({ data, columns }: Matrix, assignments: Int32Array, { from, to, sums, sizes }: Block): void {
  for (let i = from; i < to; i++) {
    const cluster = assignments[i]!;
    sizes[cluster]! += 1;
    for (let k = 0; k < columns; k++) sums[cluster * columns + k]! += data[i * columns + k]!;
  }
}
