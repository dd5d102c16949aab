import { isAscii } from 'node:buffer';
import { bit } from './bits.js';
import type { Batch, Column, Values } from './column.js';
import { getDecimal, printDecimal } from './decimal.js';
import { fromHalf, fromHalves } from './half.js';
import { layoutOf } from './layout.js';
import { fieldsOf } from './name.js';
import type { Columns, Type } from './type.js';

export type Reader = (row: number) => unknown;

export interface How {
  /** Lists of numbers as arrays, as lists of texts are. Vectors (floats of 16 and 32 bits, lists of one size, tensors) stay typed arrays. */
  readonly arrays?: boolean | undefined;
}

/**
 * The JavaScript value of a row: numbers; bigint for 64-bit integers and for timestamps in µs and ns, which a Date can't
 * say; Date for dates and timestamps in s and ms; strings for decimals; views, not copies, for bytes, tensors and lists
 * of numbers without nulls (float16 comes as a Float32Array); objects with their fields sorted by code unit.
 */
export function reader(column: Column, how: How = {}): Reader {
  const read = present(column, how);
  const { valid } = column;
  if (column.type === 'null') return () => null;
  return valid === undefined || column.nulls === 0 ? read : (row) => (bit(valid, row) === 1 ? read(row) : null);
}

export function rowsOf(
  batch: Batch,
  names: readonly string[] = [...batch.columns.keys()],
  how: How = {},
): Record<string, unknown>[] {
  const rows = Array.from({ length: batch.rows }, (): Record<string, unknown> => ({}));
  for (const name of names) {
    const column = batch.columns.get(name);
    if (column === undefined) throw new Error(`BUG: the batch has no column "${name}".`);
    const read = reader(column, how);
    if (name === '__proto__') rows.forEach((row, i) => void define(row, name, read(i)));
    else for (let i = 0; i < rows.length; i++) rows[i]![name] = read(i);
  }
  return rows;
}

const define = (object: object, name: string, value: unknown) =>
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });

function present(column: Column, how: How): Reader {
  const { type } = column;
  if (typeof type === 'string') return scalar(column);
  if ('timestamp' in type) return timestamp(column.values as BigInt64Array, type.timestamp);
  if ('decimal' in type) return (row) => printDecimal(getDecimal(column.values as Uint8Array, row), type.decimal[1]);
  if ('struct' in type) return struct(column, type.struct, how);
  if ('map' in type) return map(column, how);
  const layout = layoutOf(type);
  if (layout.is === 'fixed')
    return items(column.children![0]!, {
      from: (row) => row * layout.size,
      to: (row) => (row + 1) * layout.size,
      how,
    });
  const offsets = column.offsets!;
  const read = items(column.children![0]!, { from: (row) => offsets[row]!, to: (row) => offsets[row + 1]!, how });
  return how.arrays && isNumberList(type) ? (row) => Array.from(read(row) as ArrayLike<unknown>) : read;
}

function scalar(column: Column): Reader {
  if (column.type === 'text') return text(column);
  if (column.type === 'binary') return binary(column);
  if (column.type === 'bool') return (row) => bit(column.values as Uint8Array, row) === 1;
  if (column.type === 'date') return (row) => new Date((column.values as Int32Array)[row]! * 86_400_000);
  if (column.type === 'float16') return (row) => fromHalf((column.values as Uint16Array)[row]!);
  return numbers(column.values);
}

/** One closure a kind of array: shared by all of them, the access would be ten times slower. */
function numbers(values: Values | undefined): Reader {
  if (values instanceof Float64Array) return (row) => values[row];
  if (values instanceof Int32Array) return (row) => values[row];
  if (values instanceof BigInt64Array) return (row) => values[row];
  if (values instanceof Float32Array) return (row) => values[row];
  return (row) => values?.[row];
}

