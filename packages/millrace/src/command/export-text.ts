import { type Column, jsonText, type Row, rowsOf, type TableReader } from '@millrace/core';
import { notice } from '../notice.js';
import { cellOf } from './csv-cell.js';
import { guardedCell, isFormula, LONE_NULL, markOf, plainCell, quotedCell } from './csv-text.js';
import { plainRow } from './plain-row.js';

/** One JSON object a line. */
export const jsonlPieces = (reader: TableReader): AsyncIterable<string> => {
  const plain = plainRow(reader.columns);
  return piecesOf(linesOf(reader, (row) => `${jsonText(plain(row))}\n`));
};

export interface CsvHow {
  /** Texts as they are, also those that a spreadsheet takes for formulas. */
  readonly raw: boolean;
}

/**
 * RFC 4180. What is no text, number or flag stands there as JSON; null is an empty cell. A text that a spreadsheet would
 * take for a formula gets a `'` before it, and one of the names says so to our reader.
 */
export async function* csvPieces(reader: TableReader, { raw }: CsvHow): AsyncGenerator<string> {
  const names = Object.keys(reader.columns);
  const guarded = raw ? new Set<string>() : await withFormulas(reader);
  const guards = guarded.size > 0 || (!raw && names.some(isFormula));
  const mark = guards ? markOf(names, guarded) : undefined;
  if (guards && mark === undefined) notice(UNMARKED);
  const text = raw ? plainCell : guardedCell;
  yield `${names.map((name) => (name === mark ? quotedCell(name) : text(name))).join(',')}\r\n`;
  yield* piecesOf(linesOf(reader, lineOf(reader, text)));
}

const UNMARKED =
  "Texts that a spreadsheet takes for formulas have a ' before them, and no name of this table can say so: a CSV source reads them with it. Export with --raw, or as jsonl, what only programs read.";
const NULL_TEXTS =
  'A CSV of one column cannot tell null from an empty text: rows without a text were written as "". Export as jsonl to keep them apart.';

function lineOf({ columns }: TableReader, text: (text: string) => string): (row: Row) => string {
  const cells = Object.entries(columns).map(([name, type]) => ({ name, write: cellOf(type, text) }));
  const [first] = cells;
  if (!first || cells.length > 1) return (row) => `${cells.map(({ name, write }) => write(row[name])).join(',')}\r\n`;
  return (row) => {
    const only = first.write(row[first.name]);
    if (only === '' && columns[first.name] === 'text') notice(NULL_TEXTS);
    return `${only || LONE_NULL}\r\n`;
  };
}

/** Columns of texts of which one would be taken for a formula. Looked for in their bytes, before the first line is written. */
async function withFormulas(reader: TableReader): Promise<Set<string>> {
  const names = Object.keys(reader.columns).filter((name) => reader.columns[name] === 'text');
  const found = new Set<string>();
  if (names.length === 0) return found;
  for await (const { columns } of reader.batches(names))
    for (const [name, column] of columns) if (!found.has(name) && holdsFormula(column)) found.add(name);
  return found;
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
