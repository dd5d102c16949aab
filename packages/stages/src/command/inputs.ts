import { type InputValue, rowsOf, type TableInput } from '@millrace/core';
import { write, writeLines } from './disk.js';

/** Puts an input where the program reads it: a folder as it is, a table as JSON lines, a value as JSON. */
export async function placeInput(input: InputValue, path: string): Promise<string> {
  if (input.is === 'folder') return input.path();
  if (input.is === 'value') {
    await write(`${path}.json`, asJson(input.value));
    return `${path}.json`;
  }
  await writeLines(`${path}.jsonl`, linesOf(input));
  return `${path}.jsonl`;
}

async function* linesOf(table: TableInput): AsyncGenerator<string> {
  for await (const batch of table.batches()) for (const row of rowsOf(batch)) yield jsonLine(row);
}

/** A row as one line of JSON, as other programs expect it. */
export const jsonLine = (row: unknown): string => `${asJson(row)}\n`;

/** Numbers where they are exact, text where JSON has no form. */
const asJson = (value: unknown): string => JSON.stringify(value, (_key, inner: unknown) => plain(inner));

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<number>);
  return value instanceof Map ? Object.fromEntries(value) : value;
}
