import type { RowsReader } from '@millrace/core';
import { FileBlock, Footer } from 'apache-arrow/ipc/metadata/file';
import type { Batch, Column, Columns } from './core.js';
import { OutputFile } from './disk.js';
import { batchFrame, batchHead, ColumnReader, countsOf, END, schemaFrame } from './frame.js';
import { rebatch } from './rebatch.js';
import { CheckedFile, type Sums, SumsWriter } from './regions.js';
import { schemaOf } from './schema.js';
import type { Written } from './write.js';

/** Regions: the start; for each batch its head and each column's bytes; the end. */
export interface ArrowHead {
  readonly format: 'arrow';
  readonly columns: Columns;
  /** Rows of each batch. */
  readonly batches: readonly number[];
}

const SIZE = { rows: 8192, bytes: 16 << 20 };
const MAGIC = Buffer.from('ARROW1');

/** An uncompressed Arrow file: written from the buffers of the columns, read a column at a time. */
export async function writeArrow(
  path: string,
  batches: AsyncIterable<Batch> | Iterable<Batch>,
  columns: Columns,
): Promise<Written> {
  const file = new ArrowFile(path, columns);
  try {
    await file.start();
    for await (const batch of rebatch(batches, columns, SIZE)) await file.add(batch);
    return await file.end();
  } finally {
    file.close();
  }
}

class ArrowFile {
  private readonly out: OutputFile;
  private readonly sums = new SumsWriter();
  private readonly rows: number[] = [];
  private readonly blocks: FileBlock[] = [];

  constructor(
    path: string,
    private readonly columns: Columns,
  ) {
    this.out = new OutputFile(path);
  }

  start(): Promise<void> {
    return this.put([[MAGIC, new Uint8Array(2), schemaFrame(this.columns)]]);
  }

  async add(batch: Batch): Promise<void> {
    const { head, columns } = batchFrame(batch);
    const body = columns.flat().reduce((all, part) => all + part.length, 0);
    this.blocks.push(new FileBlock(head.length, body, this.out.position));
    this.rows.push(batch.rows);
    await this.put([[head], ...columns]);
  }

  async end(): Promise<Written> {
    const footer = Footer.encode(new Footer(schemaOf(this.columns), undefined, this.blocks, []));
    await this.put([[END, footer, new Uint8Array(Int32Array.of(footer.length).buffer), MAGIC]]);
    const head: ArrowHead = { format: 'arrow', columns: this.columns, batches: this.rows };
    return {
      rows: this.rows.reduce((all, rows) => all + rows, 0),
      bytes: this.out.position,
      sha256: this.out.sha256(),
      sums: this.sums.done(head),
    };
  }

  close(): void {
    this.out.close();
  }

  /** One region for each list of parts. */
  private put(regions: readonly (readonly Uint8Array[])[]): Promise<void> {
    const written = this.out.write(regions.flat());
    for (const parts of regions) this.sums.add(parts);
    return written;
  }
}

export async function openArrow(path: string, sums: Sums<ArrowHead>): Promise<RowsReader> {
  const file = CheckedFile.open(path, sums);
  try {
    await file.regions(0, 0);
    await file.regions(sums.crcs.length - 1, sums.crcs.length - 1);
  } catch (error) {
    await file.close();
    throw error;
  }
  const { batches, columns } = sums.head;
  return {
    batches,
    read: (batch, names) => new BatchReader(file, sums, batch).read(columns, names),
    close: () => file.close(),
  };
}

/** Regions next to each other are read in one go. */
interface Run {
  readonly first: number;
  readonly last: number;
  readonly bytes: Uint8Array;
}

class BatchReader {
  /** Of the batch's head; the columns follow. */
  private readonly region: number;

  constructor(
    private readonly file: CheckedFile,
    private readonly sums: Sums<ArrowHead>,
    private readonly batch: number,
  ) {
    this.region = 1 + batch * (1 + Object.keys(sums.head.columns).length);
  }

  async read(columns: Columns, names: readonly string[]): Promise<Batch> {
    const all = Object.keys(columns);
    const wanted = [...new Set(names.map((name) => this.region + 1 + all.indexOf(name)))];
    const runs = await Promise.all(runsOf([this.region, ...wanted]).map((run) => this.load(run)));
    const head = batchHead(runs[0]!.bytes);
    const column = (name: string): Column => {
      const at = all.indexOf(name);
      const run = runs.find(({ first, last }) => first <= this.region + 1 + at && this.region + 1 + at <= last)!;
      const before = all.slice(0, at).map((other) => countsOf(columns[other]!));
      const nodes = before.reduce((sum, one) => sum + one.nodes, 0);
      const buffers = before.reduce((sum, one) => sum + one.buffers, 0);
      const from = this.sums.starts[run.first]! - this.sums.starts[this.region + 1]!;
      return new ColumnReader(head, { nodes, buffers }, { body: run.bytes, from }).read(columns[name]!);
    };
    return { rows: this.sums.head.batches[this.batch]!, columns: new Map(names.map((name) => [name, column(name)])) };
  }

  private async load([first, last]: readonly [number, number]): Promise<Run> {
    return { first, last, bytes: await this.file.regions(first, last) };
  }
}

function runsOf(regions: readonly number[]): (readonly [first: number, last: number])[] {
  const runs: [number, number][] = [];
  for (const region of [...regions].sort((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run !== undefined && region === run[1] + 1) run[1] = region;
    else runs.push([region, region]);
  }
  return runs;
}
