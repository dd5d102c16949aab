import { ALL_VALID, bitmap, copyBits, countOnes, type Validity } from './bits.js';
import type { Batch, Column } from './column.js';
import { layoutOf } from './layout.js';

/** Rows `from` up to `to`, not included. Shares the values; bitmaps and offsets start at zero again. */
export function slice(column: Column, from: number, to: number): Column {
  if (!(from >= 0 && from <= to && to <= column.length)) {
    throw new Error(`BUG: rows ${from} to ${to} asked of a column of ${column.length} rows.`);
  }
  if (from === 0 && to === column.length) return column;
  const { type } = column;
  const length = to - from;
  const layout = layoutOf(type);
  if (layout.is === 'null') return { type, length, nulls: length };
  const cut = { type, length, ...sliceValid(column, from, to) };
  if (layout.is === 'bits') return { ...cut, values: sliceBits(column.values as Uint8Array, from, length) };
  if (layout.is === 'numbers')
    return { ...cut, values: column.values!.subarray(from * layout.stride, to * layout.stride) };
  if (layout.is === 'fixed')
    return { ...cut, children: [slice(column.children![0]!, from * layout.size, to * layout.size)] };
  if (layout.is === 'struct') return { ...cut, children: column.children!.map((child) => slice(child, from, to)) };
  return { ...cut, ...sliceRanges(column, from, to) };
}

export const sliceBatch = (batch: Batch, from: number, to: number): Batch => ({
  rows: to - from,
  columns: new Map([...batch.columns].map(([name, column]) => [name, slice(column, from, to)])),
});

function sliceValid(column: Column, from: number, to: number): Validity {
  if (column.nulls === 0 || column.valid === undefined) return ALL_VALID;
  const valid = sliceBits(column.valid, from, to - from);
  const nulls = to - from - countOnes(valid, to - from);
  return nulls === 0 ? ALL_VALID : { nulls, valid };
}

function sliceBits(bits: Uint8Array, from: number, length: number): Uint8Array {
  const out = bitmap(length);
  copyBits(bits, from, length, out, 0);
  return out;
}

function sliceRanges(column: Column, from: number, to: number) {
  const all = column.offsets!;
  const start = all[from]!;
  const end = all[to]!;
  const offsets = start === 0 ? all.subarray(from, to + 1) : all.slice(from, to + 1).map((offset) => offset - start);
  if (column.children === undefined) return { offsets, values: column.values!.subarray(start, end) };
  return { offsets, children: column.children.map((child) => slice(child, start, end)) };
}
