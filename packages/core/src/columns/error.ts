import { types } from 'node:util';
/** A value that its column can't hold, or values that make no column. */
export class ColumnError extends Error {
  override readonly name = 'ColumnError';
  constructor(
    readonly column: string,
    /** Within the values that were given. */
    readonly row: number | undefined,
    message: string,
  ) {
    super(message);
  }
}

/** Where a value stands: `meta.tags[]` of row 7. */
export interface Place {
  readonly column: string;
  readonly path: string;
  row(index: number): number;
}

/** What a person calls the row of an index. */
export type RowNumber = (index: number) => number;

export const placeOf = (column: string, row: RowNumber = (index) => index): Place => ({ column, path: column, row });

/** Items of lists know their row by their list's start. */
export const inside = (place: Place, step: string, offsets?: Int32Array): Place => ({
  column: place.column,
  path: `${place.path}${step}`,
  row: (index) => place.row(offsets === undefined ? index : ownerOf(offsets, index)),
});

function ownerOf(offsets: Int32Array, item: number): number {
  let low = 0;
  let high = offsets.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (offsets[middle]! <= item) low = middle;
    else high = middle;
  }
  return low;
}

export function showValue(value: unknown): string {
  if (typeof value === 'string') return `the text ${shorten(JSON.stringify(value))}`;
  if (typeof value === 'number') return Object.is(value, -0) ? 'the number -0' : `the number ${value}`;
  if (typeof value === 'bigint') return `the bigint ${value}n`;
  if (value === null || typeof value !== 'object') return String(typeof value === 'function' ? 'a function' : value);
  if (types.isDate(value)) return Number.isNaN(value.getTime()) ? 'an invalid Date' : `the Date ${value.toISOString()}`;
  if (ArrayBuffer.isView(value)) return `a ${kindName(value)} of ${sizeText(value)}`;
  return Array.isArray(value) ? `an array of ${value.length}` : `a ${kindName(value)}`;
}

const sizeText = (view: ArrayBufferView) => ('length' in view ? `${view.length} items` : `${view.byteLength} bytes`);
const kindName = (value: object) => {
  const name: unknown = value.constructor?.name;
  return typeof name === 'string' && name !== 'Object' ? name : 'plain object';
};
const shorten = (text: string) => (text.length > 60 ? `${text.slice(0, 57)}…"` : text);
