import { type Columns, layoutOf, type Type, typeName } from './core.js';
import { FormatError } from './damage.js';

/** The first column that a format can't hold, with the way out. */
export function refusedBy(format: 'parquet', columns: Columns): FormatError | undefined {
  const names = Object.keys(columns);
  if (names.length === 0) return refusal(format, '', 'a table without columns');
  const name = names.find((column) => !fits(columns[column]!));
  return name === undefined
    ? undefined
    : refusal(format, name, `the type ${typeName(columns[name]!)}, a part of which holds nothing`);
}

/** Parquet stores leaves only: what has none leaves no trace. */
function fits(type: Type): boolean {
  const layout = layoutOf(type);
  if (layout.is === 'struct') return layout.items.length > 0 && layout.items.every(fits);
  if (layout.is === 'fixed') return layout.size > 0 && fits(layout.item);
  return layout.is !== 'list' || layout.items.every(fits);
}

const refusal = (format: string, column: string, what: string) =>
  new FormatError(
    column,
    `${format} can't hold column "${column}": ${what}. Store it with format 'arrow', or leave the column out.`,
  );
