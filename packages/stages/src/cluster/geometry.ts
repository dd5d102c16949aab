import { type Matrix, matrix } from '../nearest/matrix.js';

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
export function unitRows({ data, columns, rows }: Matrix): Matrix {
  const out = Float32Array.from(data);
  for (let i = 0; i < rows; i++) {
    const row = out.subarray(i * columns, (i + 1) * columns);
    let square = 0;
    for (let k = 0; k < columns; k++) square += row[k]! * row[k]!;
    const length = Math.sqrt(square);
    if (length > 0) for (let k = 0; k < columns; k++) row[k] = row[k]! / length;
  }
  return matrix(out, columns);
}

export function squaredDistance(a: Matrix, i: number, { b, j }: { readonly b: Matrix; readonly j: number }): number {
  const [left, right, columns] = [a.data, b.data, a.columns];
  const [from, to] = [i * columns, j * columns];
  let sum = 0;
  for (let k = 0; k < columns; k++) {
    const difference = left[from + k]! - right[to + k]!;
    sum += difference * difference;
  }
  return sum;
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
