import { nullColumn } from './build.js';
import type { Column } from './column.js';
import { sameType, typeName } from './name.js';
import { slice } from './slice.js';
import type { Columns, Scalar, Type } from './type.js';

/**
 * A column seen as the type that was found for it and others, its fields in that type's order: nulls get a type, structs
 * their missing fields. Seen as a narrower one, it loses what no row of it has a value in.
 */
export function widen(column: Column, type: Type): Column {
  const from = column.type;
  if (from === type || JSON.stringify(from) === JSON.stringify(type)) return column;
  if (from === 'null') return nullColumn(type, column.length);
  if (type === 'null' && column.nulls === column.length) return nullColumn(type, column.length);
  if (typeof from === 'object' && typeof type === 'object') {
    if ('struct' in from && 'struct' in type)
      return { ...column, type, children: widenFields(column, from.struct, type.struct) };
    const items = itemsOf(from, type);
    if (items) return { ...column, type, children: items.map((item, i) => widen(ownItems(column, i), item)) };
    if (sameType(from, type)) return { ...column, type };
  }
  throw new Error(`BUG: a column of ${typeName(from)} can't be widened to ${typeName(type)}.`);
}

/** A list's child may be longer than what its offsets reach. */
export function ownItems({ offsets, length, children }: Column, at: number): Column {
  const child = children![at]!;
  const end = offsets ? offsets[length]! : child.length;
  return end === child.length ? child : slice(child, 0, end);
}

function itemsOf(from: object, type: Exclude<Type, Scalar>): readonly Type[] | undefined {
  if ('list' in type && 'list' in from) return [type.list];
  if ('map' in type && 'map' in from) return type.map;
  return 'fixed' in type && 'fixed' in from && 'size' in from && from.size === type.size ? [type.fixed] : undefined;
}

function widenFields(column: Column, from: Columns, to: Columns): Column[] {
  const names = Object.keys(from);
  const lost = names.find((name, i) => !Object.hasOwn(to, name) && column.children![i]!.nulls < column.length);
  if (lost !== undefined) throw new Error(`BUG: the field ${lost} has values and no place in ${Object.keys(to)}.`);
  return Object.entries(to).map(([name, type]) => {
    const at = names.indexOf(name);
    return at === -1 ? nullColumn(type, column.length) : widen(column.children![at]!, type);
  });
}
