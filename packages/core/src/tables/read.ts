import { nullColumn } from '../columns/build.js';
import type { Batch, Column } from '../columns/column.js';
import { ColumnDigest, isWide, valueDigests } from '../columns/digest.js';
import { rowsOf } from '../columns/read.js';
import type { Columns } from '../columns/type.js';
import type { Row } from '../declare/row.js';
import type { Digest, Group, Objects, StoredColumn, TableOutput } from '../ports/store.js';
import { GroupReader, notOpen } from './group-reader.js';

export const WINDOW = 8192;

export interface RowFailure {
  readonly row: number;
  readonly message: string;
  /** Not bought again until asked. */
  readonly permanent: boolean;
}

/** As it stands beside a table. */
export interface KeptFailure extends RowFailure {
  /** The call that failed in this very stage, by its row key. */
  readonly call?: string;
  readonly accepted?: true;
}

/** Reads the columns of a stored table in row order, through its groups, segments and maps. */
export class TableReader {
  readonly rows: number;
  readonly columns: Columns;
  readonly #groups = new Map<number, Promise<GroupReader>>();

  constructor(
    readonly output: TableOutput,
    readonly objects: Objects,
  ) {
    this.rows = output.rows;
    this.columns = Object.fromEntries(output.columns.map((column) => [column.name, column.type]));
  }

  async *batches(names: readonly string[] = Object.keys(this.columns), size: number = WINDOW): AsyncGenerator<Batch> {
    for (let from = 0; from < this.rows; from += size)
      yield await this.window(names, from, Math.min(from + size, this.rows));
  }

  async window(names: readonly string[], from: number, to: number): Promise<Batch> {
    return this.#read(names, to - from, (group) => group.places(from, to));
  }

  /** Any rows, in the order asked for. */
  async pick(names: readonly string[], rows: Int32Array): Promise<Batch> {
    return this.#read(names, rows.length, (group) => group.placesOf(rows));
  }

  async #read(names: readonly string[], rows: number, where: (group: GroupReader) => Int32Array): Promise<Batch> {
    const columns = new Map<string, Column>();
    for (const [group, wanted] of this.#byGroup(names)) {
      if (group < 0) {
        for (const { name } of wanted) columns.set(name, nullColumn('null', rows));
        continue;
      }
      const reader = await this.#group(group);
      const found = await reader.read([...new Set(wanted.map((c) => c.stored))], where(reader), wanted);
      for (const column of wanted) columns.set(column.name, found.get(column.stored) as Column);
    }
    return { rows, columns: new Map(names.map((name) => [name, columns.get(name) as Column])) };
  }

  async all(names: readonly string[] = Object.keys(this.columns)): Promise<Row[]> {
    const out: Row[] = [];
    for await (const batch of this.batches(names)) for (const row of rowsOf(batch)) out.push(row);
    return out;
  }

  /** 16 bytes for each row of a wide column, of the rows `from` to `to`. */
  async digests(name: string, from = 0, to: number = this.rows): Promise<Uint8Array> {
    const column = this.column(name);
    const group = await this.#group(column.group);
    const places = group.places(from, to);
    if (group.storedAs(column.stored, column.type)) return group.digests(column.stored, places);
    return valueDigests((await group.read([column.stored], places, [column])).get(column.stored) as Column);
  }

  /** Content of a column as the table shows it, by what is stored beside it where there is such. */
  async columnDigest(name: string): Promise<Digest> {
    const { type } = this.column(name);
    const digest = new ColumnDigest(type);
    for (let from = 0; from < this.rows; from += WINDOW) {
      const to = Math.min(from + WINDOW, this.rows);
      if (isWide(type)) digest.update({ type, length: to - from, nulls: 0 }, await this.digests(name, from, to));
      else digest.update((await this.window([name], from, to)).columns.get(name) as Column);
    }
    return digest.digest();
  }

  /** Rows that failed. Accepted ones count as answered, with nothing. */
  async failures(): Promise<readonly RowFailure[]> {
    return (await this.allFailures())
      .filter(({ accepted }) => !accepted)
      .map(({ row, message, permanent }) => ({ row, message, permanent }));
  }

  async allFailures(): Promise<readonly KeptFailure[]> {
    const { failures } = this.output;
    return failures ? JSON.parse(Buffer.from(await this.objects.getBytes(failures)).toString('utf8')) : [];
  }

  column(name: string): StoredColumn {
    const column = this.output.columns.find((c) => c.name === name);
    if (column) return column;
    if (this.output.inferred) return { name, type: 'null', digest: '', group: -1, stored: name };
    throw new Error(`BUG: column ${name} was not checked against the table before it was read`);
  }

  async close(): Promise<void> {
    for (const group of this.#groups.values()) await group.then((open) => open.close(), notOpen);
    this.#groups.clear();
  }

  /** Where the rows of a group's columns stand in its segments. */
  async placesIn(group: number): Promise<Int32Array> {
    return (await this.#group(group)).places(0, this.rows);
  }

  #byGroup(names: readonly string[]): Map<number, StoredColumn[]> {
    const groups = new Map<number, StoredColumn[]>();
    for (const name of names) {
      const column = this.column(name);
      groups.set(column.group, [...(groups.get(column.group) ?? []), column]);
    }
    return groups;
  }

  #group(index: number): Promise<GroupReader> {
    const known = this.#groups.get(index);
    if (known) return known;
    const made = GroupReader.open(this.output.groups[index] as Group, this.objects);
    this.#groups.set(index, made);
    return made;
  }
}

/** A table is open as long as it is read, also where it turns out that it cannot be. */
export async function reading<T>(
  output: TableOutput,
  objects: Objects,
  act: (reader: TableReader) => Promise<T>,
): Promise<T> {
  const reader = new TableReader(output, objects);
  try {
    return await act(reader);
  } finally {
    await reader.close();
  }
}

/** The table with the digests of some of its columns as it shows them. */
export const withDigests = (
  table: TableOutput,
  { of }: { of: (column: StoredColumn) => boolean },
  objects: Objects,
): Promise<TableOutput> =>
  reading(table, objects, async (reader) => {
    const columns: StoredColumn[] = [];
    for (const column of table.columns)
      columns.push(of(column) ? { ...column, digest: await reader.columnDigest(column.name) } : column);
    return { ...table, columns };
  });
