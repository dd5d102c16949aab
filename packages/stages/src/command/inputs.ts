import { type FolderInput, type InputValue, jsonText, plainOf, rowsOf, type TableInput } from '@millrace/core';
import { emptied, stampsOf, write, writeLines } from './disk.js';

/** Puts an input where the program reads it: a folder as it is, a table as JSON lines, a value as JSON. */
export async function placeInput(input: InputValue, path: string): Promise<string> {
  if (input.is === 'folder') return placeFolder(input, path);
  if (input.is === 'value') {
    await write(`${path}.json`, asJson(input.value));
    return `${path}.json`;
  }
  await writeLines(`${path}.jsonl`, linesOf(input));
  return `${path}.jsonl`;
}

/** Its own folder of links: what a program adds to it or takes away is seen by no other. */
async function placeFolder(input: FolderInput, path: string): Promise<string> {
  await emptied(path);
  return input.place(path);
}

/** Files of the store's own: whoever may write where he must not, as root may, writes into all links of a file at once. */
export interface Watched {
  /** What was written into since. The store looks at a file before it gives it to anybody again. */
  spoilt(): Promise<readonly string[]>;
}

export async function watch(input: FolderInput, path: string): Promise<Watched> {
  const paths = input.files.map((file) => file.path);
  const before = await stampsOf(path, paths);
  return {
    spoilt: async () => {
      const after = await stampsOf(path, paths);
      return paths.filter((name) => isWrittenInto(before.get(name), after.get(name)));
    },
  };
}

type Stamp = { readonly file: string; readonly content: string };

const isWrittenInto = (before: Stamp | undefined, after: Stamp | undefined): boolean =>
  before !== undefined && before.file === after?.file && before.content !== after.content;

/** The order of its columns is in no key: the program does not see it. */
async function* linesOf(table: TableInput): AsyncGenerator<string> {
  const columns = Object.entries(table.columns).sort(([a], [b]) => (a < b ? -1 : 1));
  const names = columns.map(([name]) => name);
  const plain = columns.map(([name, type]) => [name, plainOf(type)] as const);
  for await (const batch of table.batches(names))
    for (const row of rowsOf(batch, names))
      yield jsonLine(Object.fromEntries(plain.map(([name, of]) => [name, of(row[name])])));
}

/** A row as one line of JSON, as other programs expect it. */
export const jsonLine = (row: unknown): string => `${jsonText(row, plain)}\n`;

const asJson = (value: unknown): string => jsonText(value, plain);

/** Of values, whose types nobody declared. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<number>);
  return value instanceof Map ? Object.fromEntries(value) : value;
}
