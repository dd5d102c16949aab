import { Missing, type Validity } from './bits.js';
import type { Column, Values } from './column.js';
import { converterOf, refusal } from './convert.js';
import { inside, type Place } from './error.js';
import { kindOf } from './kind.js';
import { layoutOf, sizeOf } from './layout.js';
import { offsetsOf } from './offsets.js';
import { isTyped } from './read.js';
import type { Type } from './type.js';

type ItemsType = Extract<Type, { list: Type } | { fixed: Type } | { tensor: unknown }>;
type Items = readonly unknown[] | Exclude<Values, BigInt64Array | BigUint64Array>;

interface Flat {
  readonly validity: Validity;
  readonly offsets: Int32Array;
  readonly item: Type;
  /** A column already, where typed arrays of just the right kind could be copied whole. */
  readonly items: Column | readonly unknown[];
}

/** The items of lists, lists of one size and tensors, one after the other. */
export function flatten(values: readonly unknown[], type: Type, place: Place): Flat {
  const own = type as ItemsType;
  const missing = new Missing(values.length);
  const lists = values.map((value, i) => {
    if (value !== null && value !== undefined) return itemsOf(value, own, place, i);
    missing.at(i);
    return undefined;
  });
  const size = sizeWithin(own) ?? 0;
  const offsets = offsetsOf(
    lists.map((list) => list?.length ?? size),
    place,
  );
  const item = itemType(own);
  const items = packed(lists, item, offsets) ?? counted(lists, item, { offsets, place }) ?? spread(lists, item, size);
  return { validity: missing.done(), offsets, item, items };
}

const sizeWithin = (type: ItemsType): number | undefined => {
  if ('list' in type) return undefined;
  return 'fixed' in type ? type.size : sizeOf(type.shape);
};

const itemType = (type: ItemsType): Type => {
  if ('list' in type) return type.list;
  return 'fixed' in type ? type.fixed : type.tensor;
};

function itemsOf(value: unknown, type: ItemsType, place: Place, index: number): Items {
  const items = 'tensor' in type ? unnest(value, type.shape) : value;
  const size = sizeWithin(type);
  if (!isItems(items) || (size !== undefined && items.length !== size)) throw refusal(value, type, place, index);
  return items;
}

const isItems = (value: unknown): value is Items =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));

/** Nested arrays as the shape nests them; a flat array counts as its values in row order. */
function unnest(value: unknown, shape: readonly number[]): unknown {
  if (!Array.isArray(value) || shape.length < 2 || !value.every(isItems)) return value;
  const rest = shape.slice(1);
  const parts = value.map((part) => unnest(part, rest));
  const fits = parts.length === shape[0] && parts.every((part) => isItems(part) && part.length === sizeOf(rest));
  return fits ? parts.flatMap((part) => [...(part as Items)]) : undefined;
}

const isPacked = (list: Items, item: Type): boolean => {
  const kind = kindOf(list);
  return kind === `items:${String(item)}` || (kind === 'binary' && item === 'uint8');
};

/** Typed arrays of just the right kind are copied whole. */
function packed(lists: readonly (Items | undefined)[], item: Type, offsets: Int32Array): Column | undefined {
  if (!isTyped(item) || !lists.every((list) => list === undefined || isPacked(list, item))) return undefined;
  const column = numbers(item, offsets[lists.length]!);
  lists.forEach((list, i) => {
    if (list !== undefined) column.values.set((item === 'float16' ? bitsOf(list) : list) as Float64Array, offsets[i]!);
  });
  return column;
}

/** Numbers without a null among them go straight to their place. */
function counted(
  lists: readonly (Items | undefined)[],
  item: Type,
  { offsets, place }: { readonly offsets: Int32Array; readonly place: Place },
): Column | undefined {
  if (!isTyped(item)) return undefined;
  const column = numbers(item, offsets[lists.length]!);
  const convert = converterOf(item);
  for (let i = 0; i < lists.length; i++) {
    const list = lists[i] ?? [];
    for (let k = 0; k < list.length; k++) {
      const value = list[k];
      if (value === null || value === undefined) return undefined;
      const stored = convert(value);
      if (stored === undefined) throw refusal(value, item, inside(place, '[]', offsets), offsets[i]! + k);
      column.values[offsets[i]! + k] = stored as number;
    }
  }
  return column;
}

function numbers(item: Type, length: number) {
  const layout = layoutOf(item) as { make: new (length: number) => Float64Array };
  return { type: item, length, nulls: 0, values: new layout.make(length) };
}

const bitsOf = (halves: Items) => {
  const view = halves as unknown as Uint16Array;
  return new Uint16Array(view.buffer, view.byteOffset, view.length);
};

/** Where a list of one size is null, its place is filled. */
function spread(lists: readonly (Items | undefined)[], item: Type, size: number): unknown[] {
  const filler = new Array<unknown>(size).fill(isTyped(item) ? 0 : null);
  const items: unknown[] = [];
  for (const list of lists) for (const value of list ?? filler) items.push(value);
  return items;
}
