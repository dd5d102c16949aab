import { bit, bitmap, setBit, type Validity } from './bits.js';
import type { Column } from './column.js';
import { layoutOf, type ValuesMaker } from './layout.js';
import { checkOffset } from './offsets.js';
import { slice } from './slice.js';

export { concat, concatBatches } from './concat.js';
export { slice, sliceBatch } from './slice.js';

/** The rows asked for, in that order, as often as asked for; −1 gives null. */
export function gather(column: Column, rows: Int32Array): Column {
  const blank = checkRows(column.length, rows);
  if (isRun(rows, blank)) return slice(column, rows[0] ?? 0, (rows[0] ?? 0) + rows.length);
  return take(column, rows, blank);
}

function checkRows(length: number, rows: Int32Array): boolean {
  let low = 0;
  let high = -1;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (row < low) low = row;
    if (row > high) high = row;
  }
  if (low < -1 || high >= length)
    throw new Error(`BUG: row ${low < -1 ? low : high} asked of a column of ${length} rows.`);
  return low < 0;
}

const isRun = (rows: Int32Array, blank: boolean) => !blank && rows.every((row, i) => row === rows[0]! + i);

function take(column: Column, rows: Int32Array, blank: boolean): Column {
  const { type } = column;
  const length = rows.length;
  const layout = layoutOf(type);
  if (layout.is === 'null') return { type, length, nulls: length };
  const validity = takeValid(column, rows, blank);
  const taken = { type, length, ...validity };
  if (layout.is === 'bits') return { ...taken, values: takeBits(column.values as Uint8Array, rows) };
  if (layout.is === 'numbers') return { ...taken, values: takeNumbers(column, rows, layout) };
  if (layout.is === 'bytes') return { ...taken, ...takeBytes(column, rows) };
  if (layout.is === 'fixed') return { ...taken, children: [takeFixed(column.children![0]!, rows, layout.size)] };
  if (layout.is === 'struct') return { ...taken, children: column.children!.map((child) => take(child, rows, blank)) };
  return { ...taken, ...takeLists(column, rows) };
}

function takeValid(column: Column, rows: Int32Array, blank: boolean): Validity {
  if (!blank && column.nulls === 0) return { nulls: 0 };
  const { valid: from } = column;
  const valid = bitmap(rows.length);
  let nulls = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (row >= 0 && (from === undefined || bit(from, row) === 1)) setBit(valid, i);
    else nulls++;
  }
  return nulls === 0 ? { nulls } : { nulls, valid };
}

function takeBits(from: Uint8Array, rows: Int32Array): Uint8Array {
  const out = bitmap(rows.length);
  for (let i = 0; i < rows.length; i++) if (rows[i]! >= 0 && bit(from, rows[i]!) === 1) setBit(out, i);
  return out;
}

function takeNumbers(
  column: Column,
  rows: Int32Array,
  layout: { readonly make: ValuesMaker; readonly stride: number },
) {
  const out = new layout.make(rows.length * layout.stride);
  const width = layout.make.BYTES_PER_ELEMENT * layout.stride;
  const from = column.values!;
  if (width > 8) takeWide(bytesOf(from), rows, { out: bytesOf(out), width });
  else TAKE[width]!(from, rows, out);
  return out;
}

const bytesOf = (view: ArrayBufferView) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
type View = ArrayBufferView;
type Make<T> = new (buffer: ArrayBufferLike, from: number, length: number) => T;
const as = <T>(Make: Make<T>, view: View, width: number) =>
  new Make(view.buffer, view.byteOffset, view.byteLength / width);

/**
 * One loop a width, so that each sees one kind of array only: shared, they would run ten times slower. Eight bytes go
 * as two halves, since a float register may change the bits of a NaN.
 */
const TAKE: { readonly [width: number]: (from: View, rows: Int32Array, out: View) => void } = {
  1: (from, rows, out) => take1(as(Uint8Array, from, 1), rows, as(Uint8Array, out, 1)),
  2: (from, rows, out) => take2(as(Uint16Array, from, 2), rows, as(Uint16Array, out, 2)),
  4: (from, rows, out) => take4(as(Int32Array, from, 4), rows, as(Int32Array, out, 4)),
  8: (from, rows, out) => take8(as(Int32Array, from, 4), rows, as(Int32Array, out, 4)),
};

