import type * as arrow from 'apache-arrow';
import { columnOf, typeOf } from './convert.js';
import type { Batch, Columns } from './core.js';
import { FormatError } from './damage.js';

/** A file that others wrote. */
export interface ForeignTable {
  readonly columns: Columns;
  /** For columns of class labels, as Hugging Face's data sets keep them beside the numbers: the names of the classes. */
  readonly labels: Labels;
  /** Reads the file anew each time. */
  batches(): AsyncIterable<Batch>;
}

export interface Labels {
  readonly [column: string]: readonly string[];
}

export interface Picked {
  readonly fields: readonly arrow.Field[];
  readonly columns: Columns;
  readonly labels: Labels;
}

/** The columns asked for, in their order in the file. */
export function picked(schema: arrow.Schema, path: string, names?: readonly string[]): Picked {
  const unknown = names?.find((name) => !schema.fields.some((field) => field.name === name));
  if (unknown !== undefined) throw noColumn(unknown, schema, path);
  const seen = new Set<string>();
  const twice = schema.fields.find(({ name }) => seen.size === seen.add(name).size);
  if (twice) throw columnTwice(twice.name, path);
  const fields = schema.fields.filter((field) => names?.includes(field.name) ?? true);
  const labels = labelsOf(schema.metadata.get('huggingface'));
  return {
    fields,
    columns: Object.fromEntries(fields.map((field) => [field.name, typeOf(field)])),
    labels: Object.fromEntries(Object.entries(labels).filter(([name]) => fields.some((field) => field.name === name))),
  };
}

const columnTwice = (column: string, path: string) =>
  new FormatError(
    column,
    `${path} has two columns that are called "${column}". Rename one of them, and write the file again.`,
  );

const noColumn = (column: string, schema: arrow.Schema, path: string) =>
  new FormatError(
    column,
    `${path} has no column "${column}"; it has ${schema.fields.map((field) => field.name).join(', ')}. Name one of these.`,
  );

interface HuggingFace {
  readonly info?: { readonly features?: { readonly [column: string]: { readonly names?: readonly string[] } } };
}

function labelsOf(metadata: string | undefined): Labels {
  const features = (JSON.parse(metadata ?? '{}') as HuggingFace).info?.features ?? {};
  const named = Object.entries(features).flatMap(([name, { names }]) =>
    Array.isArray(names) ? [[name, names] as const] : [],
  );
  return Object.fromEntries(named);
}

export function batchOf(batch: arrow.RecordBatch, { fields }: Picked): Batch {
  const column = (field: arrow.Field) => {
    const at = batch.schema.fields.findIndex(({ name }) => name === field.name);
    return [field.name, columnOf(batch.schema.fields[at]!, batch.data.children[at]!)] as const;
  };
  return { rows: batch.numRows, columns: new Map(fields.map(column)) };
}
