import type { Batch, Columns, Type } from '@millrace/core';
import { withoutMark } from './blocks.js';
import { tooLong } from './bounds.js';
import { type BrokenQuote, type Cells, scan } from './csv-cells.js';
import { buildCsv, type CsvColumn, isAllUtf8, type Records, unfitCells } from './csv-columns.js';
import { unguard } from './csv-guard.js';
import { type CsvConfig, cellNames, columnsOf } from './csv-header.js';
import { CsvTypes } from './csv-types.js';
import { piecesOf } from './disk.js';
import type { Reading, Tabular } from './reading.js';

/** Rows of cells between delimiters, as RFC 4180 has them. */
export async function readCsv(reading: Reading, config: CsvConfig): Promise<Tabular> {
  const { names, guarded } = await cellNames(reading, config);
  const file = new CsvFile(reading, { ...config, guarded }, names);
  if (reading.declared) {
    const columns = columnsOf(names, reading.declared, reading.bad.file);
    return { columns: reading.declared.columns, batches: file.batches(columns) };
  }
  const { types, kept } = await file.findTypes();
  const columns = names.map((name, cell): CsvColumn => ({ name, type: types[cell] as Type, json: false, cell }));
  const typed: Columns = Object.fromEntries(columns.map(({ name, type }) => [name, type]));
  if (kept) return { columns: typed, batches: file.built(kept, columns) };
  reading.bad.restart();
  return { columns: typed, batches: file.batches(columns) };
}

/** Records of a piece of the file, and the number of the line that it starts with. */
interface Part {
  readonly records: Records;
  readonly line: number;
}

class CsvFile {
  readonly #nulls: ReadonlySet<string>;

  constructor(
    readonly reading: Reading,
    readonly config: CsvConfig & { readonly guarded: boolean },
    readonly names: readonly string[],
  ) {
    this.#nulls = new Set(config.nulls);
  }

  async *batches(columns: readonly CsvColumn[]): AsyncGenerator<Batch> {
    for await (const part of this.#parts()) yield this.#batch(part, columns);
  }

  async *built(parts: readonly Part[], columns: readonly CsvColumn[]): AsyncGenerator<Batch> {
    for (const part of parts) yield this.#batch(part, columns);
  }

  async findTypes(): Promise<{ types: Type[]; kept: Part[] | undefined }> {
    const types = new CsvTypes(this.names.length);
    let kept: Part[] | undefined = [];
    let bytes = 0;
    for await (const part of this.#parts()) {
      types.add(part.records);
      bytes += part.records.cells.bytes.length;
      if (bytes > this.reading.keep) kept = undefined;
      kept?.push(part);
    }
    return { types: kept?.length === 0 ? types.none : types.types, kept };
  }

  #batch(part: Part, columns: readonly CsvColumn[]): Batch {
    try {
      if (isAllUtf8(part.records)) return buildCsv(part.records, columns);
    } catch (error) {
      if (!['Unfit', 'ColumnError'].includes((error as Error).name)) throw error;
    }
    const unfit = unfitCells(part.records, columns);
    for (const { record, cell, why } of unfit) this.#bad(part, (part.records.firsts[record] as number) + cell, why);
    const out = new Set(unfit.map(({ record }) => record));
    return buildCsv({ ...part.records, firsts: part.records.firsts.filter((_, record) => !out.has(record)) }, columns);
  }

  async *#parts(): AsyncGenerator<Part> {
    let rest: Buffer = Buffer.alloc(0);
    let waiting: Buffer[] = [];
    let waited = 0;
    let line = 1;
    let header = this.config.header;
    for await (const { piece, last } of lastMarked(withoutMark(piecesOf(this.reading.path), this.reading.bad.file))) {
      waiting.push(piece);
      waited += piece.length;
      // A record that is longer than a piece is looked at again only when there is twice as much of it.
      if (!last && waited < rest.length) continue;
      const bytes = rest.length + waited > piece.length ? Buffer.concat([rest, ...waiting]) : piece;
      waiting = [];
      waited = 0;
      const cells = scan(bytes, { delimiter: this.config.delimiter.charCodeAt(0), last });
      if (!('records' in cells)) throw this.#broken(bytes, line, cells);
      if (this.config.guarded) unguard(cells);
      if (bytes.length > this.reading.most) this.#boundRecords(cells, line);
      const part = { records: this.#whole(cells, line, header), line };
      if (cells.records > 0) header = false;
      if (part.records.firsts.length) yield part;
      line += linesBefore(bytes, cells.rest);
      rest = Buffer.from(bytes.subarray(cells.rest));
      this.#bound(rest.length, line);
    }
  }

  #bound(length: number, line: number): void {
    const { most, bad } = this.reading;
    if (length > most) throw tooLong(`${bad.file}:${line}`, 'the row', most);
  }

  #boundRecords(cells: Cells, line: number): void {
    let from = 0;
    for (const end of cells.recordEnds) {
      const to = cells.ends[end - 1] as number;
      const start = cells.starts[from] as number;
      if (to - start > this.reading.most) this.#bound(to - start, line + linesBefore(cells.bytes, start));
      from = end;
    }
  }

  /** Records with as many cells as there are columns; others are bad. */
  #whole(cells: Cells, line: number, header: boolean): Records {
    const width = this.names.length;
    const firsts: number[] = [];
    let first = 0;
    for (let record = 0; record < cells.records; record++) {
      const end = cells.recordEnds[record] as number;
      if (record === 0 && header) first = end;
      else if (end - first === width) firsts.push(first);
      else this.#ragged(cells, { line, first, found: end - first });
      first = end;
    }
    return { cells, width, firsts: Int32Array.from(firsts), nulls: this.#nulls };
  }

  #ragged(cells: Cells, { line, first, found }: { line: number; first: number; found: number }): void {
    const before = linesBefore(cells.bytes, cells.starts[first] as number);
    const width = this.names.length;
    this.reading.bad.add({
      line: line + before,
      why: `the row has ${found} cell${found === 1 ? '' : 's'}, and the file has ${width} column${width === 1 ? '' : 's'}`,
    });
  }

  #bad({ records, line }: Part, cell: number, why: string): void {
    this.reading.bad.add({ ...placeOf(records.cells.bytes, records.cells.starts[cell] as number, line), why });
  }

  #broken(bytes: Uint8Array, line: number, { at, why }: BrokenQuote): Error {
    const place = placeOf(bytes, at, line);
    return new Error(
      `${this.reading.bad.file}:${place.line}:${place.column}: ${why}. From here on nothing can be told apart, so nothing of the file was stored: mend the quotes.`,
    );
  }
}

function placeOf(bytes: Uint8Array, at: number, line: number): { line: number; column: number } {
  const start = bytes.lastIndexOf(10, at - 1) + 1;
  const before = at > 0 ? Buffer.from(bytes.subarray(start, at)).toString('utf8').length : 0;
  return { line: line + linesBefore(bytes, start), column: before + 1 };
}

function linesBefore(bytes: Uint8Array, end: number): number {
  let lines = 0;
  for (let at = bytes.indexOf(10); at >= 0 && at < end; at = bytes.indexOf(10, at + 1)) lines++;
  return lines;
}

async function* lastMarked(pieces: AsyncIterable<Buffer>): AsyncGenerator<{ piece: Buffer; last: boolean }> {
  let held: Buffer | undefined;
  for await (const piece of pieces) {
    if (held) yield { piece: held, last: false };
    held = piece;
  }
  if (held) yield { piece: held, last: true };
}
