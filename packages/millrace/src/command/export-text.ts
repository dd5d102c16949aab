import { type Row, rowsOf, type TableReader } from '@millrace/core';
import { jsonText } from './session.js';

/** One JSON object a line. */
export const jsonlOf = async (reader: TableReader): Promise<string> =>
  (await linesOf(reader, (row) => jsonText(row))).map((line) => `${line}\n`).join('');

/** RFC 4180. What is no text, number or flag stands there as JSON; null is an empty cell. */
export async function csvOf(reader: TableReader): Promise<string> {
  const names = Object.keys(reader.columns);
  const lines = await linesOf(reader, (row) => names.map((name) => cell(row[name])).join(','));
  return [names.map(quoted).join(','), ...lines].map((line) => `${line}\r\n`).join('');
}

async function linesOf(reader: TableReader, line: (row: Row) => string): Promise<string[]> {
  const lines: string[] = [];
  for await (const batch of reader.batches()) for (const row of rowsOf(batch) as Row[]) lines.push(line(row));
  return lines;
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'bigint' || typeof value === 'boolean' || typeof value === 'number') return String(value);
  if (value instanceof Date) return value.toISOString();
  return quoted(jsonText(value));
}

const quoted = (text: string): string => (/[",\r\n]|^\s|\s$|^$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
