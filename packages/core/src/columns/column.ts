import type { Columns, Type } from './type.js';

export type Values =
  | Uint8Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint16Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/**
 * A run of values of one type, in the layout that Arrow gives it, so that a file's buffers are a column without a copy.
 * Never sliced by an offset: bitmaps and offsets start at zero.
 */
export interface Column {
  readonly type: Type;
  readonly length: number;
  readonly nulls: number;
  /** Bit i set: value i is there. Absent when nothing is null. */
  readonly valid?: Uint8Array;
  /** Fixed width: the values (bool: a bitmap; float16: its bits; decimal: 16 bytes each). Text and binary: the bytes. */
  readonly values?: Values;
  /** text, binary, list and map: `length + 1` starts into `values` or the child. */
  readonly offsets?: Int32Array;
  /** list, fixed, tensor: one child; struct: one a field, in the type's order; map: key and value. */
  readonly children?: readonly Column[];
}

/** Some rows of a table. */
export interface Batch {
  readonly rows: number;
  readonly columns: ReadonlyMap<string, Column>;
}

export const typesOf = (batch: Batch): Columns =>
  Object.fromEntries([...batch.columns].map(([name, column]) => [name, column.type]));
