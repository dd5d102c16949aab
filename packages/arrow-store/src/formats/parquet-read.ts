import type { RowsReader } from '@millrace/core';
import * as arrow from 'apache-arrow';
import type { ParquetFile } from 'parquet-wasm';
import { FileBlob } from './blob.js';
import { columnOf } from './convert.js';
import { type Batch, type Columns, concat, widen } from './core.js';
import type { ParquetHead } from './parquet.js';
import { CheckedFile, type Sums } from './regions.js';
import { inParquet, restamped } from './seconds.js';
import { wasm } from './wasm.js';

interface Segment {
  readonly from: number;
  readonly bytes: Uint8Array;
}

/** Bytes that are read and checked before the module asks for them. */
class Segments {
  private readonly held = new Set<Segment>();
  private failure: { readonly error: unknown } | undefined;
  readonly blob: FileBlob;

  constructor(readonly size: number) {
    this.blob = new FileBlob(this, (error) => {
      this.failure = { error };
    });
  }

  bytes(from: number, to: number): Uint8Array {
    for (const segment of this.held) {
      const end = segment.from + segment.bytes.length;
      if (segment.from <= from && to <= end) return segment.bytes.subarray(from - segment.from, to - segment.from);
    }
    throw new Error(`BUG: bytes ${from} to ${to} of a Parquet file were not read before.`);
  }

  async during<T>(segments: readonly Segment[], act: () => Promise<T>): Promise<T> {
    for (const segment of segments) this.held.add(segment);
    try {
      return await act();
    } catch (error) {
      // What the module made of zeros that it was given instead is beside the point.
      throw this.failure ? this.failure.error : error;
    } finally {
      for (const segment of segments) this.held.delete(segment);
    }
  }
}

export async function openParquet(path: string, sums: Sums<ParquetHead>): Promise<RowsReader> {
  const module = await wasm();
  const file = CheckedFile.open(path, sums);
  try {
    const { tail, batches, columns } = sums.head;
    const segments = new Segments(file.size);
    const footer = { from: tail, bytes: await file.range(tail, file.size) };
    const parquet = await segments.during([footer], () =>
      module.ParquetFile.fromFile(segments.blob as unknown as Blob),
    );
    const groups = new Groups(file, parquet, segments);
    const read = (batch: number, names: readonly string[]) => groups.read(batch, pick(columns, names), batches[batch]!);
    const close = async () => {
      parquet.free();
      await file.close();
    };
    return { batches, read, close };
  } catch (error) {
    await file.close();
    throw error;
  }
}

const pick = (columns: Columns, names: readonly string[]): Columns =>
  Object.fromEntries(names.map((name) => [name, columns[name]!]));

const GAP = 1 << 16;

class Groups {
  /** For each row group its leaves as they follow each other: the column that each belongs to, and its end. */
  private readonly leaves: readonly (readonly (readonly [column: string, from: number, to: number])[])[];

  constructor(
    private readonly file: CheckedFile,
    private readonly parquet: ParquetFile,
    private readonly segments: Segments,
  ) {
    const metadata = parquet.metadata();
    let at = 4;
    this.leaves = Array.from({ length: metadata.numRowGroups() }, (_, group) =>
      metadata
        .rowGroup(group)
        .columns()
        .map((leaf) => {
          const from = at;
          at += leaf.compressedSize();
          return [leaf.columnPath()[0]!, from, at] as const;
        }),
    );
  }

  async read(group: number, columns: Columns, rows: number): Promise<Batch> {
    const names = Object.keys(columns);
    if (names.length === 0) return { rows, columns: new Map() };
    const options = { rowGroups: [group], columns: names, batchSize: rows };
    const table = await this.segments.during(await this.load(group, names), () => this.parquet.read(options));
    const { batches, schema } = arrow.tableFromIPC(table.intoIPCStream());
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
    return Promise.all(runs.map(async ([from, to]) => ({ from, bytes: await this.file.range(from, to) })));
  }
}
