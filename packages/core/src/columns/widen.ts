import { nullColumn } from './build.js';
import type { Column } from './column.js';
import { fieldsOf, sameType } from './name.js';
import type { Type } from './type.js';

/** The same values under a wider inferred type: nulls of a type, structs with more fields. */
export function widen(column: Column, type: Type): Column {
  if (sameType(column.type, type)) return column;
  if (column.type === 'null') return nullColumn(type, column.length);
  const [child] = column.children ?? [];
  if (typeof type === 'object' && 'list' in type && child)
    return { ...column, type, children: [widen(child, type.list)] };
  if (typeof type === 'object' && 'map' in type)
    return { ...column, type, children: type.map.map((t, i) => widen(column.children?.[i] as Column, t)) };
  if (typeof type === 'object' && 'struct' in type) return widenStruct(column, type);
  throw new Error(`BUG: a column of ${JSON.stringify(column.type)} was asked for as ${JSON.stringify(type)}`);
}

function widenStruct(column: Column, type: { readonly struct: { readonly [field: string]: Type } }): Column {
  const has = fieldsOf((column.type as typeof type).struct);
  const children = fieldsOf(type.struct).map((field) => {
    const at = has.indexOf(field);
    const wanted = type.struct[field] as Type;
    return at < 0 ? nullColumn(wanted, column.length) : widen(column.children?.[at] as Column, wanted);
  });
  return { ...column, type, children };
}
