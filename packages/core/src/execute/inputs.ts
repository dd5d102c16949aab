import { join } from 'node:path';
import type { FolderInput, Inputs, InputValue, TableInput } from '../declare/kind.js';
import type { Plain } from '../declare/plain.js';
import { fromPlain } from '../identity/from-plain.js';
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
  output.is === 'value' ? { is: 'value', value: fromPlain(output.value as Plain) } : folderInput(output, store);

const folderInput = (output: FolderOutput, store: Store): FolderInput => ({
  is: 'folder',
  files: output.files.filter((f) => !f.notContent),
  digest: output.digest,
  path: () => placedOnce(output, store),
});

const placed = new WeakMap<Store, Map<string, Promise<string>>>();

/** Stages that run at once read one copy, and none before it is whole. */
function placedOnce(output: FolderOutput, store: Store): Promise<string> {
  const folders = placed.get(store) ?? new Map<string, Promise<string>>();
  placed.set(store, folders);
  const known = folders.get(output.digest) ?? place(output, join(store.scratch(), output.digest), store);
  folders.set(output.digest, known);
  known.catch(() => folders.delete(output.digest));
  return known;
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
