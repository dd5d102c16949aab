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

/**
 * The scalar product of two rows in 64 bits. Four sums that are added in one fixed order: fast, and the same bits
 * whatever block, batch or worker the rows are in.
 */
export function dot(a: Matrix, i: number, { b, j }: { readonly b: Matrix; readonly j: number }): number {
  return dotAt(a.data, i * a.columns, { data: b.data, at: j * b.columns, length: a.columns });
}

interface Other {
  readonly data: Float32Array;
  readonly at: number;
  readonly length: number;
}

function dotAt(data: Float32Array, at: number, other: Other): number {
  const { data: right, at: to, length } = other;
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  const whole = length - (length % 4);
  let k = 0;
  for (; k < whole; k += 4) {
    s0 += data[at + k]! * right[to + k]!;
    s1 += data[at + k + 1]! * right[to + k + 1]!;
    s2 += data[at + k + 2]! * right[to + k + 2]!;
    s3 += data[at + k + 3]! * right[to + k + 3]!;
  }
  for (; k < length; k++) s0 += data[at + k]! * right[to + k]!;
  return s0 + s1 + (s2 + s3);
}

/** Lengths of all rows, in 64 bits. */
export const norms = (m: Matrix): Float64Array =>
  Float64Array.from({ length: m.rows }, (_, i) => Math.sqrt(dot(m, i, { b: m, j: i })));

/** The first row with a number that is none, or infinite; undefined where all are finite. */
export function badRow(m: Matrix): number | undefined {
  const at = m.data.findIndex((x) => !Number.isFinite(x));
  return at < 0 ? undefined : Math.floor(at / m.columns);
}
