import {
  type Batch,
  type Column,
  type Inputs,
  reader,
  rowKeys,
  type TableInput,
  type Type,
  typeName,
} from '@millrace/core';

/** A column that is read as text, and is another type: said where columns are known. */
export function requireText(stage: string, column: string, type: Type | undefined): void {
  if (type === undefined || type === 'text' || type === 'null') return;
  throw new Error(
    `${stage} reads the text of column ${column}, but the column is ${typeName(type)}. Name a column of texts, or make one with a map.`,
  );
}

/** Numbers of the rows that did not fail above. */
export function goodRows({ rows, failed }: TableInput): Int32Array {
  const all = Int32Array.from({ length: rows }, (_, row) => row);
  return failed.size ? all.filter((row) => !failed.has(row)) : all;
}

/** The values of some columns, each as one array. `arrays`: lists of numbers as a function gets them. */
export async function valuesOf(
  table: TableInput,
  names: readonly string[],
  how: { readonly arrays?: boolean } = {},
): Promise<unknown[][]> {
  const values = names.map((): unknown[] => []);
  for await (const batch of table.batches(names)) {
    names.forEach((name, i) => {
      const read = reader(batch.columns.get(name) as Column, how);
      const into = values[i] as unknown[];
      for (let row = 0; row < batch.rows; row++) into.push(read(row));
    });
  }
  return values;
}

/** A text for each row that is equal where the values of these columns are, whatever stores them. */
export async function contentKeys(table: TableInput, names: readonly string[]): Promise<string[]> {
  const keys: string[] = [];
  for await (const batch of table.batches(names)) {
    const bytes = Buffer.from(rowKeys(rolesOf(batch), batch.rows));
    for (let row = 0; row < batch.rows; row++) keys.push(bytes.toString('latin1', row * 16, row * 16 + 16));
  }
  return keys;
}

const rolesOf = ({ columns }: Batch) => [...columns].map(([role, column]) => ({ role, column }));

/** A name, or several. */
export const listed = (names: string | readonly string[]): readonly string[] =>
  typeof names === 'string' ? [names] : names;

export function tableIn(inputs: Inputs, role: string): TableInput {
  const input = inputs[role];
  if (input?.is === 'table') return input;
  throw new Error(`BUG: the input ${role} is no table`);
}
