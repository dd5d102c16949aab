import { isUtf8 } from 'node:buffer';
import { Unfit } from './bad-rows.js';
import { NOT_UTF8 } from './blocks.js';
import { MOST_DOCUMENT, refusedJson, refuseUtf16 } from './bounds.js';
import { bytesOfFile, sizeOf } from './disk.js';
import { parserFor } from './from-json.js';
import { placeOfError } from './json-place.js';
import { JsonColumns, JsonTypes, type Parsed } from './json-rows.js';
import type { Reading, Tabular } from './reading.js';
import { refuseUnseen } from './unseen.js';

export interface JsonConfig {
  /** Where in the document the rows are: `data.items`. Default: the document is the array. */
  readonly at: string | null;
}

/** One JSON document with an array of objects, read whole: for what does not fit into memory there is JSONL. */
export async function readJson(reading: Reading, { at }: JsonConfig): Promise<Tabular> {
  const rows = rowsIn(await document(reading), at, reading);
  const declared = reading.declared ?? { columns: typesOf(rows, reading) };
  const columns = new JsonColumns(declared, (bad) => reading.bad.add(bad));
  const batch = columns.batch(rows);
  if (reading.declared) refuseUnseen(reading.bad.file, columns.unseen, batch.rows);
  return { columns: declared.columns, batches: only(batch) };
}

async function* only<T>(value: T): AsyncGenerator<T> {
  yield value;
}

async function document({ path, bad, declared }: Reading): Promise<unknown> {
  if ((await sizeOf(path)) > MOST_DOCUMENT)
    throw new Error(
      `${bad.file}: the file has more than ${MOST_DOCUMENT} bytes, and a JSON document is read whole. Nothing of the file was stored. Write it as JSON lines (.jsonl), one row a line.`,
    );
  const bytes = await bytesOfFile(path);
  refuseUtf16(bytes, bad.file);
  if (!isUtf8(bytes)) throw notUtf8(bytes, bad.file);
  const text = bytes.toString('utf8').replace(/^\ufeff/, '');
  const value = parsed(text, bad.file, parserFor(declared?.columns));
  const refused = refusedJson(value, text);
  if (refused) throw new Error(`${bad.file}:1: ${refused}. Nothing of the file was stored.`);
  return value;
}

function parsed(text: string, file: string, parseJson: (text: string) => unknown): unknown {
  try {
    return parseJson(text);
  } catch {
    throw new Error(`${placeOf(text, file)}: the file is not JSON from here on. Mend it there.`);
  }
}

/** Names the first line that is not: what cannot be read may be anything. */
function notUtf8(bytes: Buffer, file: string): Error {
  let [line, from] = [1, 0];
  for (let end = bytes.indexOf(10); end >= 0 && isUtf8(bytes.subarray(from, end)); end = bytes.indexOf(10, from)) {
    line++;
    from = end + 1;
  }
  return new Error(`${file}:${line}: ${NOT_UTF8}. Nothing of the file was stored.`);
}

function placeOf(text: string, file: string): string {
  const at = placeOfError(text);
  const before = text.slice(0, at);
  return `${file}:${before.split('\n').length}:${at - before.lastIndexOf('\n')}`;
}

function rowsIn(value: unknown, at: string | null, { bad }: Reading): Parsed {
  const found = at === null ? value : at.split('.').reduce<unknown>(field, value);
  if (!Array.isArray(found))
    throw new Error(
      `${bad.file} has no array ${at === null ? 'at its top' : `at ${at}`}, but ${kindOf(found)}: rows are an array of objects. Say where they are with at: 'data.items'.`,
    );
  // In one document a row's place is its number.
  const rows = found.filter((row, i) => {
    const isRow = typeof row === 'object' && row !== null && !Array.isArray(row);
    if (!isRow) bad.add({ line: i + 1, why: `item ${i} of the array is ${kindOf(row)}, and a row is an object` });
    return isRow;
  });
  return { rows, place: (row) => ({ line: row + 1 }) };
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;

const kindOf = (value: unknown): string =>
  value === undefined
    ? 'nothing'
    : value === null
      ? 'null'
      : Array.isArray(value)
        ? 'an array'
        : typeof value === 'object'
          ? 'an object'
          : `a ${typeof value}`;

function typesOf(parsed: Parsed, { bad }: Reading): JsonTypes['columns'] {
  const types = new JsonTypes();
  try {
    types.add(parsed);
  } catch (error) {
    throw error instanceof Unfit ? new Error(`${bad.file}:${error.message}`) : error;
  }
  return types.columns;
}
