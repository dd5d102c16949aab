import { isUtf8 } from 'node:buffer';
import * as arrow from 'apache-arrow';
import { type Column, concat, gather, layoutOf, type Type } from './core.js';
import { DamagedBytes, FormatError } from './damage.js';
import { shapeOf } from './schema.js';
import { viewBytes } from './views.js';

/** The type of a field of any Arrow schema: dictionaries, large offsets and views are other ways to store the same. */
export function typeOf(field: arrow.Field, column = field.name): Type {
  const { type } = field;
  const item = (at: number) => typeOf(type.children[at] as arrow.Field, column);
  if (arrow.DataType.isDictionary(type)) return typeOf(new arrow.Field(field.name, type.dictionary), column);
  if (arrow.DataType.isTimestamp(type)) return timestampOf(type);
  if (arrow.DataType.isDecimal(type) && type.bitWidth === 128) return { decimal: [type.precision, type.scale] };
  if (arrow.DataType.isList(type) || arrow.DataType.isLargeList(type)) return { list: item(0) };
  if (arrow.DataType.isFixedSizeList(type)) return fixedOf(field, item(0), type.listSize);
  if (arrow.DataType.isStruct(type)) return structOf(type, column);
  if (arrow.DataType.isMap(type)) return mapOf(type, column);
  const scalar = SCALARS[String(type)];
  if (scalar !== undefined) return scalar;
  if (arrow.DataType.isFixedSizeBinary(type)) return 'binary';
  throw noType(column, String(type));
}

const SCALARS: { readonly [arrowType: string]: Type } = {
  Null: 'null',
  Bool: 'bool',
  Int8: 'int8',
  Int16: 'int16',
  Int32: 'int32',
  Int64: 'int64',
  Uint8: 'uint8',
  Uint16: 'uint16',
  Uint32: 'uint32',
  Uint64: 'uint64',
  Float16: 'float16',
  Float32: 'float32',
  Float64: 'float64',
  Utf8: 'text',
  LargeUtf8: 'text',
  Utf8View: 'text',
  Binary: 'binary',
  LargeBinary: 'binary',
  BinaryView: 'binary',
  'Date32<DAY>': 'date',
  'Date64<MILLISECOND>': 'date',
};

const noType = (column: string, type: string) =>
  new FormatError(
    column,
    `Column "${column}" of the file has the Arrow type ${type}, for which there is no column type here. ` +
      'Convert it before, or name the columns to read and leave this one out.',
  );

const UNITS = ['s', 'ms', 'us', 'ns'] as const;
const timestampOf = ({ unit, timezone }: arrow.Timestamp): Type => {
  const timestamp = UNITS[unit]!;
  return timezone ? { timestamp, zone: timezone } : { timestamp };
};

function fixedOf(field: arrow.Field, item: Type, size: number): Type {
  const shape = shapeOf(field);
  const isNumber = typeof item === 'string' && layoutOf(item).is === 'numbers' && item !== 'date';
  return shape && isNumber ? { tensor: item as 'float32', shape } : { fixed: item, size };
}

function structOf(type: arrow.Struct, column: string): Type {
  const fields = type.children.map((field) => [field.name, typeOf(field, column)] as const);
  if (new Set(fields.map(([name]) => name)).size !== fields.length) throw noType(column, `${type} with one name twice`);
  return { struct: Object.fromEntries(fields) };
}

function mapOf(type: arrow.Map_, column: string): Type {
  const [key, value] = (type.children[0]!.type as arrow.Struct).children;
  return { map: [typeOf(key!, column), typeOf(value!, column)] };
}

/** Arrow's data as a column, sharing what has the same layout. */
export function columnOf(field: arrow.Field, data: arrow.Data, name = field.name): Column {
  if (data.offset !== 0) throw new Error(`BUG: data of "${name}" begins at row ${data.offset}.`);
  const type = typeOf(field, name);
  if (type === 'null') return { type, length: data.length, nulls: data.length };
  if (arrow.DataType.isDictionary(data.type)) return decoded(data, name);
  const { length, nullCount: nulls } = data;
  return { type, length, nulls, ...(nulls > 0 && { valid: data.nullBitmap }), ...partsOf(type, data, name) };
}

type Parts = Pick<Column, 'values' | 'offsets' | 'children'>;

function partsOf(type: Type, data: arrow.Data, name: string): Parts {
  const layout = layoutOf(type);
  const child = (at: number) => columnOf(data.type.children[at] as arrow.Field, data.children[at]!, name);
  if (layout.is === 'bits') return { values: bytesOf(data.values) };
  if (layout.is === 'bytes') return checked(type, bytesParts(data, name), name);
  if (layout.is === 'fixed') return { children: [exactly(child(0), data.length * layout.size, name)] };
  if (layout.is === 'struct') return { children: ordered(type as { struct: object }, data, name) };
  if (layout.is === 'list') return listParts(data, isMap(type) ? entries(data, name) : [child(0)], name);
  if (arrow.DataType.isDate(data.type) && data.type.unit === arrow.DateUnit.MILLISECOND)
    return { values: daysOf(data, name) };
  if (layout.is !== 'numbers') throw new Error('BUG: a layout without parts.');
  const { buffer, byteOffset } = bytesOf(data.values);
  return { values: new layout.make(buffer, byteOffset, data.length * layout.stride) };
}

