import { bit, type Column, layoutOf, type Type } from './core.js';
import { FormatError } from './damage.js';

/** Parquet has no timestamps in seconds: as they are, only Arrow's own readers would take them for times. */
export function inParquet(type: Type): Type {
  if (typeof type === 'string' || 'decimal' in type || 'tensor' in type) return type;
  if ('timestamp' in type) return type.timestamp === 's' ? { ...type, timestamp: 'ms' } : type;
  if ('list' in type) return { list: inParquet(type.list) };
  if ('fixed' in type) return { ...type, fixed: inParquet(type.fixed) };
  if ('map' in type) return { map: [inParquet(type.map[0]), inParquet(type.map[1])] };
  const fields = Object.entries(type.struct).map(([name, item]) => [name, inParquet(item)] as const);
  return { struct: Object.fromEntries(fields) };
}

/** The same times in the unit of another type, everything else as it is. */
export function restamped(column: Column, type: Type, name: string): Column {
  const from = unitOf(column.type);
  const to = unitOf(type);
  if (from !== to) return { ...column, type, values: rescaled(column, name, to === 'ms') };
  if (column.children === undefined) return column;
  const layout = layoutOf(type);
  const items = layout.is === 'fixed' ? [layout.item] : 'items' in layout ? layout.items : [];
  return { ...column, type, children: column.children.map((child, i) => restamped(child, items[i]!, name)) };
}

const unitOf = (type: Type): string | undefined =>
  typeof type === 'object' && 'timestamp' in type ? type.timestamp : undefined;

function rescaled(column: Column, name: string, finer: boolean): BigInt64Array {
  const values = column.values as BigInt64Array;
  if (!finer) return values.map((value) => value / 1000n);
  return values.map((value, row) => {
    const scaled = BigInt.asIntN(64, value * 1000n);
    if (scaled === value * 1000n || (column.valid && bit(column.valid, row) === 0)) return scaled;
    throw tooFar(name, row, value);
  });
}

const tooFar = (name: string, row: number, value: bigint) =>
  new FormatError(
    name,
    `Column "${name}", row ${row}, is ${value} s from 1970, further than Parquet can say in ms. Store it with format 'arrow'.`,
  );
