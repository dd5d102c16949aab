import { types } from 'node:util';
import { ALL_VALID, allNull, bitmap, Missing, setBit, type Validity } from './bits.js';
import type { Batch, Column } from './column.js';
import { converterOf, refusal } from './convert.js';
import { putDecimal } from './decimal.js';
import { ColumnError, inside, type Place, placeOf, type RowNumber } from './error.js';
import { flatten } from './items.js';
import { isPlain, ownReader } from './kind.js';
import { layoutOf } from './layout.js';
import { offsetsOf } from './offsets.js';
import { buildBinary, buildText } from './strings.js';
import type { Columns, Type } from './type.js';

export { inferColumns, inferType } from './infer.js';

/** Values as they are, or an error that names the row: nothing is cut, wrapped, parsed or turned into text. */
export const buildColumn = (values: readonly unknown[], type: Type, column: string): Column =>
  build(values, type, placeOf(column));

export function buildBatch(rows: readonly object[], columns: Columns, number?: RowNumber): Batch {
  checkFields(rows, columns, placeOf('', number));
  const column = ([name, type]: [string, Type]) =>
    [name, build(rows.map(ownReader(name)), type, placeOf(name, number))] as const;
  return { rows: rows.length, columns: new Map(Object.entries(columns).map(column)) };
}

function build(values: readonly unknown[], type: Type, place: Place): Column {
  if (type === 'null') return buildNull(values, place);
  if (type === 'bool') return buildBool(values, place);
  if (type === 'text') return buildText(values, place);
  if (type === 'binary') return buildBinary(values, place);
  const layout = layoutOf(type);
  if (layout.is === 'numbers')
    return layout.stride === 1 ? buildNumbers(values, type, place) : buildDecimal(values, type, place);
  if (layout.is === 'struct') return buildStruct(values, type as { struct: Columns }, place);
  return typeof type === 'object' && 'map' in type ? buildMap(values, type, place) : buildItems(values, type, place);
}

function buildNull(values: readonly unknown[], place: Place): Column {
  const index = values.findIndex((value) => value !== null && value !== undefined);
  if (index >= 0) throw refusal(values[index], 'null', place, index);
  return { type: 'null', length: values.length, nulls: values.length };
}

function buildBool(values: readonly unknown[], place: Place): Column {
  const bits = bitmap(values.length);
  const missing = new Missing(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value === true) setBit(bits, i);
    else if (value === null || value === undefined) missing.at(i);
    else if (value !== false) throw refusal(value, 'bool', place, i);
  }
  return { type: 'bool', length: values.length, values: bits, ...missing.done() };
}

function buildNumbers(values: readonly unknown[], type: Type, place: Place): Column {
  const layout = layoutOf(type) as { make: new (length: number) => Float64Array };
  const out = new layout.make(values.length);
  const missing = new Missing(values.length);
  const convert = converterOf(type);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value === null || value === undefined) {
      missing.at(i);
      continue;
    }
    const stored = convert(value);
    if (stored === undefined) throw refusal(value, type, place, i);
    out[i] = stored as number;
  }
  return { type, length: values.length, values: out, ...missing.done() };
}

function buildDecimal(values: readonly unknown[], type: Type, place: Place): Column {
  const out = new Uint8Array(values.length * 16);
  const missing = new Missing(values.length);
  const convert = converterOf(type);
  values.forEach((value, i) => {
    const isMissing = value === null || value === undefined;
    const stored = isMissing ? 0n : convert(value);
    if (stored === undefined) throw refusal(value, type, place, i);
    if (isMissing) missing.at(i);
    else putDecimal(out, i, stored as bigint);
  });
  return { type, length: values.length, values: out, ...missing.done() };
}