function text(column: Column): Reader {
  const offsets = column.offsets!;
  const values = column.values as Uint8Array;
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength) as Buffer & Slices;
  if (isAscii(values)) return (row) => bytes.latin1Slice(offsets[row]!, offsets[row + 1]!);
  return (row) => bytes.utf8Slice(offsets[row]!, offsets[row + 1]!);
}

/** Far faster than toString for short pieces; in every Node, but not in its published types. */
interface Slices {
  latin1Slice(from: number, to: number): string;
  utf8Slice(from: number, to: number): string;
}

function binary(column: Column): Reader {
  const offsets = column.offsets!;
  const values = column.values as Uint8Array;
  return (row) => values.subarray(offsets[row]!, offsets[row + 1]!);
}

function timestamp(values: BigInt64Array, unit: 's' | 'ms' | 'us' | 'ns'): Reader {
  if (unit === 'us' || unit === 'ns') return (row) => values[row];
  const scale = unit === 's' ? 1000 : 1;
  return (row) => {
    const date = new Date(Number(values[row]!) * scale);
    if (!Number.isNaN(date.getTime())) return date;
    throw new RangeError(
      `Row ${row} holds the timestamp ${values[row]} ${unit}, which no Date can say. Read the column as us or ns.`,
    );
  };
}

function struct(column: Column, fields: Columns, how: How): Reader {
  const names = Object.keys(fields);
  const readers = new Map(names.map((name, i) => [name, reader(column.children![i]!, how)]));
  const sorted = fieldsOf(fields).map((name) => [name, readers.get(name)!] as const);
  // From entries, since a plain assignment to `__proto__` would set no field.
  return (row) => Object.fromEntries(sorted.map(([name, read]) => [name, read(row)]));
}

function map(column: Column, how: How): Reader {
  const offsets = column.offsets!;
  const [key, value] = column.children!.map((child) => reader(child, how));
  return (row) => {
    const entries = new Map<unknown, unknown>();
    for (let i = offsets[row]!; i < offsets[row + 1]!; i++) entries.set(key!(i), value!(i));
    return entries;
  };
}

interface Bounds {
  readonly from: (row: number) => number;
  readonly to: (row: number) => number;
  readonly how: How;
}

function items(child: Column, { from, to, how }: Bounds): Reader {
  const read = reader(child, how);
  const each: Reader = (row) => {
    const [start, end] = [from(row), to(row)];
    return Array.from({ length: end - start }, (_, i) => read(start + i));
  };
  if (!isTyped(child.type)) return each;
  const values = child.values as Uint8Array;
  const whole: Reader =
    child.type === 'float16'
      ? (row) => fromHalves(child.values!.subarray(from(row), to(row)) as Uint16Array)
      : (row) => values.subarray(from(row), to(row));
  if (child.nulls === 0 || child.valid === undefined) return whole;
  return (row) => (hasNull(child.valid!, from(row), to(row)) ? each(row) : whole(row));
}

/** Items of these types are read as a typed array. */
export const isTyped = (type: Type): boolean =>
  typeof type === 'string' && type !== 'date' && layoutOf(type).is === 'numbers';

const VECTORS: ReadonlySet<Type> = new Set(['float16', 'float32', 'uint8']);

const isNumberList = (type: Type): boolean =>
  typeof type === 'object' && 'list' in type && isTyped(type.list) && !VECTORS.has(type.list);

/** Whether values of the type have lists of numbers in them, which functions get as arrays. */
export function holdsNumberList(type: Type): boolean {
  if (typeof type === 'string' || isNumberList(type)) return typeof type !== 'string';
  if ('list' in type) return holdsNumberList(type.list);
  if ('fixed' in type) return holdsNumberList(type.fixed);
  if ('struct' in type) return Object.values(type.struct).some(holdsNumberList);
  return 'map' in type && type.map.some(holdsNumberList);
}

export function hasNull(valid: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bit(valid, i) === 0) return true;
  return false;
}
