import { isUtf8 } from 'node:buffer';
import { type Batch, buildColumn, type Column, type Type } from '@millrace/core';
import { Unfit } from './bad-rows.js';
import { type Cells, ESCAPED, PLAIN, QUOTE } from './csv-cells.js';
import { floatFrom, fromText } from './from-text.js';
import { reasonOf } from './json-rows.js';

/** Records that all have as many cells as the file has columns. */
export interface Records {
  readonly cells: Cells;
  readonly width: number;
  /** Number of a record's first cell. */
  readonly firsts: Int32Array;
  /** Texts that mean null in a cell without quotes; the empty one is the usual. */
  readonly nulls: ReadonlySet<string>;
}

export interface CsvColumn {
  readonly name: string;
  readonly type: Type;
  readonly json: boolean;
  /** Which cell of a record. */
  readonly cell: number;
}

/** A cell that its column can't take. */
export interface UnfitCell {
  readonly record: number;
  readonly cell: number;
  readonly why: string;
}

export const buildCsv = (records: Records, columns: readonly CsvColumn[]): Batch => ({
  rows: records.firsts.length,
  columns: new Map(columns.map((column) => [column.name, build(records, column)])),
});

function build(records: Records, column: CsvColumn): Column {
  if (column.type === 'text' && !column.json) return textColumn(records, column.cell);
  if (column.type === 'float64') return floatColumn(records, column);
  const read = textReader(records, column);
  const parse = fromText(column.type, column.json);
  const values = Array.from(records.firsts, (_, row) => {
    const text = read(row);
    return text === null ? null : parse(text);
  });
  return buildColumn(values, column.type, column.name);
}

/** The text of a cell; null where it is empty without quotes, and, for all but text, with them. */
export function textReader({ cells, firsts, nulls }: Records, { cell, type }: Pick<CsvColumn, 'cell' | 'type'>) {
  const bytes = Buffer.from(cells.bytes.buffer, cells.bytes.byteOffset, cells.bytes.byteLength);
  return (row: number): string | null => {
    const at = firsts[row]! + cell;
    const text = bytes.toString('utf8', cells.starts[at], cells.ends[at]);
    const mark = cells.marks[at];
    if (mark === PLAIN && nulls.has(text)) return null;
    if (text === '' && type !== 'text') return null;
    return mark === ESCAPED ? text.replaceAll('""', '"') : text;
  };
}

/** Bytes go from the file to the column as they are. */
function textColumn({ cells, firsts, nulls }: Records, cell: number): Column {
  const { starts, ends, marks, bytes } = cells;
  const length = firsts.length;
  const isNull = nullTest(cells, nulls);
  const offsets = new Int32Array(length + 1);
  const valid = new Uint8Array(((length + 63) >>> 6) << 3);
  let missing = 0;
  let size = 0;
  for (let row = 0; row < length; row++) {
    const at = firsts[row]! + cell;
    if (marks[at] === PLAIN && isNull(at)) missing++;
    else {
      valid[row >> 3]! |= 1 << (row & 7);
      size += ends[at]! - starts[at]!;
    }
    offsets[row + 1] = size;
  }
  const values = new Uint8Array(size);
  let to = 0;
  for (let row = 0; row < length; row++) {
    const at = firsts[row]! + cell;
    if (offsets[row + 1]! > offsets[row]!) {
      offsets[row] = to;
      to = copy(bytes, [starts[at]!, ends[at]!], { values, to, escaped: marks[at] === ESCAPED });
    } else offsets[row] = to;
  }
  offsets[length] = to;
  return {
    type: 'text',
    length,
    nulls: missing,
    ...(missing > 0 && { valid }),
    offsets,
    values: to === size ? values : values.subarray(0, to),
  };
}

const SHORT = 40;

/** For short pieces a call costs more than the bytes. */
function copy(
  from: Uint8Array,
  [start, end]: readonly [number, number],
  { values, to, escaped }: { values: Uint8Array; to: number; escaped: boolean },
): number {
  if (escaped) {
    let at = to;
    for (let i = start; i < end; i++) {
      values[at++] = from[i]!;
      if (from[i] === QUOTE) i++;
    }
    return at;
  }
  if (end - start > SHORT) values.set(from.subarray(start, end), to);
  else for (let i = start; i < end; i++) values[to + i - start] = from[i]!;
  return to + end - start;
}

