import { Unfit } from './bad-rows.js';
import { bytesOfFile } from './disk.js';
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
  const parsed = rowsIn(await document(reading), at, reading);
  const declared = reading.declared ?? { columns: typesOf(parsed, reading) };
  const columns = new JsonColumns(declared, (bad) => reading.bad.add(bad));
  const batch = columns.batch(parsed);
  if (reading.declared) refuseUnseen(reading.bad.file, columns.unseen, batch.rows);
  return { columns: declared.columns, batches: only(batch) };
}

async function* only<T>(value: T): AsyncGenerator<T> {
  yield value;
}

async function document({ path, bad }: Reading): Promise<unknown> {
  const text = (await bytesOfFile(path)).toString('utf8').replace(/^\ufeff/, '');
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${placeOf(text, bad.file)}: the file is not JSON from here on. Mend it there.`);
  }
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
