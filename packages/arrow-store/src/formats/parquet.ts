import type * as Wasm from 'parquet-wasm';
import { type Batch, type Column, type Columns, nullColumn } from './core.js';
import { FormatError } from './damage.js';
import { OutputFile } from './disk.js';
import { streamBytes } from './frame.js';
import { refusedBy } from './holds.js';
import { bytesOf, rebatch } from './rebatch.js';
import { SumsWriter } from './regions.js';
import { inParquet, restamped } from './seconds.js';
import { wasm } from './wasm.js';
import type { Written } from './write.js';

export interface ParquetHead {
  readonly format: 'parquet';
  readonly columns: Columns;
  /** Rows of each row group. */
  readonly batches: readonly number[];
  /** Where the last part of the file begins that was written in one go: the footer lies in it. */
  readonly tail: number;
}

const SIZE = { rows: 1 << 16, bytes: 32 << 20 };
/** The module's memory ends at 4 GiB and needs several times the group that it writes. */
const MOST = 384 << 20;
const PIECE = 1 << 16;

type Batches = AsyncIterable<Batch> | Iterable<Batch>;

export async function writeParquet(path: string, batches: Batches, columns: Columns): Promise<Written> {
  const refused = refusedBy('parquet', columns);
  if (refused) throw refused;
  const source = rebatch(batches, columns, SIZE)[Symbol.asyncIterator]();
  const first = (await source.next()).value as Batch | undefined;
  const file = new ParquetFile(path, columns, first?.rows ?? 1);
  try {
    return await file.write(first, source);
  } finally {
    await source.return?.();
    file.close();
  }
}

class ParquetFile {
  private readonly out: OutputFile;
  private readonly sums = new SumsWriter();
  private failure: { readonly error: unknown } | undefined;
  private readonly stored: Columns;
  private rows = 0;
  private open: { rows: number; bytes: number } = { rows: 0, bytes: 0 };

  constructor(
    path: string,
    private readonly columns: Columns,
    private readonly groupRows: number,
  ) {
    this.out = new OutputFile(path);
    this.stored = Object.fromEntries(Object.entries(columns).map(([name, type]) => [name, inParquet(type)]));
  }

  async write(first: Batch | undefined, source: AsyncIterator<Batch>): Promise<Written> {
    const tail = await this.transform(first, source).catch((error: unknown) => {
      // What the module says of a source that failed at once is beside the point.
      throw this.failure ? this.failure.error : error;
    });
    if (this.failure) throw this.failure.error;
    const batches = groupsOf(this.rows, this.groupRows);
    const head: ParquetHead = { format: 'parquet', columns: this.columns, batches, tail };
    return { rows: this.rows, bytes: this.out.position, sha256: this.out.sha256(), sums: this.sums.done(head) };
  }

  private async transform(first: Batch | undefined, source: AsyncIterator<Batch>): Promise<number> {
    const module = await wasm();
    const stream = this.stream(module, first, source);
    const chunks = await module.transformParquetStream(stream, properties(module, this.groupRows, first));
    let tail = 0;
    for await (const chunk of chunks as unknown as AsyncIterable<Uint8Array>) {
      tail = this.out.position;
      await this.put(chunk);
    }
    return tail;
  }

  close(): void {
    this.out.close();
  }

  /** A source that fails would end the file early and look like one that is done: its error is kept and thrown after. */
  private stream(module: typeof Wasm, first: Batch | undefined, source: AsyncIterator<Batch>): ReadableStream {
    let next: Batch | undefined = first ?? emptyBatch(this.columns);
    const pull = async (controller: ReadableStreamDefaultController) => {
      try {
        if (next === undefined) return controller.close();
        for (const batch of this.enter(module, next)) controller.enqueue(batch);
        next = first === undefined ? undefined : ((await source.next()).value as Batch | undefined);
      } catch (error) {
        this.failure = { error };
        controller.close();
      }
    };
    return new ReadableStream({ pull }, { highWaterMark: 1 });
  }

  private enter(module: typeof Wasm, batch: Batch): Wasm.RecordBatch[] {
    this.count(batch);
    const table = module.Table.fromIPCStream(streamBytes(this.stored, [this.asStored(batch)]));
    const batches = table.recordBatches();
    table.free();
    return batches;
  }

  private asStored(batch: Batch): Batch {
    const column = ([name, one]: readonly [string, Column]) =>
      [name, restamped(one, this.stored[name]!, name)] as const;
    return { rows: batch.rows, columns: new Map([...batch.columns].map(column)) };
  }

  private count(batch: Batch): void {
    const bytes = bytesOf(batch);
    this.rows += batch.rows;
    this.open = { rows: this.open.rows + batch.rows, bytes: this.open.bytes + bytes };
    if (this.open.bytes > MOST) throw tooUneven(this.columns);
    if (this.open.rows >= this.groupRows) this.open = { rows: this.open.rows % this.groupRows, bytes };
  }

  private put(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length; at += PIECE) this.sums.add([chunk.subarray(at, at + PIECE)]);
    return this.out.write([chunk]);
  }
}

const tooUneven = (columns: Columns) =>
  new FormatError(
    Object.keys(columns)[0]!,
    `The columns ${Object.keys(columns).join(', ')} begin with small rows and go on with much larger ones, ` +
      "more than a Parquet row group can take here. Store them with format 'arrow'.",
  );

const groupsOf = (rows: number, each: number): number[] =>
  Array.from({ length: Math.ceil(rows / each) }, (_, i) => Math.min(each, rows - i * each));

function properties(module: typeof Wasm, groupRows: number, sample: Batch | undefined): Wasm.WriterProperties {
  let builder = new module.WriterPropertiesBuilder()
    .setCompression(module.Compression.ZSTD)
    .setDictionaryEnabled(false)
    .setMaxRowGroupSize(groupRows);
  for (const [name, column] of sample?.columns ?? []) {
    if (isRepetitive(column)) builder = builder.setColumnDictionaryEnabled(name, true);
  }
  return builder.build();
}

/** Texts that repeat are worth a dictionary; for others it only costs. */
function isRepetitive(column: Column): boolean {
  const rows = Math.min(column.length, 1000);
  if (column.type !== 'text' || rows < 100) return false;
  const bytes = Buffer.from(column.values!.buffer, column.values!.byteOffset, column.values!.byteLength);
  const seen = new Set<string>();
  for (let row = 0; row < rows; row++)
    seen.add(bytes.toString('latin1', column.offsets![row], column.offsets![row + 1]));
  return seen.size < rows / 10;
}

const emptyBatch = (columns: Columns): Batch => ({
  rows: 0,
  columns: new Map(Object.entries(columns).map(([name, type]) => [name, nullColumn(type, 0)])),
});
