import { type Batch, type Column, reader, type TableInput, type Type, typeName } from '@millrace/core';
import { type Matrix, matrix } from './matrix.js';

/** The vectors of a column, and of which rows they are: rows without one, and rows that failed, are left out. */
export interface Vectors {
  readonly matrix: Matrix;
  readonly rows: Int32Array;
}

export function requireVectors(stage: string, column: string, type: Type | undefined): void {
  if (type === undefined || type === 'null') return;
  const item =
    typeof type === 'object'
      ? 'list' in type
        ? type.list
        : 'fixed' in type
          ? type.fixed
          : 'tensor' in type
            ? type.tensor
            : ''
      : '';
  if (typeof item === 'string' && /^float/.test(item)) return;
  throw new Error(
    `${stage} reads vectors from the column ${column}, which is ${typeName(type)}. Name a column of vectors: one that embed made, or lists of floats.`,
  );
}

/** All vectors of a table. */
export async function vectorsOf(stage: string, table: TableInput, column: string): Promise<Vectors> {
  const blocks: Vectors[] = [];
  for await (const block of blocksOf(stage, table, column)) blocks.push(block);
  const columns = blocks[0]?.matrix.columns ?? 0;
  const data = new Float32Array(blocks.reduce((all, { matrix: { data: own } }) => all + own.length, 0));
  const rows = new Int32Array(blocks.reduce((all, block) => all + block.rows.length, 0));
  let [at, row] = [0, 0];
  for (const block of blocks) {
    data.set(block.matrix.data, at);
    rows.set(block.rows, row);
    at += block.matrix.data.length;
    row += block.rows.length;
  }
  return { matrix: matrix(data, columns), rows };
}

/** … a batch at a time. */
export async function* blocksOf(stage: string, table: TableInput, column: string): AsyncGenerator<Vectors> {
  let first = 0;
  let width: number | undefined;
  for await (const batch of table.batches([column])) {
    const block = blockOf(batch, { stage, column, first, failed: table.failed, width });
    first += batch.rows;
    if (block.rows.length === 0) continue;
    width = block.matrix.columns;
    yield block;
  }
}

interface From {
  readonly stage: string;
  readonly column: string;
  readonly first: number;
  readonly failed: ReadonlySet<number>;
  readonly width: number | undefined;
}

function blockOf(batch: Batch, from: From): Vectors {
  const read = reader(batch.columns.get(from.column) as Column);
  const vectors: ArrayLike<number>[] = [];
  const rows: number[] = [];
  for (let at = 0; at < batch.rows; at++) {
    const vector = read(at) as ArrayLike<number> | null;
    if (vector === null || from.failed.has(from.first + at)) continue;
    vectors.push(vector);
    rows.push(from.first + at);
  }
  const width = from.width ?? vectors[0]?.length ?? 0;
  const data = new Float32Array(vectors.length * width);
  vectors.forEach((vector, i) => {
    if (vector.length !== width) throw otherLength(from, { row: rows[i] as number, length: vector.length, width });
    data.set(vector, i * width);
  });
  return { matrix: matrix(data, width), rows: Int32Array.from(rows) };
}

const otherLength = (
  { stage, column }: From,
  { row, length, width }: { row: number; length: number; width: number },
): Error =>
  new Error(
    `${stage}: the vector in column ${column}, row ${row}, has ${length} numbers, and those before it have ${width}. Vectors of one model have one length: make them all with the same one.`,
  );

export const notFinite = (stage: string, column: string, row: number): Error =>
  new Error(
    `${stage}: the vector in column ${column}, row ${row}, holds a NaN or an infinity, which is near to nothing. See what made it, or leave the row out with a filter.`,
  );
