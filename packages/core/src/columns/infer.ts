import { ColumnError, inside, type Place, placeOf, type RowNumber, showValue } from './error.js';
import { type Items, itemOf, type Kind, kindOf, kindText, ownReader } from './kind.js';
import { sameType } from './name.js';
import type { Columns, Type } from './type.js';

/** The type that values have by their JavaScript type alone. */
export const inferType = (values: readonly unknown[], column: string): Type => infer(values, placeOf(column));

/** Names in the order in which they first appear; a field that a row lacks is null there. */
export function inferColumns(rows: readonly object[], number?: RowNumber): Columns {
  const names = new Set<string>();
  for (const row of rows) for (const name of Object.keys(row)) names.add(name);
  return Object.fromEntries([...names].map((name) => [name, infer(rows.map(ownReader(name)), placeOf(name, number))]));
}

/** The one type for runs of values that were inferred apart, if there is one: null gives way, structs unite. */
export function unifyTypes(a: Type, b: Type): Type | undefined {
  if (a === 'null' || sameType(a, b)) return b;
  if (b === 'null') return a;
  if (typeof a === 'string' || typeof b === 'string') return undefined;
  if ('list' in a && 'list' in b) return within(unifyTypes(a.list, b.list), (list) => ({ list }));
  if ('struct' in a && 'struct' in b) return within(unifyFields(a.struct, b.struct), (struct) => ({ struct }));
  if (!('map' in a && 'map' in b)) return undefined;
  const [key, value] = [unifyTypes(a.map[0], b.map[0]), unifyTypes(a.map[1], b.map[1])];
  return key === undefined || value === undefined ? undefined : { map: [key, value] };
}

const within = <T, U>(value: T | undefined, make: (value: T) => U) => (value === undefined ? undefined : make(value));

function unifyFields(a: Columns, b: Columns): Columns | undefined {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
  const types = names.map((name) => unifyTypes(field(a, name), field(b, name)));
  return types.includes(undefined) ? undefined : Object.fromEntries(names.map((name, i) => [name, types[i] as Type]));
}
const field = (struct: Columns, name: string): Type => (Object.hasOwn(struct, name) ? struct[name]! : 'null');

function infer(values: readonly unknown[], place: Place): Type {
  const kind = commonKind(values, place);
  if (kind === 'timestamp') return { timestamp: 'ms', zone: 'UTC' };
  if (kind === 'list') return { list: infer(...itemsOf(values as readonly (unknown[] | null)[], place)) };
  if (kind === 'struct') return { struct: inferStruct(values as readonly (object | null)[], place) };
  if (kind === 'map') return inferMap(values as readonly (Map<unknown, unknown> | null)[], place);
  return kind.startsWith('items:') ? { list: itemOf(kind as Items) } : (kind as Type);
}

function commonKind(values: readonly unknown[], place: Place): Kind {
  let common: Kind = 'null';
  let first = 0;
  for (let i = 0; i < values.length; i++) {
    const kind = kindOf(values[i]);
    if (kind === common || kind === 'null') continue;
    if (kind === undefined) throw noColumn(values[i], place, i);
    if (common !== 'null') throw mixed([common, first], [kind, i], place);
    common = kind;
    first = i;
  }
  return common;
}

function itemsOf(lists: readonly (unknown[] | null | undefined)[], place: Place): [values: unknown[], place: Place] {
  const offsets = new Int32Array(lists.length + 1);
  const items: unknown[] = [];
  for (let i = 0; i < lists.length; i++) {
    for (const item of lists[i] ?? []) items.push(item);
    offsets[i + 1] = items.length;
  }
  return [items, inside(place, '[]', offsets)];
}

function inferStruct(objects: readonly (object | null | undefined)[], place: Place): Columns {
  const names = new Set<string>();
  for (const object of objects) for (const name of Object.keys(object ?? {})) names.add(name);
  const typeOf = (name: string) => {
    const read = ownReader(name);
    return infer(
      objects.map((object) => object && read(object)),
      inside(place, `.${name}`),
    );
  };
  return Object.fromEntries([...names].sort().map((name) => [name, typeOf(name)]));
}

function inferMap(maps: readonly (Map<unknown, unknown> | null | undefined)[], place: Place): Type {
  const [keys, at] = itemsOf(
    maps.map((map) => map && [...map.keys()]),
    place,
  );
  const [values] = itemsOf(
    maps.map((map) => map && [...map.values()]),
    place,
  );
  const step = (name: string): Place => ({ ...at, path: `${place.path}.${name}` });
  return { map: [infer(keys, step('keys')), infer(values, step('values'))] };
}

const noColumn = (value: unknown, place: Place, index: number) =>
  new ColumnError(
    place.column,
    place.row(index),
    `Column "${place.path}", row ${place.row(index)}, holds ${showValue(value)}, which no column can hold: ` +
      'columns take strings, numbers, bigints, booleans, Dates, typed arrays, arrays, plain objects and Maps. ' +
      'Turn it into one of these before it is returned.',
  );

const mixed = ([a, rowA]: [Kind, number], [b, rowB]: [Kind, number], place: Place) =>
  new ColumnError(
    place.column,
    place.row(rowB),
    `Column "${place.path}" holds ${kindText(a)} in row ${place.row(rowA)} and ${kindText(b)} in row ${place.row(rowB)}. ` +
      'One column has one type. Convert one of them, or declare the column and give it only values of that type.',
  );