function buildStruct(values: readonly unknown[], type: { struct: Columns }, place: Place): Column {
  const validity = checkEach(values, (value) => typeof value === 'object' && isPlain(value as object), { type, place });
  checkFields(values as readonly (object | null)[], type.struct, place);
  const children = Object.entries(type.struct).map(([name, item]) => {
    const read = ownReader(name);
    return build(
      values.map((value) => value && read(value)),
      item,
      inside(place, `.${name}`),
    );
  });
  return { type, length: values.length, children, ...validity };
}

function buildItems(values: readonly unknown[], type: Type, place: Place): Column {
  const { validity, offsets, items, item } = flatten(values, type, place);
  const child = 'type' in items ? items : build(items, item, inside(place, '[]', offsets));
  const column = { type, length: values.length, children: [child], ...validity };
  return layoutOf(type).is === 'list' ? { ...column, offsets } : column;
}

function buildMap(values: readonly unknown[], type: { map: readonly [Type, Type] }, place: Place): Column {
  const validity = checkEach(values, types.isMap, { type, place });
  const maps = values as readonly (Map<unknown, unknown> | null | undefined)[];
  const offsets = offsetsOf(
    maps.map((map) => map?.size ?? 0),
    place,
  );
  const all = (items: (map: Map<unknown, unknown>) => Iterable<unknown>) =>
    maps.flatMap((map) => (map ? [...items(map)] : []));
  const keys = build(
    all((map) => map.keys()),
    type.map[0],
    inside(place, '.keys', offsets),
  );
  if (keys.nulls > 0) throw nullKey(place);
  const items = build(
    all((map) => map.values()),
    type.map[1],
    inside(place, '.values', offsets),
  );
  return { type, length: values.length, offsets, children: [keys, items], ...validity };
}

/** Every value is null or passes. */
function checkEach(
  values: readonly unknown[],
  passes: (value: unknown) => boolean,
  { type, place }: { readonly type: Type; readonly place: Place },
): Validity {
  const missing = new Missing(values.length);
  values.forEach((value, i) => {
    if (value === null || value === undefined) missing.at(i);
    else if (!passes(value)) throw refusal(value, type, place, i);
  });
  return missing.done();
}

const nullKey = (place: Place) =>
  new ColumnError(
    place.column,
    undefined,
    `Column "${place.path}" holds a Map with a key that is null or undefined, which no file format can hold. Leave that entry out.`,
  );

/** A field that no column is declared for would be lost without a word. */
function checkFields(objects: readonly (object | null | undefined)[], columns: Columns, place: Place): void {
  for (let i = 0; i < objects.length; i++) {
    for (const name in objects[i]) if (!Object.hasOwn(columns, name)) throw undeclared(name, place, i);
  }
}

const undeclared = (name: string, place: Place, index: number) =>
  new ColumnError(
    place.column === '' ? name : place.column,
    place.row(index),
    `Row ${place.row(index)} has a field "${place.path === '' ? name : `${place.path}.${name}`}" that is not declared. ` +
      'Declare a column for it, or leave it out of the row.',
  );

/** A column of nothing but nulls. */
export function nullColumn(type: Type, length: number): Column {
  const layout = layoutOf(type);
  if (layout.is === 'null') return { type, length, nulls: length };
  const validity = length === 0 ? ALL_VALID : allNull(length);
  if (layout.is === 'bits') return { type, length, ...validity, values: bitmap(length) };
  if (layout.is === 'numbers') return { type, length, ...validity, values: new layout.make(length * layout.stride) };
  if (layout.is === 'bytes')
    return { type, length, ...validity, offsets: new Int32Array(length + 1), values: new Uint8Array(0) };
  if (layout.is === 'fixed')
    return { type, length, ...validity, children: [nullColumn(layout.item, length * layout.size)] };
  if (layout.is === 'struct')
    return { type, length, ...validity, children: layout.items.map((item) => nullColumn(item, length)) };
  return {
    type,
    length,
    ...validity,
    offsets: new Int32Array(length + 1),
    children: layout.items.map((item) => nullColumn(item, 0)),
  };
}
