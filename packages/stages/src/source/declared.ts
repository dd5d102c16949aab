import type { Columns, NumberList, Type } from '@millrace/core';

/** Short names for the types that people mostly want. `json`: any value, kept as its JSON text. */
export type Alias = 'text' | 'int' | 'float' | 'number' | 'bool' | 'date' | 'timestamp' | 'json' | 'binary';

/** Columns as a user writes them. */
export type Declared = { readonly [column: string]: Alias | Type };

interface OfAlias {
  text: string;
  int: bigint;
  float: number;
  number: number;
  bool: boolean;
  date: Date;
  timestamp: Date;
  json: string;
  binary: Uint8Array;
  null: null;
  int64: bigint;
  uint64: bigint;
}

interface Arrays {
  int8: Int8Array;
  int16: Int16Array;
  int32: Int32Array;
  int64: BigInt64Array;
  uint8: Uint8Array;
  uint16: Uint16Array;
  uint32: Uint32Array;
  uint64: BigUint64Array;
  float16: Float32Array;
  float32: Float32Array;
  float64: Float64Array;
}

type Items<T> = T extends keyof Arrays ? Arrays[T] : ValueOf<T>[];
type Vectors = 'float16' | 'float32' | 'uint8';
type ListItems<T> = T extends Exclude<keyof Arrays, Vectors> ? NumberList<Arrays[T]> : Items<T>;

/** What a value of a declared type is in JavaScript. */
export type ValueOf<T> = T extends keyof OfAlias
  ? OfAlias[T]
  : T extends string
    ? number
    : T extends { timestamp: infer U }
      ? U extends 'us' | 'ns'
        ? bigint
        : Date
      : T extends { decimal: unknown }
        ? string
        : T extends { list: infer I }
          ? ListItems<I>
          : T extends { fixed: infer I } | { tensor: infer I }
            ? Items<I>
            : T extends { struct: infer F }
              ? { -readonly [K in keyof F]: ValueOf<F[K]> }
              : T extends { map: readonly [infer K, infer V] }
                ? Map<ValueOf<K>, ValueOf<V>>
                : unknown;

/** The row that declared columns make. */
export type RowOf<C extends Declared> = { -readonly [K in keyof C]: ValueOf<C[K]> };

/** Declared columns as config: aliases are resolved, so that `int` and `int64` are one key. */
export interface Resolved {
  readonly columns: Columns;
  /** Text columns that hold the JSON of any value. */
  readonly json?: readonly string[];
}

const ALIASES: { readonly [A in Alias]: Type } = {
  text: 'text',
  int: 'int64',
  float: 'float64',
  number: 'float64',
  bool: 'bool',
  date: 'date',
  timestamp: { timestamp: 'ms', zone: 'UTC' },
  json: 'text',
  binary: 'binary',
};

const SCALARS = new Set(
  'null bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 text binary date'.split(' '),
);

export function resolveColumns(declared: Declared): Resolved {
  const names = Object.keys(declared);
  if (names.length === 0)
    throw new Error('No columns are declared: columns is {}. Name at least one, or leave columns out to find them.');
  const json = names.filter((name) => declared[name] === 'json').sort();
  return {
    columns: Object.fromEntries(names.map((name) => [name, typeOf(name, declared[name] as Alias | Type)])),
    ...(json.length > 0 && { json }),
  };
}

function typeOf(name: string, declared: Alias | Type): Type {
  if (typeof declared === 'object' && declared !== null) return declared;
  if (Object.hasOwn(ALIASES, declared)) return ALIASES[declared as Alias];
  if (SCALARS.has(declared)) return declared as Type;
  throw new Error(
    `Column ${name} is declared as ${JSON.stringify(declared)}, which is no type. Use ${Object.keys(ALIASES).join(', ')}, or a full type such as { list: 'float32' }.`,
  );
}
