import { bit } from './bits.js';
import type { Column, Values } from './column.js';
import { getDecimal, printDecimal } from './decimal.js';
import { fromHalf, fromHalves } from './half.js';
import { layoutOf } from './layout.js';
import { fieldsOf } from './name.js';
import { plainNaN } from './nan.js';
import { hasNull, isTyped } from './read.js';
import { type Scratch, TAG } from './scratch.js';

/** Writes the value of a row at a place and gives the place after it. */
export type Encode = (row: number, at: number) => number;

export function encoder(column: Column, to: Scratch): Encode {
  if (column.type === 'null') return (_, at) => to.tag(at, TAG.null);
  const encode = present(column, to);
  const { valid } = column;
  if (valid === undefined || column.nulls === 0) return encode;
  return (row, at) => (bit(valid, row) === 1 ? encode(row, at) : to.tag(at, TAG.null));
}

function present(column: Column, to: Scratch): Encode {
  const { type } = column;
  if (typeof type === 'string') return scalar(column, to);
  if ('timestamp' in type) return timestamp(column.values as BigInt64Array, type.timestamp, to);
  if ('decimal' in type) return decimal(column.values as Uint8Array, type.decimal[1], to);
  if ('struct' in type) return struct(column, to);
  if ('map' in type) return map(column, to);
  return items(column, to);
}

function scalar(column: Column, to: Scratch): Encode {
  const { type } = column;
  if (type === 'bool')
    return (row, at) => to.tag(at, bit(column.values as Uint8Array, row) === 1 ? TAG.true : TAG.false);
  if (type === 'text') return pieces(column, to, TAG.text);
  if (type === 'binary') return pieces(column, to, TAG.typed, [ARRAYS.indexOf('Uint8Array')]);
  if (type === 'date') return (row, at) => date((column.values as Int32Array)[row]! * 86_400_000, at, to);
  if (type === 'float16') return (row, at) => to.number(at, fromHalf((column.values as Uint16Array)[row]!));
  return numbers(column.values!, to);
}

/** One closure a kind of array: shared by all of them, the access would be ten times slower. */
function numbers(values: Values, to: Scratch): Encode {
  if (values instanceof BigInt64Array || values instanceof BigUint64Array)
    return (row, at) => to.bigint(at, values[row]!);
  if (values instanceof Float64Array) return (row, at) => to.number(at, values[row]!);
  if (values instanceof Int32Array) return (row, at) => to.number(at, values[row]!);
  return (row, at) => to.number(at, values[row]!);
}

function date(time: number, at: number, to: Scratch): number {
  const end = to.number(at, time);
  to.bytes[at] = TAG.date;
  return end;
}

function timestamp(values: BigInt64Array, unit: 's' | 'ms' | 'us' | 'ns', to: Scratch): Encode {
  if (unit === 'us' || unit === 'ns') return (row, at) => to.bigint(at, values[row]!);
  const scale = unit === 's' ? 1000 : 1;
  const most = 8.64e15 / scale;
  return (row, at) => {
    const value = values[row]!;
    if (value <= most && value >= -most) return date(Number(value) * scale, at, to);
    return to.bigint(to.tag(at, TAG.far), value);
  };
}

const decimal =
  (values: Uint8Array, scale: number, to: Scratch): Encode =>
  (row, at) => {
    const text = Buffer.from(printDecimal(getDecimal(values, row), scale), 'latin1');
    return to.put(to.length(at, TAG.text, text.length), text);
  };

function pieces(column: Column, to: Scratch, tag: number, mark: readonly number[] = []): Encode {
  const offsets = column.offsets!;
  const values = column.values as Uint8Array;
  return (row, at) => {
    const piece = values.subarray(offsets[row]!, offsets[row + 1]!);
    let next = to.length(at, tag, piece.length);
    for (const byte of mark) next = to.tag(next, byte);
    return to.put(next, piece);
  };
}

function struct(column: Column, to: Scratch): Encode {
  const fields = (column.type as { struct: { [field: string]: never } }).struct;
  const names = Object.keys(fields);
  const sorted = fieldsOf(fields);
  const encoders = sorted.map((name) => encoder(column.children![names.indexOf(name)]!, to));
  const head = headOf(sorted);
  return (row, at) => {
    let next = to.put(to.tag(at, TAG.struct), head);
    for (const encode of encoders) next = encode(row, next);
    return next;
  };
}

/** Names with their lengths, so that no two lists of names are one text. */
export const headOf = (names: readonly string[]): Uint8Array => {
  const texts = names.map((name) => Buffer.from(JSON.stringify(name)));
  const number = (value: number) => Buffer.from(Uint32Array.of(value).buffer);
  return Buffer.concat([number(names.length), ...texts.flatMap((text) => [number(text.length), text])]);
};

function map(column: Column, to: Scratch): Encode {
  const offsets = column.offsets!;
  const [key, value] = column.children!.map((child) => encoder(child, to));
  return (row, at) => {
    let next = to.length(at, TAG.map, offsets[row + 1]! - offsets[row]!);
    for (let i = offsets[row]!; i < offsets[row + 1]!; i++) next = value!(i, key!(i, next));
    return next;
  };
}

function items(column: Column, to: Scratch): Encode {
  const layout = layoutOf(column.type);
  const child = column.children![0]!;
  const size = layout.is === 'fixed' ? layout.size : 0;
  const starts = column.offsets;
  const bounds = starts === undefined ? (row: number) => row * size : (row: number) => starts[row]!;
  const each = list(encoder(child, to), bounds, to);
  if (!isTyped(child.type)) return each;
  const whole = typed(child, bounds, to);
  const { valid } = child;
  if (child.nulls === 0 || valid === undefined) return whole;
  return (row, at) => (hasNull(valid, bounds(row), bounds(row + 1)) ? each(row, at) : whole(row, at));
}

const list =
  (encode: Encode, bounds: (row: number) => number, to: Scratch): Encode =>
  (row, at) => {
    const end = bounds(row + 1);
    let next = to.length(at, TAG.list, end - bounds(row));
    for (let i = bounds(row); i < end; i++) next = encode(i, next);
    return next;
  };

const ARRAYS = [
  'Uint8Array',
  'Int8Array',
  'Uint16Array',
  'Int16Array',
  'Uint32Array',
  'Int32Array',
  'BigUint64Array',
  'BigInt64Array',
  'Float32Array',
  'Float64Array',
];

function typed(child: Column, bounds: (row: number) => number, to: Scratch): Encode {
  const values = plainNaN(child.type === 'float16' ? fromHalves(child.values as Uint16Array) : child.values!);
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const width = values.BYTES_PER_ELEMENT;
  const mark = ARRAYS.indexOf(values.constructor.name);
  return (row, at) => {
    const start = bounds(row) * width;
    const end = bounds(row + 1) * width;
    const next = to.tag(to.length(at, TAG.typed, end - start), mark);
    return to.put(next, bytes.subarray(start, end));
  };
}
