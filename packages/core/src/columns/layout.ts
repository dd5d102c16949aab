import type { Values } from './column.js';
import type { Scalar, Type } from './type.js';

export interface ValuesMaker {
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): Values;
  new (buffer: ArrayBufferLike, from: number, length: number): Values;
}

/** How the values of a type lie in memory: all that gather, concat, pack and the file formats need to know of it. */
export type Layout =
  | { readonly is: 'null' }
  | { readonly is: 'bits' }
  | { readonly is: 'numbers'; readonly make: ValuesMaker; readonly stride: number }
  | { readonly is: 'bytes' }
  | { readonly is: 'list'; readonly items: readonly Type[] }
  | { readonly is: 'fixed'; readonly item: Type; readonly size: number }
  | { readonly is: 'struct'; readonly names: readonly string[]; readonly items: readonly Type[] };

const numbers = (make: ValuesMaker, stride = 1): Layout => ({ is: 'numbers', make, stride });

const SCALARS: { readonly [S in Scalar]: Layout } = {
  null: { is: 'null' },
  bool: { is: 'bits' },
  int8: numbers(Int8Array),
  int16: numbers(Int16Array),
  int32: numbers(Int32Array),
  int64: numbers(BigInt64Array),
  uint8: numbers(Uint8Array),
  uint16: numbers(Uint16Array),
  uint32: numbers(Uint32Array),
  uint64: numbers(BigUint64Array),
  float16: numbers(Uint16Array),
  float32: numbers(Float32Array),
  float64: numbers(Float64Array),
  text: { is: 'bytes' },
  binary: { is: 'bytes' },
  date: numbers(Int32Array),
};

const TIMESTAMP = numbers(BigInt64Array);
const DECIMAL = numbers(Uint8Array, 16);

export function layoutOf(type: Type): Layout {
  if (typeof type === 'string') return SCALARS[type];
  if ('timestamp' in type) return TIMESTAMP;
  if ('decimal' in type) return DECIMAL;
  if ('list' in type) return { is: 'list', items: [type.list] };
  if ('map' in type) return { is: 'list', items: type.map };
  if ('fixed' in type) return { is: 'fixed', item: type.fixed, size: type.size };
  if ('tensor' in type) return { is: 'fixed', item: type.tensor, size: sizeOf(type.shape) };
  return { is: 'struct', names: Object.keys(type.struct), items: Object.values(type.struct) };
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((all, side) => all * side, 1);

/** Bytes of one value; undefined where that depends on the value. */
export function widthOf(type: Type): number | undefined {
  const layout = layoutOf(type);
  if (layout.is === 'null') return 0;
  if (layout.is === 'bits') return 1;
  if (layout.is === 'numbers') return layout.make.BYTES_PER_ELEMENT * layout.stride;
  if (layout.is === 'fixed') return times(widthOf(layout.item), layout.size);
  if (layout.is === 'struct') return layout.items.map(widthOf).reduce(plus, 0);
  return undefined;
}

const times = (width: number | undefined, size: number) => (width === undefined ? undefined : width * size);
const plus = (a: number | undefined, b: number | undefined) => (a === undefined || b === undefined ? undefined : a + b);
