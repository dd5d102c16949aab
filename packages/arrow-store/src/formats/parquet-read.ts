import type { RowsReader } from '@millrace/core';
import * as arrow from 'apache-arrow';
import { columnOf } from './convert.js';
import { type Batch, type Columns, concat, widen } from './core.js';
import { DamagedBytes } from './damage.js';
import type { ParquetHead } from './parquet.js';
import { askParquet, type ParquetGroup, type ParquetRequest, type Segment } from './parquet-thread.js';
import { CheckedFile, type Sums } from './regions.js';
import { inParquet, restamped } from './seconds.js';

let files = 0;

export async function openParquet(path: string, sums: Sums<ParquetHead>): Promise<RowsReader> {
  const file = CheckedFile.open(path, sums);
  try {
    const { tail, batches, columns } = sums.head;
    const opened = await OpenParquet.open(file, tail);
    const groups = new Groups(file, opened);
    const read = (batch: number, names: readonly string[]) => groups.read(batch, pick(columns, names), batches[batch]!);
    const close = async () => {
      await opened.close();
      await file.close();
    };
    return { batches, read, close };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** A file that the thread decodes, of which it gets no byte that was not checked. */
class OpenParquet {
  private readonly key = `own ${files++}`;

  private constructor(
    private readonly file: CheckedFile,
    private readonly tail: number,
  ) {}

  groups: readonly ParquetGroup[] = [];

  static async open(file: CheckedFile, tail: number): Promise<OpenParquet> {
    const opened = new OpenParquet(file, tail);
    const { groups = [] } = await askParquet(await opened.opening());
    opened.groups = groups;
    return opened;
  }

  /** The thread may have ended since it opened the file, by another one that is damaged. */
  async read(read: NonNullable<ParquetRequest['read']>, load: () => Promise<Segment[]>): Promise<arrow.Table> {
    const ask = async () => askParquet({ ...this.place, read, segments: await load() });
    let answer = await ask();
    while (answer.unknown) {
      await askParquet(await this.opening());
      answer = await ask();
    }
    return arrow.tableFromIPC(answer.stream);
  }

  async close(): Promise<void> {
    await askParquet({ ...this.place, close: true });
  }

  private get place() {
    return { key: this.key, size: this.file.size };
  }

  private async opening(): Promise<ParquetRequest> {
    const end = { from: this.tail, bytes: whole(await this.file.range(this.tail, this.file.size)) };
    return { ...this.place, open: true, segments: [end] };
  }
}

/** In a buffer of its own, which is given away. */
const whole = (bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  bytes.length === bytes.buffer.byteLength ? (bytes as Uint8Array<ArrayBuffer>) : bytes.slice();

const pick = (columns: Columns, names: readonly string[]): Columns =>
  Object.fromEntries(names.map((name) => [name, columns[name]!]));

const GAP = 1 << 16;

class Groups {
  /** For each row group its leaves as they follow each other: the column that each belongs to, and its end. */
  private readonly leaves: readonly (readonly (readonly [column: string, from: number, to: number])[])[];

  constructor(
    private readonly file: CheckedFile,
    private readonly parquet: OpenParquet,
  ) {
    let at = 4;
    this.leaves = parquet.groups.map(({ leaves }) =>
      leaves.map(([column, bytes]) => {
        const from = at;
        at += bytes;
        return [column, from, at] as const;
      }),
    );
  }

  async read(group: number, columns: Columns, rows: number): Promise<Batch> {
    const names = Object.keys(columns);
    if (names.length === 0) return { rows, columns: new Map() };
    const options = { rowGroups: [group], columns: names, batchSize: rows };
    const { batches, schema, numRows } = await this.parquet.read(options, () => this.load(group, names));
    if (numRows !== rows) throw new DamagedBytes(`row group ${group} has ${numRows} rows, and should have ${rows}`);
    const column = (name: string) => {
      const at = schema.fields.findIndex((field) => field.name === name);
      const parts = batches.map((batch) => columnOf(schema.fields[at]!, batch.data.children[at]!));
      const type = columns[name]!;
      return restamped(widen(concat(parts), inParquet(type)), type, name);
    };
    return { rows, columns: new Map(names.map((name) => [name, column(name)])) };
  }

  /** The module asks for leaves that are near each other in one piece, gaps between them included. */
  private load(group: number, names: readonly string[]): Promise<Segment[]> {
    const runs: [from: number, to: number][] = [];
    for (const [column, from, to] of this.leaves[group]!) {
      const run = runs.at(-1);
      if (!names.includes(column)) continue;
      if (run !== undefined && from - run[1] <= GAP) run[1] = to;
      else runs.push([from, to]);
    }
    return Promise.all(runs.map(async ([from, to]) => ({ from, bytes: whole(await this.file.range(from, to)) })));
  }
}
