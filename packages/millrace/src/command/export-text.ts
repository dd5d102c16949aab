import { type Column, type Row, rowsOf, type TableReader } from '@millrace/core';
import { isFormula, plainCell, quotedCell } from './csv-text.js';
import { jsonText } from './session.js';

/** One JSON object a line. */
export const jsonlPieces = (reader: TableReader): AsyncIterable<string> =>
  piecesOf(linesOf(reader, (row) => `${jsonText(row)}\n`));

export interface CsvHow {
  /** Texts as they are, also those that a spreadsheet takes for formulas. */
  readonly raw: boolean;
}

/**
 * RFC 4180. What is no text, number or flag stands there as JSON; null is an empty cell. A text that a spreadsheet would
 * take for a formula gets a `'` before it; then the first name that needs no quotes has them, which says so to our reader.
 */
export async function* csvPieces(reader: TableReader, { raw }: CsvHow): AsyncGenerator<string> {
  const names = Object.keys(reader.columns);
  const guarded = !raw && (names.some(isFormula) || (await hasFormulas(reader)));
  const text = guarded ? safe : plainCell;
  const cells = names.map((name) => ({ name, write: reader.columns[name] === 'text' ? text : plainCell }));
  yield `${headerOf(names, guarded)}\r\n`;
  const line = (row: Row) => `${cells.map(({ name, write }) => cell(row[name], write)).join(',')}\r\n`;
  yield* piecesOf(linesOf(reader, line));
}

const safe = (text: string): string => plainCell(isFormula(text) ? `'${text}` : text);

function headerOf(names: readonly string[], guarded: boolean): string {
  if (!guarded) return names.map(plainCell).join(',');
  const written = names.map(safe);
  const plain = written.findIndex((name) => !name.startsWith('"'));
  return written.map((name, at) => (at === plain ? quotedCell(name) : name)).join(',');
}

/** Looked for in the bytes of the text columns, before the first line is written. */
async function hasFormulas(reader: TableReader): Promise<boolean> {
  const names = Object.keys(reader.columns).filter((name) => reader.columns[name] === 'text');
  if (names.length === 0) return false;
  for await (const { columns } of reader.batches(names))
    for (const column of columns.values()) if (holdsFormula(column)) return true;
  return false;
}

const APOSTROPHE = 39;
const SIGNS = new Set(Buffer.from('=+-@\t\r'));

function holdsFormula({ offsets, values, length }: Column): boolean {
  const bytes = values as Uint8Array;
  for (let row = 0; row < length; row++) {
    const end = offsets?.[row + 1] ?? 0;
    let at = offsets?.[row] ?? 0;
    while (at < end && bytes[at] === APOSTROPHE) at++;
    if (at < end && SIGNS.has(bytes[at] as number)) return true;
  }
  return false;
}

async function* linesOf(reader: TableReader, line: (row: Row) => string): AsyncGenerator<string> {
  for await (const batch of reader.batches()) for (const row of rowsOf(batch) as Row[]) yield line(row);
}

const PIECE = 1 << 18;

/** Of a size that is worth a write. */
async function* piecesOf(lines: AsyncIterable<string>): AsyncGenerator<string> {
  let open: string[] = [];
  let size = 0;
  for await (const line of lines) {
    open.push(line);
    size += line.length;
    if (size < PIECE) continue;
    yield open.join('');
    open = [];
    size = 0;
  }
  if (size > 0) yield open.join('');
}

function cell(value: unknown, write: (text: string) => string): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return write(value);
  if (typeof value === 'bigint' || typeof value === 'boolean' || typeof value === 'number') return String(value);
  if (value instanceof Date) return value.toISOString();
  return plainCell(jsonText(value));
}
