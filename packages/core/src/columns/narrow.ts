import type { Column } from './column.js';
import type { Columns, Type } from './type.js';
import { ownItems } from './widen.js';

/**
 * The type that the rows of a column would have by themselves, where it was stored with others that had more in them: a
 * field that only others have a value in is none of theirs, and lists that are all empty have items of no type.
 */
export function narrowType(column: Column): Type {
  const { type } = column;
  if (column.nulls === column.length) return 'null';
  if (typeof type === 'string') return type;
  if ('struct' in type) return { struct: narrowFields(column, type.struct) };
  if ('list' in type) return { list: narrowType(ownItems(column, 0)) };
  if ('map' in type) return { map: [narrowType(ownItems(column, 0)), narrowType(ownItems(column, 1))] };
  return type;
}

/** A field whose type is null was given as null by whoever gave it: it stays. */
function narrowFields(column: Column, fields: Columns): Columns {
  const narrow = Object.entries(fields).map(([name, type], i) => ({
    name,
    type,
    own: narrowType(column.children![i]!),
  }));
  return Object.fromEntries(
    narrow.filter(({ type, own }) => own !== 'null' || type === 'null').map(({ name, own }) => [name, own]),
  );
}
