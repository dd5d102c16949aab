import type { Batch } from './columns/column.js';
import { rowsOf } from './columns/read.js';
import type { Columns } from './columns/type.js';
import type { Plain } from './declare/plain.js';
import type { Row } from './declare/row.js';
import type { AnyHandle, Folder, Table, Value } from './declare/table.js';
import { damageIn } from './execute/damage.js';
import { placeWhole } from './execute/inputs.js';
import { fromPlain } from './identity/from-plain.js';
import type { FolderOutput, ObjectId, Output, Store, TableOutput } from './ports/store.js';
import { type RowFailure, TableReader, WINDOW } from './tables/read.js';

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

/** Makes an output again whose stored data turned out to be lost, and gives where it stands now. */
export type Mend = (output: Output) => Promise<Output>;

export function resultOf(output: Output, store: Store, mend?: Mend): TableResult | FolderResult | ValueResult {
  if (output.is === 'value') return { is: 'value', value: fromPlain(output.value as Plain), digest: output.digest };
  const mended = new Mended(output, store, mend);
  return output.is === 'folder'
    ? folderResult(mended as Mended<FolderOutput>)
    : tableResult(mended as Mended<TableOutput>);
}

/** A stored output and, once it was found lost, what was made in its place: the same content. */
class Mended<O extends FolderOutput | TableOutput = FolderOutput | TableOutput> {
  constructor(
    public output: O,
    readonly store: Store,
    readonly mend: Mend | undefined,
  ) {}

  /** Each lost object is mended once: what is lost again is more than a reader can help. */
  async reading<T>(read: (output: O) => Promise<T>): Promise<T> {
    const seen = new Set<ObjectId>();
    for (;;) {
      try {
        return await read(this.output);
      } catch (error) {
        const damage = damageIn(error);
        if (!damage || !this.mend || seen.has(damage.object)) throw error;
        seen.add(damage.object);
        await this.#again(this.mend);
      }
    }
  }

  async #again(mend: Mend): Promise<void> {
    const now = await mend(this.output);
    if (contentOf(now) !== contentOf(this.output))
      throw new Error(
        'What was read is lost, and to make it again gave other content. Run the pipeline again and read what it gives then.',
      );
    this.output = now as O;
  }
}

const contentOf = (output: Output): string =>
  output.is === 'table'
    ? JSON.stringify([output.rows, output.columns.map(({ name, digest }) => [name, digest]).sort()])
    : output.digest;

const folderResult = (mended: Mended<FolderOutput>): FolderResult => ({
  is: 'folder',
  get output() {
    return mended.output;
  },
  files: mended.output.files,
  place: (at, how = 'copy') => mended.reading((output) => placeWhole(output, at, { store: mended.store, how })),
});

function tableResult(mended: Mended<TableOutput>): TableResult {
  const { output, store } = mended;
  const open = () => new TableReader(mended.output, store);
  /** Files are open as long as someone reads, and no longer. */
  async function* batches(columns: readonly string[] = output.columns.map(({ name }) => name)) {
    let reader = open();
    try {
      for (let from = 0; from < output.rows; from += WINDOW)
        yield await mended.reading(async (now) => {
          if (reader.output !== now) {
            await reader.close();
            reader = open();
          }
          return reader.window(columns, from, Math.min(from + WINDOW, output.rows));
        });
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
    get output() {
      return mended.output;
    },
    rows: () => rows(),
    all: () => all(),
    batches,
    column: async (name) => (await all([name])).map((row) => row[name]),
    failures: () => mended.reading(() => open().failures()),
  };
}
