import {
  type Batch,
  buildColumn,
  type Column,
  type Columns,
  reader,
  sameType,
  type Type,
  typeName,
} from '@millrace/core';
import type { Resolved } from './declared.js';
import type { Reading, Tabular } from './reading.js';

/** Loaded when a file asks for it: two megabytes of readers that most pipelines never need. */
const formats = () => import('@millrace/arrow-store/formats');

/** Files of other programs that carry their own types. */
export async function readForeign(reading: Reading, format: 'arrow' | 'parquet'): Promise<Tabular> {
  const { readArrowFile, readParquetFile } = await formats();
  const names = reading.declared && Object.keys(reading.declared.columns);
  const { file } = reading.bad;
  const table = await (format === 'arrow' ? readArrowFile : readParquetFile)(reading.path, names).catch((error) =>
    unreadable(error, file, format),
  );
  const columns = named(table.columns, table.labels);
  if (reading.declared) refuseOthers(columns, reading.declared, file);
  return { columns, batches: labelled(readable(table.batches(), file, format), table.labels) };
}

export async function* readable(batches: AsyncIterable<Batch>, file: string, format: string): AsyncGenerator<Batch> {
  try {
    yield* batches;
  } catch (error) {
    unreadable(error as Error, file, format);
  }
}

/** What the readers themselves say of a file that they cannot read names neither it nor a way out. */
export function unreadable(error: Error & { readonly what?: string }, file: string, format: string): never {
  if (error.name === 'FormatError') throw error;
  throw new Error(
    `${file} cannot be read as ${format}: ${(error.what ?? error.message).replace(/\.$/, '')}. It is damaged, not complete, or of another format, so nothing of it was stored. Write it again, or say its format.`,
  );
}

type Labels = Readonly<Record<string, readonly string[]>>;

/** Class labels are read as what they stand for. */
export const named = (columns: Columns, labels: Labels): Columns =>
  Object.fromEntries(
    Object.entries(columns).map(([name, type]) => [name, Object.hasOwn(labels, name) ? ('text' as const) : type]),
  );

export async function* labelled(batches: AsyncIterable<Batch>, labels: Labels): AsyncGenerator<Batch> {
  for await (const batch of batches) {
    const columns = new Map(batch.columns);
    for (const [name, names] of Object.entries(labels))
      if (columns.has(name)) columns.set(name, labelColumn(name, columns.get(name) as Column, names));
    yield { rows: batch.rows, columns };
  }
}

/** -1 is how data sets write that a row has no label. */
function labelColumn(name: string, column: Column, names: readonly string[]): Column {
  const read = reader(column);
  const texts = Array.from({ length: column.length }, (_, row) => {
    const value = read(row);
    return value === null || Number(value) < 0 ? null : (names[Number(value)] ?? unknownLabel(name, value));
  });
  return buildColumn(texts, 'text', name);
}

function unknownLabel(name: string, value: unknown): never {
  throw new Error(
    `Column ${name} holds the label ${value}, for which the data set names no class. Its file is damaged, or its features were edited: write the data set again.`,
  );
}

/** Declared types are checked by what JavaScript receives: a float32 is a number, an int64 is not. */
function refuseOthers(found: Columns, { columns }: Resolved, file: string): void {
  for (const [name, type] of Object.entries(columns)) {
    const own = found[name] as Type;
    if (sameType(own, type) || (classOf(own) !== undefined && classOf(own) === classOf(type))) continue;
    throw new Error(
      `${file}: column ${name} is ${typeName(own)} in the file and ${typeName(type)} in columns. A file with types of its own is read as it is: declare the type that it has, and convert in a map.`,
    );
  }
}

function classOf(type: Type): string | undefined {
  if (typeof type !== 'string') return undefined;
  if (type === 'int64' || type === 'uint64') return 'bigint';
  return /^(int|uint|float)/.test(type) ? 'number' : undefined;
}
