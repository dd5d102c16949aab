/**
 * The logical type of a column, as plain data: it stands in recipes and records. How a file stores it (dictionary,
 * large offsets, nullability, chunks) is no part of it.
 */
export type Scalar =
  | 'null'
  | 'bool'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'float16'
  | 'float32'
  | 'float64'
  | 'text'
  | 'binary'
  | 'date';

export type Type =
  | Scalar
  | { readonly timestamp: 's' | 'ms' | 'us' | 'ns'; readonly zone?: string }
  | { readonly decimal: readonly [precision: number, scale: number] }
  | { readonly list: Type }
  | { readonly fixed: Type; readonly size: number }
  | { readonly tensor: TensorItem; readonly shape: readonly number[] }
  | { readonly struct: { readonly [field: string]: Type } }
  | { readonly map: readonly [key: Type, value: Type] };

export type TensorItem = Exclude<Scalar, 'null' | 'bool' | 'text' | 'binary' | 'date'>;

/** Columns by name. A set: the order is for people and in no key. */
export type Columns = { readonly [name: string]: Type };
