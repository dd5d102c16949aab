import type { Columns } from '../columns/type.js';
import type { TableOutput } from '../ports/store.js';
import { columnsOf, type Node, rowsWork, wholeWork } from './node.js';

/** Columns of an input table that the stage calls by name. */
export function columnsNamed(node: Node, role: string, columns: Columns): readonly string[] {
  const { config } = node.stage;
  const rows = rowsWork(node);
  if (rows) return role === node.inputs[0]?.role ? Object.values(rows.reads(config, columns)) : [];
  const work = wholeWork(node);
  const reads = work?.reads?.(config, role, columns) ?? 'all';
  return [...(reads === 'all' ? [] : reads), ...(work?.names?.(config, role) ?? [])];
}

/**
 * The columns of an input table as a stage meets them. One that was to be inferred and is not there reads as nulls
 * where there are no rows to tell it from a name misspelt; row-wise stages read it so anyway.
 */
export function columnsSeen(node: Node, role: string, table: TableOutput): Columns {
  const columns = columnsOf(table) as Columns;
  if (!table.inferred || (table.rows > table.failed && !rowsWork(node))) return columns;
  const absent = columnsNamed(node, role, columns).filter((name) => !Object.hasOwn(columns, name));
  return absent.length ? { ...columns, ...Object.fromEntries(absent.map((name) => [name, 'null'])) } : columns;
}

/** Column names of an input table that the stage reads. */
export function columnsRead(node: Node, role: string, table: TableOutput): ReadonlySet<string> {
  const all = rowsWork(node)
    ? role !== node.inputs[0]?.role
    : (wholeWork(node)?.reads?.(node.stage.config, role) ?? 'all') === 'all';
  const seen = columnsSeen(node, role, table);
  return new Set(all ? Object.keys(seen) : columnsNamed(node, role, seen));
}