function take1(from: Uint8Array, rows: Int32Array, out: Uint8Array): void {
  for (let i = 0; i < rows.length; i++) if (rows[i]! >= 0) out[i] = from[rows[i]!]!;
}
function take2(from: Uint16Array, rows: Int32Array, out: Uint16Array): void {
  for (let i = 0; i < rows.length; i++) if (rows[i]! >= 0) out[i] = from[rows[i]!]!;
}
function take4(from: Int32Array, rows: Int32Array, out: Int32Array): void {
  for (let i = 0; i < rows.length; i++) if (rows[i]! >= 0) out[i] = from[rows[i]!]!;
}
function take8(from: Int32Array, rows: Int32Array, out: Int32Array): void {
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (row < 0) continue;
    out[2 * i] = from[2 * row]!;
    out[2 * i + 1] = from[2 * row + 1]!;
  }
}

/** Neighbours are copied in one go. */
function takeWide(from: Uint8Array, rows: Int32Array, { out, width }: { out: Uint8Array; width: number }): void {
  for (let i = 0; i < rows.length; ) {
    const end = runEnd(rows, i);
    if (rows[i]! >= 0) out.set(from.subarray(rows[i]! * width, (rows[end - 1]! + 1) * width), i * width);
    i = end;
  }
}

function runEnd(rows: Int32Array, from: number): number {
  let end = from + 1;
  if (rows[from]! < 0) while (end < rows.length && rows[end]! < 0) end++;
  else while (end < rows.length && rows[end]! === rows[end - 1]! + 1) end++;
  return end;
}

function takeOffsets(from: Int32Array, rows: Int32Array): Int32Array {
  const offsets = new Int32Array(rows.length + 1);
  let end = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (row >= 0) end += from[row + 1]! - from[row]!;
    offsets[i + 1] = end;
  }
  checkOffset(end);
  return offsets;
}

const SHORT = 48;

function takeBytes(column: Column, rows: Int32Array) {
  const starts = column.offsets!;
  const from = column.values as Uint8Array;
  const offsets = takeOffsets(starts, rows);
  const values = new Uint8Array(offsets[rows.length]!);
  for (let i = 0; i < rows.length; ) {
    const end = runEnd(rows, i);
    if (rows[i]! >= 0) copyBytes(from, [starts[rows[i]!]!, starts[rows[end - 1]! + 1]!], values, offsets[i]!);
    i = end;
  }
  return { offsets, values };
}

/** For short pieces the call costs more than the bytes. */
function copyBytes(from: Uint8Array, [start, end]: readonly [number, number], into: Uint8Array, at: number): void {
  if (end - start >= SHORT) into.set(from.subarray(start, end), at);
  else for (let k = start; k < end; k++) into[at + k - start] = from[k]!;
}

function takeFixed(child: Column, rows: Int32Array, size: number): Column {
  const layout = layoutOf(child.type);
  if (child.nulls > 0 || layout.is !== 'numbers') return gather(child, expandFixed(rows, size));
  const values = new layout.make(rows.length * size * layout.stride);
  const width = layout.make.BYTES_PER_ELEMENT * layout.stride * size;
  if (width > 0) takeWide(bytesOf(child.values!), rows, { out: bytesOf(values), width });
  return { type: child.type, length: rows.length * size, nulls: 0, values };
}

function expandFixed(rows: Int32Array, size: number): Int32Array {
  const items = new Int32Array(rows.length * size);
  for (let i = 0; i < rows.length; i++) {
    for (let k = 0; k < size; k++) items[i * size + k] = rows[i]! < 0 ? -1 : rows[i]! * size + k;
  }
  return items;
}

function takeLists(column: Column, rows: Int32Array) {
  const starts = column.offsets!;
  const offsets = takeOffsets(starts, rows);
  const items = new Int32Array(offsets[rows.length]!);
  for (let i = 0; i < rows.length; i++) {
    const shift = rows[i]! < 0 ? 0 : starts[rows[i]!]! - offsets[i]!;
    for (let at = offsets[i]!; at < offsets[i + 1]!; at++) items[at] = at + shift;
  }
  return { offsets, children: column.children!.map((child) => gather(child, items)) };
}
