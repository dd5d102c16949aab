import * as arrow from 'apache-arrow';
import { type Columns, layoutOf, type Type } from './core.js';

/** Columns as an Arrow schema. Everything may be null: nullability is no part of a type. */
export const schemaOf = (columns: Columns): arrow.Schema =>
  new arrow.Schema(Object.entries(columns).map(([name, type]) => fieldOf(name, type)));

function fieldOf(name: string, type: Type, nullable = true): arrow.Field {
  return new arrow.Field(name, arrowType(type), nullable, metadataOf(type));
}

/**
 * Arrow has an extension type for tensors, which we read; but a file with one of its columns is a file that Hugging
 * Face's data sets refuse as a whole. As lists of one size every tool reads them, and their shape stands beside.
 */
const SHAPE = 'millrace.tensor';
const EXTENSION = 'ARROW:extension:name';
const EXTENSION_METADATA = 'ARROW:extension:metadata';

function metadataOf(type: Type): Map<string, string> | null {
  if (typeof type === 'string' || !('tensor' in type)) return null;
  return new Map([[SHAPE, JSON.stringify({ shape: type.shape })]]);
}

/** The shape of a tensor, if a field says that it is one. */
export function shapeOf({ metadata }: arrow.Field): readonly number[] | undefined {
  const isTensor = metadata.get(EXTENSION) === 'arrow.fixed_shape_tensor';
  const about = metadata.get(SHAPE) ?? (isTensor ? metadata.get(EXTENSION_METADATA) : undefined);
  const { shape, permutation } = JSON.parse(about ?? '{}') as { shape?: number[]; permutation?: number[] };
  // Another order of axes would need the values moved: such a column stays a list of one size.
  return permutation?.some((axis, i) => axis !== i) ? undefined : shape;
}

const SCALARS = {
  null: () => new arrow.Null(),
  bool: () => new arrow.Bool(),
  int8: () => new arrow.Int8(),
  int16: () => new arrow.Int16(),
  int32: () => new arrow.Int32(),
  int64: () => new arrow.Int64(),
  uint8: () => new arrow.Uint8(),
  uint16: () => new arrow.Uint16(),
  uint32: () => new arrow.Uint32(),
  uint64: () => new arrow.Uint64(),
  float16: () => new arrow.Float16(),
  float32: () => new arrow.Float32(),
  float64: () => new arrow.Float64(),
  text: () => new arrow.Utf8(),
  binary: () => new arrow.Binary(),
  date: () => new arrow.DateDay(),
} as const;

const UNITS = {
  s: arrow.TimeUnit.SECOND,
  ms: arrow.TimeUnit.MILLISECOND,
  us: arrow.TimeUnit.MICROSECOND,
  ns: arrow.TimeUnit.NANOSECOND,
} as const;

function arrowType(type: Type): arrow.DataType {
  if (typeof type === 'string') return SCALARS[type]();
  if ('timestamp' in type) return new arrow.Timestamp(UNITS[type.timestamp], type.zone ?? null);
  if ('decimal' in type) return new arrow.Decimal(type.decimal[1], type.decimal[0], 128);
  if ('list' in type) return new arrow.List(fieldOf('item', type.list));
  if ('map' in type) return mapType(...type.map);
  if ('struct' in type) return new arrow.Struct(Object.entries(type.struct).map(([name, item]) => fieldOf(name, item)));
  const { item, size } = layoutOf(type) as { item: Type; size: number };
  return new arrow.FixedSizeList(size, fieldOf('item', item));
}

function mapType(key: Type, value: Type): arrow.DataType {
  const entry = new arrow.Struct([fieldOf('key', key, false), fieldOf('value', value)]);
  return new arrow.Map_(new arrow.Field('entries', entry, false) as never);
}
