import type { Columns } from '../columns/type.js';
import type { TableOutput } from '../ports/store.js';
import { columnsOf, type Known, type Node, wholeWork } from './node.js';

/** A stored table with its columns in the order in which the stage declares them now: that order is in no key. */
export function inDeclaredOrder(output: TableOutput, declared: Columns | undefined): TableOutput {
  const { columns } = output;
  const names = Object.keys(declared ?? {});
  if (columns.length !== names.length || columns.every(({ name }, i) => name === names[i])) return output;
  const ordered = names.flatMap((name) => columns.filter((column) => column.name === name));
  return ordered.length === columns.length ? { ...output, columns: ordered } : output;
}

/** By part: the columns that a whole-table stage declares, where they are known. */
export function columnsDeclared(node: Node, known: Known): Readonly<Record<string, Columns | undefined>> {
  const inputs = Object.entries(known).map(([role, output]) => [role, columnsOf(output)]);
  try {
    return wholeWork(node)?.columns?.(node.stage.config, Object.fromEntries(inputs)) ?? {};
  } catch {
    // A column of a wrong type: said before anything runs.
    return {};
  }
}