function nullTest({ starts, ends, bytes }: Cells, nulls: ReadonlySet<string>): (cell: number) => boolean {
  const empty = nulls.has('');
  if (nulls.size === (empty ? 1 : 0)) return (cell) => empty && starts[cell] === ends[cell];
  const longest = Math.max(...[...nulls].map((text) => Buffer.byteLength(text)));
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return (cell) => ends[cell]! - starts[cell]! <= longest && nulls.has(text.toString('utf8', starts[cell], ends[cell]));
}

function floatColumn(records: Records, column: CsvColumn): Column {
  const { cells, firsts, nulls } = records;
  const { starts, ends, bytes, marks } = cells;
  const length = firsts.length;
  const isNull = nullTest(cells, nulls);
  const read = textReader(records, column);
  const values = new Float64Array(length);
  const valid = new Uint8Array(((length + 63) >>> 6) << 3).fill(255);
  let missing = 0;
  for (let row = 0; row < length; row++) {
    const at = firsts[row]! + column.cell;
    if (starts[at] === ends[at] || (marks[at] === PLAIN && isNull(at))) {
      missing++;
      valid[row >> 3]! &= ~(1 << (row & 7));
    } else {
      const fast = simpleNumber(bytes, starts[at]!, ends[at]!);
      values[row] = Number.isNaN(fast) ? floatFrom(read(row) as string) : fast;
    }
  }
  return { type: 'float64', length, nulls: missing, ...(missing > 0 && { valid }), values };
}

const TENTHS = Float64Array.from({ length: 16 }, (_, power) => 10 ** power);
const MINUS = 45;
const POINT = 46;

/** Up to 15 digits with a point: two whole floats and one division, rounded as any parser does. NaN: ask one. */
function simpleNumber(bytes: Uint8Array, start: number, end: number): number {
  const negative = bytes[start] === MINUS;
  let at = negative ? start + 1 : start;
  if (end - at > 16 || at === end) return Number.NaN;
  let digits = 0;
  let count = 0;
  let point = -1;
  for (; at < end; at++) {
    const digit = bytes[at]! - 48;
    if (digit >= 0 && digit <= 9) {
      digits = digits * 10 + digit;
      count++;
    } else if (bytes[at] === POINT && point < 0) point = at;
    else return Number.NaN;
  }
  if (count === 0 || count > 15) return Number.NaN;
  const value = point < 0 ? digits : digits / TENTHS[end - 1 - point]!;
  return negative ? -value : value;
}

/** Which cells do not fit: asked only of records where building failed. */
export function unfitCells(records: Records, columns: readonly CsvColumn[]): UnfitCell[] {
  const found: UnfitCell[] = [];
  const parsers = columns.map((column) => ({
    column,
    read: textReader(records, column),
    parse: fromText(column.type, column.json),
  }));
  for (let record = 0; record < records.firsts.length; record++) {
    const first = parsers.find(({ column, read, parse }) => {
      const why = whyUnfit(() => {
        const text = read(record);
        if (text !== null) buildColumn([parse(text)], column.type, column.name);
      });
      if (why !== undefined) found.push({ record, cell: column.cell, why: `column ${column.name}: ${why}` });
      return why !== undefined;
    });
    if (!first && !isRecordUtf8(records, record))
      found.push({
        record,
        cell: 0,
        why: 'the row is not UTF-8: some of its bytes are in another encoding. Save the file as UTF-8',
      });
  }
  return found;
}

export const isAllUtf8 = ({ cells }: Records): boolean => isUtf8(cells.bytes.subarray(0, cells.rest));

function isRecordUtf8({ cells, firsts, width }: Records, record: number): boolean {
  const first = firsts[record]!;
  return isUtf8(cells.bytes.subarray(cells.starts[first], cells.ends[first + width - 1]));
}

function whyUnfit(attempt: () => void): string | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    if (error instanceof Unfit) return error.message;
    if ((error as Error).name === 'ColumnError') return reasonOf(error as Error);
    throw error;
  }
}
