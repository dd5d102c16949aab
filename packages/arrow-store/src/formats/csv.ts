import { type Batch, type Columns, reader } from './core.js';
import { OutputFile } from './disk.js';
import { toJson } from './json-values.js';

/** For people and spreadsheets: what has no plain text (lists, objects) is JSON, a null is nothing, an empty text is "". */
export async function writeCsv(
  path: string,
  batches: AsyncIterable<Batch> | Iterable<Batch>,
  columns: Columns,
): Promise<void> {
  const out = new OutputFile(path);
  const names = Object.keys(columns);
  try {
    await out.write([Buffer.from(`${names.map(cell).join(',')}\n`)]);
    for await (const batch of batches) await out.write([Buffer.from(linesOf(batch, names))]);
  } finally {
    out.close();
  }
}

function linesOf(batch: Batch, names: readonly string[]): string {
  const cells = names.map((name) => {
    const column = batch.columns.get(name)!;
    const [read, encode] = [reader(column), toJson(column.type)];
    return (row: number) => cell(encode(read(row)));
  });
  return Array.from({ length: batch.rows }, (_, row) => `${cells.map((at) => at(row)).join(',')}\n`).join('');
}

function cell(value: unknown): string {
  if (value === null) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
