import { join } from 'node:path';
import type { FolderInput, Inputs, InputValue, TableInput } from '../declare/kind.js';
import { columnsRead } from '../plan/decide.js';
import type { Known, Node } from '../plan/node.js';
import type { FolderOutput, Output, Store, TableOutput } from '../ports/store.js';
import { TableReader } from '../tables/read.js';

export interface OpenInputs {
  readonly values: Inputs;
  close(): Promise<void>;
}

/** Inputs as a stage's code gets them; a table shows only the columns that the stage declared to read. */
export async function openInputs(node: Node, known: Known, store: Store): Promise<OpenInputs> {
  const readers: TableReader[] = [];
  const values: Record<string, InputValue> = {};
  for (const [i, { role }] of node.inputs.entries()) {
    const output = known[role] as Output;
    values[role] =
      output.is === 'table'
        ? await tableInput({ node, role, first: i === 0 }, output, { store, readers })
        : other(output, store);
  }
  return {
    values,
    close: async () => {
      for (const reader of readers) await reader.close();
    },
  };
}

interface Where {
  readonly node: Node;
  readonly role: string;
  readonly first: boolean;
}

async function tableInput(
  where: Where,
  output: TableOutput,
  { store, readers }: { store: Store; readers: TableReader[] },
): Promise<TableInput> {
  const reader = new TableReader(output, store);
  readers.push(reader);
  const names = columnsRead(where.node, where, output);
  const columns = Object.fromEntries(Object.entries(reader.columns).filter(([name]) => names.has(name)));
  const failed = new Set((await reader.failures()).map((f) => f.row));
  return {
    is: 'table',
    rows: output.rows,
    columns,
    failed,
    splits: output.splits ?? [],
    batches: (asked = Object.keys(columns), size?: number) => reader.batches(asked, size),
    all: (asked = Object.keys(columns)) => reader.all(asked),
  };
}

const other = (output: Exclude<Output, TableOutput>, store: Store): InputValue =>
  output.is === 'value' ? { is: 'value', value: output.value } : folderInput(output, store);

function folderInput(output: FolderOutput, store: Store): FolderInput {
  let placed: Promise<string> | undefined;
  return {
    is: 'folder',
    files: output.files.filter((f) => !f.notContent),
    digest: output.digest,
    path: () => {
      placed ??= place(output, join(store.scratch(), output.digest), store);
      return placed;
    },
  };
}

/** Puts a folder's files at a path, read-only. */
export async function place(
  output: FolderOutput,
  at: string,
  store: Store,
  how: 'link' | 'copy' = 'link',
): Promise<string> {
  for (const file of output.files) await store.placeFile(file.object, join(at, file.path), how);
  return at;
}
