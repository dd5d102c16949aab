import { randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';
import type { FolderInput, Inputs, InputValue, TableInput } from '../declare/kind.js';
import type { Plain } from '../declare/plain.js';
import { draftOf, makeFolder, moveFiles, placesBelow, removeFolder } from '../disk.js';
import { fromPlain } from '../identity/from-plain.js';
import type { Known, Node } from '../plan/node.js';
import { columnsRead, columnsSeen } from '../plan/seen.js';
import { checkFolder } from '../ports/folder-paths.js';
import type { FolderOutput, Output, Store, TableOutput } from '../ports/store.js';
import { TableReader } from '../tables/read.js';

export interface OpenInputs {
  readonly values: Inputs;
  close(): Promise<void>;
}

/** Inputs as a stage's code gets them; a table shows only the columns that the stage declared to read. */
export async function openInputs(node: Node, known: Known, store: Store): Promise<OpenInputs> {
  const opened: Close[] = [];
  const values: Record<string, InputValue> = {};
  for (const { role } of node.inputs) {
    const output = known[role] as Output;
    values[role] =
      output.is === 'table'
        ? await tableInput({ node, role }, output, { store, opened })
        : other(output, { store, opened });
  }
  return {
    values,
    close: async () => {
      for (const close of opened) await close();
    },
  };
}

type Close = () => Promise<void>;

interface Opening {
  readonly store: Store;
  readonly opened: Close[];
}

interface Where {
  readonly node: Node;
  readonly role: string;
}

async function tableInput({ node, role }: Where, output: TableOutput, { store, opened }: Opening): Promise<TableInput> {
  const reader = new TableReader(output, store);
  opened.push(() => reader.close());
  const names = columnsRead(node, role, output);
  const columns = Object.fromEntries(
    Object.entries(columnsSeen(node, role, output)).filter(([name]) => names.has(name)),
  );
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

const other = (output: Exclude<Output, TableOutput>, opening: Opening): InputValue =>
  output.is === 'value' ? { is: 'value', value: fromPlain(output.value as Plain) } : folderInput(output, opening);

/** A copy for each stage: what one that ran before did to its own is seen by no other. */
function folderInput(output: FolderOutput, { store, opened }: Opening): FolderInput {
  const content: FolderOutput = { ...output, files: output.files.filter((f) => !f.notContent) };
  let own: Promise<string> | undefined;
  const placed = async (): Promise<string> => {
    const folder = makeFolder(join(store.scratch(), randomUUID()));
    opened.push(() => removeFolder(folder));
    return place(content, folder, store);
  };
  return {
    is: 'folder',
    files: content.files,
    digest: output.digest,
    place: (at) => place(content, at, store),
    path: () => {
      own ??= placed();
      return own;
    },
  };
}

/** As `place`, into a draft first: damage that is met on the way leaves no half of a folder. */
export async function placeWhole(
  output: FolderOutput,
  at: string,
  { store, how }: { readonly store: Store; readonly how: 'link' | 'copy' },
): Promise<string> {
  const draft = makeFolder(draftOf(resolve(at), randomUUID().slice(0, 8)));
  try {
    await place(output, draft, store, how);
    const paths = output.files.map(({ path }) => path);
    await moveFiles(draft, resolve(at), paths);
  } finally {
    await removeFolder(draft);
  }
  return at;
}

/** Puts a folder's files at a path, read-only. */
async function place(output: FolderOutput, at: string, store: Store, how: 'link' | 'copy' = 'link'): Promise<string> {
  checkFolder(output);
  const below = placesBelow(at);
  const targets = output.files.map(({ path }) => below(path));
  for (const [i, file] of output.files.entries()) {
    const later = store.placeFile(file.object, targets[i] as string, how);
    if (later) await later;
  }
  return at;
}
