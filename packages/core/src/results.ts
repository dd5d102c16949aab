import type { Batch } from './columns/column.js';
import { rowsOf } from './columns/read.js';
import type { Columns } from './columns/type.js';
import type { Plain } from './declare/plain.js';
import type { Row } from './declare/row.js';
import type { AnyHandle, Folder, Table, Value } from './declare/table.js';
import { placeWhole } from './execute/inputs.js';
import { fromPlain } from './identity/from-plain.js';
import type { FolderOutput, Output, Store, TableOutput } from './ports/store.js';
import { type RowFailure, TableReader } from './tables/read.js';

/** A stored table, read when asked. */
export interface TableResult<R extends Row = Row> {
  readonly is: 'table';
  readonly count: number;
  readonly failed: number;
  readonly columns: Columns;
  readonly output: TableOutput;
  rows(): AsyncIterable<R>;
  all(): Promise<R[]>;
  batches(columns?: readonly (keyof R & string)[]): AsyncIterable<Batch>;
  column<K extends keyof R & string>(name: K): Promise<R[K][]>;
  failures(): Promise<readonly RowFailure[]>;
}

export interface FolderResult {
  readonly is: 'folder';
  readonly output: FolderOutput;
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  /** Puts the files at a path, read-only; the store's own copy stays. */
  place(at: string, how?: 'link' | 'copy'): Promise<string>;
}

export interface ValueResult<V = unknown> {
  readonly is: 'value';
  readonly value: V;
  readonly digest: string;
}

export type Result<H extends AnyHandle> =
  H extends Table<infer R>
    ? TableResult<R>
    : H extends Folder
      ? FolderResult
      : H extends Value<infer V>
        ? ValueResult<V>
        : never;

export function resultOf(output: Output, store: Store): TableResult | FolderResult | ValueResult {
  if (output.is === 'value') return { is: 'value', value: fromPlain(output.value as Plain), digest: output.digest };
  return output.is === 'folder' ? folderResult(output, store) : tableResult(output, store);
}

const folderResult = (output: FolderOutput, store: Store): FolderResult => ({
  is: 'folder',
  output,
  files: output.files,
  place: (at, how = 'copy') => placeWhole(output, at, { store, how }),
});

function tableResult(output: TableOutput, store: Store): TableResult {
  const open = () => new TableReader(output, store);
  /** Files are open as long as someone reads, and no longer. */
  async function* batches(columns?: readonly string[]) {
    const reader = open();
    try {
      yield* reader.batches(columns);
    } finally {
      await reader.close();
    }
  }
  async function* rows(columns?: readonly string[]) {
    for await (const batch of batches(columns)) yield* rowsOf(batch) as Row[];
  }
  const all = async (columns?: readonly string[]) => {
    const found: Row[] = [];
    for await (const row of rows(columns)) found.push(row);
    return found;
  };
  return {
    is: 'table',
    count: output.rows,
    failed: output.failed,
    columns: open().columns,
    output,
    rows: () => rows(),
    all: () => all(),
    batches,
    column: async (name) => (await all([name])).map((row) => row[name]),
    failures: () => open().failures(),
  };
}
