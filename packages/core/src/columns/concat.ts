import { ALL_VALID, bitmap, copyBits, fillBits, type Validity } from './bits.js';
import type { Batch, Column } from './column.js';
import { layoutOf, type ValuesMaker } from './layout.js';
import { sameType, typeName } from './name.js';
import { checkOffset } from './offsets.js';
import { slice } from './slice.js';

/** One column after the other. They have the same type. */
export function concat(columns: readonly Column[]): Column {
  const [first] = columns;
  if (first === undefined) throw new Error('BUG: concat of no columns has no type.');
  if (columns.length === 1) return first;
  const other = columns.find((column) => !sameType(column.type, first.type));
  if (other) throw new Error(`BUG: concat of a column of ${typeName(first.type)} with one of ${typeName(other.type)}.`);
  return join(columns, first);
}

/** Batches of the same columns. */
export function concatBatches(batches: readonly Batch[]): Batch {
  const [first] = batches;
  if (first === undefined) throw new Error('BUG: concat of no batches has no columns.');
  const column = (name: string) => concat(batches.map((batch) => batch.columns.get(name)!));
  return {
    rows: batches.reduce((rows, batch) => rows + batch.rows, 0),
    columns: new Map([...first.columns.keys()].map((name) => [name, column(name)])),
  };
}

function join(columns: readonly Column[], { type }: Column): Column {
  const length = columns.reduce((all, column) => all + column.length, 0);
  const layout = layoutOf(type);
  if (layout.is === 'null') return { type, length, nulls: length };
  const joined = { type, length, ...joinValid(columns, length) };
  if (layout.is === 'bits')
    return { ...joined, values: joinBits(columns, length, (column) => column.values as Uint8Array) };
  if (layout.is === 'numbers') return { ...joined, values: joinValues(columns, layout.make) };
  if (layout.is === 'bytes') return { ...joined, ...joinBytes(columns, length) };
  if (layout.is === 'list')
    return { ...joined, offsets: joinOffsets(columns, length), children: joinChildren(columns, ownItems) };
  return {
    ...joined,
    children: layout.is === 'struct' ? joinFields(columns) : joinChildren(columns, (child) => child),
  };
}

function joinValid(columns: readonly Column[], length: number): Validity {
  const nulls = columns.reduce((all, column) => all + column.nulls, 0);
  return nulls === 0 ? ALL_VALID : { nulls, valid: joinBits(columns, length, ({ valid }) => valid) };
}

function joinBits(columns: readonly Column[], length: number, bits: (column: Column) => Uint8Array | undefined) {
  const out = bitmap(length);
  let at = 0;
  for (const column of columns) {
    const from = bits(column);
    if (from === undefined) fillBits(out, at, column.length);
    else copyBits(from, 0, column.length, out, at);
    at += column.length;
  }
  return out;
}

function joinValues(columns: readonly Column[], make: ValuesMaker) {
  const out = new make(columns.reduce((all, column) => all + column.values!.length, 0));
  let at = 0;
  for (const { values } of columns) {
    (out as Float64Array).set(values as Float64Array, at);
    at += values!.length;
  }
  return out;
}

function joinOffsets(columns: readonly Column[], length: number): Int32Array {
  const out = new Int32Array(length + 1);
  let row = 0;
  for (const { offsets, length: rows } of columns) {
    const start = out[row]!;
    checkOffset(start + offsets![rows]!);
    for (let i = 1; i <= rows; i++) out[row + i] = start + offsets![i]!;
    row += rows;
  }
  return out;
}

function joinBytes(columns: readonly Column[], length: number) {
  const offsets = joinOffsets(columns, length);
  const values = new Uint8Array(offsets[length]!);
  let at = 0;
  for (const column of columns) {
    const end = column.offsets![column.length]!;
    values.set((column.values as Uint8Array).subarray(0, end), at);
    at += end;
  }
  return { offsets, values };
}

/** A list's child may be longer than what its offsets reach. */
const ownItems = (child: Column, parent: Column): Column => {
  const end = parent.offsets![parent.length]!;
  return end === child.length ? child : slice(child, 0, end);
};

const joinChildren = (columns: readonly Column[], own: (child: Column, parent: Column) => Column): Column[] =>
  columns[0]!.children!.map((_, i) => concat(columns.map((column) => own(column.children![i]!, column))));

/** By name: two structs of one type may have their fields in different orders. */
function joinFields(columns: readonly Column[]): Column[] {
  const place = (column: Column, name: string) => Object.keys((column.type as { struct: object }).struct).indexOf(name);
  const names = Object.keys((columns[0]!.type as { struct: object }).struct);
  return names.map((name) => concat(columns.map((column) => column.children![place(column, name)]!)));
}
