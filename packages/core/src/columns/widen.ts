import { nullColumn } from './build.js';
import type { Column } from './column.js';
import { sameType, typeName } from './name.js';
import type { Columns, Type } from './type.js';

/** A column seen as the type that `unifyTypes` found for it and others: nulls get a type, structs their missing fields. */
export function widen(column: Column, type: Type): Column {
  const from = column.type;
  if (sameType(from, type)) return column;
  if (from === 'null') return nullColumn(type, column.length);
  if (typeof from === 'object' && typeof type === 'object') {
    if ('list' in from && 'list' in type) return { ...column, type, children: widenEach(column, [type.list]) };
    if ('map' in from && 'map' in type) return { ...column, type, children: widenEach(column, type.map) };
    if ('struct' in from && 'struct' in type)
      return { ...column, type, children: widenFields(column, from.struct, type.struct) };
  }
  throw new Error(`BUG: a column of ${typeName(from)} can't be widened to ${typeName(type)}.`);
}

const widenEach = (column: Column, types: readonly Type[]): Column[] =>
  types.map((type, i) => widen(column.children![i]!, type));

function widenFields(column: Column, from: Columns, to: Columns): Column[] {
  const names = Object.keys(from);
  return Object.entries(to).map(([name, type]) => {
    const at = names.indexOf(name);
    return at === -1 ? nullColumn(type, column.length) : widen(column.children![at]!, type);
  });
}
