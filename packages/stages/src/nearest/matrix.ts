/** Rows of equal length, one behind the other. */
export interface Matrix {
  readonly data: Float32Array;
  readonly rows: number;
  readonly columns: number;
}

export function matrix(data: Float32Array, columns: number): Matrix {
  const rows = columns === 0 ? 0 : data.length / columns;
  if (!Number.isInteger(rows)) throw new Error(`BUG: ${data.length} numbers are no rows of ${columns}`);
  return { data, rows, columns };
}

/** A view of one row. */
export const rowOf = ({ data, columns }: Matrix, row: number): Float32Array =>
  data.subarray(row * columns, (row + 1) * columns);

/**
 * The scalar product of a vector and a row in 64 bits. Four sums that are added in one fixed order: fast, and the same
 * bits whatever block, batch or worker the rows are in.
 */
export function dot(vector: Float32Array, { data, columns }: Matrix, row: number): number {
  const at = row * columns;
  const whole = columns - (columns % 4);
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let k = 0; k < whole; k += 4) {
    s0 += vector[k]! * data[at + k]!;
    s1 += vector[k + 1]! * data[at + k + 1]!;
    s2 += vector[k + 2]! * data[at + k + 2]!;
    s3 += vector[k + 3]! * data[at + k + 3]!;
  }
  for (let k = whole; k < columns; k++) s0 += vector[k]! * data[at + k]!;
  return s0 + s1 + (s2 + s3);
}

/** Lengths of all rows, in 64 bits. */
export function norms(m: Matrix): Float64Array {
  const lengths = new Float64Array(m.rows);
  for (let row = 0; row < m.rows; row++) lengths[row] = Math.sqrt(dot(rowOf(m, row), m, row));
  return lengths;
}

/** The first row that holds a NaN or an infinity, seen in its length, which no sum of finite 32-bit squares can lose. */
export function notFinite(lengths: Float64Array): number | undefined {
  const row = lengths.findIndex((length) => !Number.isFinite(length));
  return row < 0 ? undefined : row;
}
