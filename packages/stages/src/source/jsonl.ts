import type { Batch, Columns, Row } from '@millrace/core';
import { Unfit } from './bad-rows.js';
import { type Block, blocksOf, linesOf, NOT_UTF8, notUtf8 } from './blocks.js';
import { refusedJson } from './bounds.js';
import { parserFor } from './from-json.js';
import { placeOfError } from './json-place.js';
import { asType, JsonColumns, JsonTypes, type Parsed } from './json-rows.js';
import type { Reading, Tabular } from './reading.js';
import { refuseUnseen } from './unseen.js';

/** One JSON object a line. */
export async function readJsonl(reading: Reading): Promise<Tabular> {
  const { declared } = reading;
  if (declared)
    return { columns: declared.columns, batches: batchesOf(reading, new JsonColumns(declared, bad(reading))) };
  const { columns, kept } = await findTypes(reading);
  if (kept) return { columns, batches: typed(kept, columns) };
  reading.bad.restart();
  return { columns, batches: batchesOf(reading, new JsonColumns({ columns }, bad(reading))) };
}

const bad = (reading: Reading) => (row: Parameters<Reading['bad']['add']>[0]) => reading.bad.add(row);

async function* batchesOf(reading: Reading, columns: JsonColumns): AsyncGenerator<Batch> {
  let rows = 0;
  for await (const block of blocksOf(reading)) {
    const batch = columns.batch(parse(block, reading));
    rows += batch.rows;
    yield batch;
  }
  if (reading.declared) refuseUnseen(reading.bad.file, columns.unseen, rows);
}

/** Batches that were built before all types were known. */
async function* typed(kept: readonly Batch[], columns: Columns): AsyncGenerator<Batch> {
  for (const batch of kept)
    yield {
      rows: batch.rows,
      columns: new Map(Object.entries(columns).map(([name, type]) => [name, asType(batch, name, type)])),
    };
}

interface Found {
  readonly columns: JsonTypes['columns'];
  /** All of the file, where it is small enough. */
  readonly kept: Batch[] | undefined;
}

async function findTypes(reading: Reading): Promise<Found> {
  const types = new JsonTypes();
  let kept: Batch[] | undefined = [];
  let bytes = 0;
  for await (const block of blocksOf(reading)) {
    const parsed = parse(block, reading);
    try {
      types.add(parsed);
    } catch (error) {
      throw error instanceof Unfit ? new Error(`${reading.bad.file}:${error.message}`) : error;
    }
    // Rows of many different fields are small in the file and large as a table.
    bytes += Math.max(block.bytes.length, 8 * parsed.rows.length * Object.keys(types.columns).length);
    if (bytes > reading.keep) kept = undefined;
    kept?.push(new JsonColumns({ columns: types.columns }, bad(reading)).batch(parsed));
  }
  return { columns: types.columns, kept };
}

function parse(block: Block, { bad: badRows, declared }: Reading): Parsed {
  const parseJson = parserFor(declared?.columns);
  const places = linesOf(block);
  const broken = notUtf8(block, places);
  const rows: Row[] = [];
  const lines: number[] = [];
  for (let i = 0; i < places.length / 2; i++) {
    const text = block.bytes.toString('utf8', places[2 * i], places[2 * i + 1]);
    if (text === '' || text.trim() === '') continue;
    const row = broken.has(i) ? { why: NOT_UTF8 } : parseLine(text, parseJson);
    if ('row' in row) {
      rows.push(row.row);
      lines.push(i);
    } else badRows.add({ line: block.line + i, ...row });
  }
  const place = (row: number, field?: string) => placeIn(block, { line: lines[row] as number, places, field });
  return { rows, place };
}

function parseLine(
  text: string,
  parseJson: (text: string) => unknown,
): { row: Row } | { why: string; column?: number } {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    return notJson(text);
  }
  const refused = refusedJson(value, text);
  if (refused) return { why: refused, column: 1 };
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { row: value as Row };
  const what = Array.isArray(value) ? 'an array' : value === null ? 'null' : `a ${typeof value}`;
  return { why: `the line is ${what}, and a row is an object: {"column": value}`, column: 1 };
}

function notJson(text: string): { why: string; column: number } {
  const at = placeOfError(text);
  const near = text.slice(at, at + 20);
  const why = near ? `the line is not JSON from ${JSON.stringify(near)} on` : 'the line ends before its JSON does';
  return { why, column: at + 1 };
}

interface InBlock {
  readonly line: number;
  readonly places: readonly number[];
  readonly field: string | undefined;
}

function placeIn(block: Block, { line, places, field }: InBlock): { line: number; column?: number } {
  const text = block.bytes.toString('utf8', places[2 * line], places[2 * line + 1]);
  const at = field === undefined ? -1 : text.indexOf(JSON.stringify(field));
  return { line: block.line + line, ...(at >= 0 && { column: at + 1 }) };
}