const bytesOf = (view: ArrayBufferView) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
const isMap = (type: Type): boolean => typeof type === 'object' && 'map' in type;

/** A struct's type is an object, whose order of keys is not always that of the fields. */
const ordered = ({ struct }: { readonly struct: object }, data: arrow.Data, name: string): Column[] =>
  Object.keys(struct).map((key) => {
    const at = data.type.children.findIndex((field: arrow.Field) => field.name === key);
    return exactly(columnOf(data.type.children[at] as arrow.Field, data.children[at]!, name), data.length, name);
  });

/** Some writers keep more of an inner column than the outer one has. */
function exactly(inner: Column, length: number, name: string): Column {
  if (inner.length < length) throw outside(name);
  return inner.length === length ? inner : gather(inner, rangeOf(0, length));
}

function entries(data: arrow.Data, name: string): Column[] {
  const [struct] = data.children as [arrow.Data];
  if (struct.nullCount > 0) throw new DamagedBytes(`column "${name}" has an entry of a map that is null`);
  return struct.children.map((child, i) => columnOf(struct.type.children[i] as arrow.Field, child, name));
}

function bytesParts(data: arrow.Data, name: string): Parts {
  if (arrow.DataType.isUtf8View(data.type) || arrow.DataType.isBinaryView(data.type)) return viewBytes(data);
  const values = bytesOf(data.values);
  if (arrow.DataType.isFixedSizeBinary(data.type)) {
    const width = data.type.byteWidth;
    return { offsets: Int32Array.from({ length: data.length + 1 }, (_, i) => i * width), values };
  }
  const { offsets, start, end } = offsetsOf(data, name);
  if (end > values.length) throw outside(name);
  return { offsets, values: values.subarray(start, end) };
}

const outside = (name: string) => new DamagedBytes(`column "${name}" has a value outside of its bytes`);

function checked(type: Type, parts: Parts, name: string): Parts {
  if (type === 'text' && !isUtf8(parts.values as Uint8Array)) throw notText(name);
  return parts;
}

const notText = (name: string) =>
  new FormatError(
    name,
    `Column "${name}" of the file says that it is text, but its bytes are not UTF-8. Read it as binary, or write the file anew.`,
  );

function listParts(data: arrow.Data, children: readonly Column[], name: string): Parts {
  const { offsets, start, end } = offsetsOf(data, name);
  if (children.some((child) => end > child.length)) throw outside(name);
  const whole = (child: Column) => start === 0 && end === child.length;
  return { offsets, children: children.map((child) => (whole(child) ? child : gather(child, rangeOf(start, end)))) };
}

const rangeOf = (start: number, end: number) => Int32Array.from({ length: end - start }, (_, i) => start + i);

/** 32 bits, from zero. */
function offsetsOf(data: arrow.Data, name: string): { offsets: Int32Array; start: number; end: number } {
  const from = data.valueOffsets as unknown as Int32Array | BigInt64Array;
  if (from.length === 0) return { offsets: new Int32Array(1), start: 0, end: 0 };
  const start = Number(from[0]);
  const end = Number(from[data.length]);
  if (from.length <= data.length || start < 0 || !neverFalls(from, data.length)) throw outside(name);
  if (end - start > 0x7fff_ffff) throw tooLong(name);
  if (from instanceof Int32Array && start === 0) return { offsets: from.subarray(0, data.length + 1), start, end };
  return { offsets: Int32Array.from({ length: data.length + 1 }, (_, i) => Number(from[i]) - start), start, end };
}

function neverFalls(offsets: Int32Array | BigInt64Array, length: number): boolean {
  for (let row = 0; row < length; row++) if (offsets[row + 1]! < offsets[row]!) return false;
  return true;
}

const tooLong = (name: string) =>
  new FormatError(
    name,
    `Column "${name}" of the file holds more than 2 GiB in one batch. Write the file in smaller batches.`,
  );

function daysOf(data: arrow.Data, name: string): Int32Array {
  const { buffer, byteOffset } = bytesOf(data.values);
  const times = new BigInt64Array(buffer, byteOffset, data.length);
  return Int32Array.from(times, (time, row) => {
    if (time % 86_400_000n === 0n || !data.getValid(row)) return Number(time / 86_400_000n);
    throw new FormatError(
      name,
      `Column "${name}" of the file is of dates, but row ${row} has a time of day. Make it a timestamp.`,
    );
  });
}

/** What a dictionary stands for, value by value. */
function decoded(data: arrow.Data, name: string): Column {
  const words = data.dictionary;
  if (!words) throw new DamagedBytes(`column "${name}" refers to a dictionary that is not there`);
  const field = new arrow.Field(name, words.type);
  const rows = Int32Array.from({ length: data.length }, (_, row) =>
    data.getValid(row) ? Number(data.values[row]) : -1,
  );
  if (rows.some((word, row) => word >= words.length || (word < 0 && data.getValid(row)))) throw outside(name);
  if (words.data.length === 0) throw new Error(`BUG: the dictionary of "${name}" has no part.`);
  return gather(concat(words.data.map((part) => columnOf(field, part, name))), rows);
}
