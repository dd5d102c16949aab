import { type Columns, plainOf, type Row } from '@millrace/core';

/** Rows as JSON says them. */
export function plainRow(columns: Columns): (row: Row) => Row {
  const plain = Object.entries(columns).map(([name, type]) => [name, plainOf(type)] as const);
  return (row) =>
    Object.fromEntries(plain.flatMap(([name, of]) => (Object.hasOwn(row, name) ? [[name, of(row[name])]] : [])));
}
