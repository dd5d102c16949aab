import { isUtf8 } from 'node:buffer';
import { MOST_COLUMNS, refuseUtf16, tooManyColumns } from './bounds.js';
import { type Cells, ESCAPED, PLAIN, scan } from './csv-cells.js';
import type { CsvColumn } from './csv-columns.js';
import { isGuarded, unguard } from './csv-guard.js';
import type { Resolved } from './declared.js';
import { startOf } from './disk.js';
import type { Reading } from './reading.js';

export interface CsvConfig {
  /** One character of ASCII. */
  readonly delimiter: string;
  /** Whether the first row names the columns. */
  readonly header: boolean;
  /** Texts that mean null in cells without quotes. */
  readonly nulls: readonly string[];
}

const MARK = '\ufeff';

export interface CellNames {
  readonly names: string[];
  /** Millrace wrote the file, with a `'` before texts that a spreadsheet takes for formulas. */
  readonly guarded: boolean;
}

/** A name for each cell of a row: of the first row, of the declared columns in their order, or `column1`, `column2` … */
export async function cellNames(
  { path, declared, bad }: Reading,
  { delimiter, header }: CsvConfig,
): Promise<CellNames> {
  const { cells, guarded } = await firstRow(path, { delimiter, header }, bad.file);
  if (cells.length > MOST_COLUMNS) throw tooManyColumns(`${bad.file}:1`);
  if (header) return { names: named(cells, bad.file), guarded };
  const given = Object.keys(declared?.columns ?? {});
  if (declared && given.length !== cells.length && cells.length > 0)
    throw new Error(
      `${bad.file}:1: the file has ${cells.length} cells in its first row, and ${given.length} columns are declared for them. Without a header, columns are declared in the order of the cells, each of them.`,
    );
  return { names: declared ? given : cells.map((_, cell) => `column${cell + 1}`), guarded: false };
}

/** The header's texts; a name that is empty gets a number, one that stands twice is refused. */
function named(cells: readonly string[], file: string): string[] {
  const names = cells.map((cell, at) => cell || `column${at + 1}`);
  const seen = new Set<string>();
  const twice = names.findIndex((name) => seen.size === seen.add(name).size);
  if (twice < 0) return names;
  throw new Error(
    `${file}:1: the header has ${JSON.stringify(names[twice])} twice, as cells ${names.indexOf(names[twice] as string) + 1} and ${twice + 1}: a column of a table has a name of its own. Rename one, or say header: false and declare the columns in order.`,
  );
}

interface FirstRow {
  readonly cells: readonly string[];
  readonly guarded: boolean;
}

const NOTHING: FirstRow = { cells: [], guarded: false };

async function firstRow(
  path: string,
  { delimiter, header }: Pick<CsvConfig, 'delimiter' | 'header'>,
  file: string,
): Promise<FirstRow> {
  const all = await startOf(path);
  refuseUtf16(all, file);
  const bytes = all.subarray(0, 3).toString('utf8') === MARK ? all.subarray(3) : all;
  const found = scan(bytes, { delimiter: delimiter.charCodeAt(0), last: all.length < 1 << 20 });
  if (!('records' in found)) return NOTHING;
  if (found.records === 0 && all.length >= 1 << 20)
    throw new Error(
      `${file}:1: the first row has no end within a megabyte: most likely a quote is not closed, or the file is no table. Mend it.`,
    );
  if (found.records === 0) return NOTHING;
  const end = found.recordEnds[0] as number;
  requireText(found, end, file);
  const guarded = header && delimiter === ',' && isGuarded(found, end);
  if (guarded) unguard(found);
  const cells = Array.from({ length: end }, (_, cell) => {
    const text = bytes.toString('utf8', found.starts[cell], found.ends[cell]);
    return found.marks[cell] === ESCAPED ? text.replaceAll('""', '"') : text;
  });
  return { cells, guarded };
}

/** What every later row would be misread by: another encoding, or lines that end with CR alone. */
function requireText({ bytes, starts, ends, marks }: Cells, end: number, file: string): void {
  for (let cell = 0; cell < end; cell++) {
    const text = bytes.subarray(starts[cell], ends[cell]);
    if (!isUtf8(text))
      throw new Error(
        `${file}:1: the first row is not UTF-8: some of its bytes are in another encoding. Nothing of the file was stored. Save the file as UTF-8.`,
      );
    if (marks[cell] === PLAIN && text.includes(CR))
      throw new Error(
        `${file}:1: the first row holds a carriage return outside of quotes, as where lines end with it alone. Nothing of the file was stored. Save the file with line feeds, or quote the cell.`,
      );
  }
}

const CR = 13;

/** Where each declared column stands among the cells. Cells that no column is declared for are not read. */
export function columnsOf(names: readonly string[], { columns, json = [] }: Resolved, file: string): CsvColumn[] {
  return Object.entries(columns).map(([name, type]) => {
    const cell = names.indexOf(name);
    if (cell < 0 && names.length > 0)
      throw new Error(
        `${file}:1: the header has no column ${name}, which is declared. It has ${names.join(', ')}. Correct the name in columns, or say header: false if the first row is no header.`,
      );
    return { name, type, json: json.includes(name), cell };
  });
}
