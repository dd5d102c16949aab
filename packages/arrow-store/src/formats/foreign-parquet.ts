import * as arrow from 'apache-arrow';
import type { ParquetFile } from 'parquet-wasm';
import { FileBlob } from './blob.js';
import type { Batch } from './core.js';
import { SyncFile } from './disk.js';
import { batchOf, type ForeignTable, type Picked, picked } from './foreign.js';
import { wasm } from './wasm.js';

/** Of a row group at once: the module's memory ends at 4 GiB, and it needs several times what it reads. */
const MOST = 64 << 20;

/** A Parquet file of any writer. `names`: only these columns are read. */
export async function readParquetFile(path: string, names?: readonly string[]): Promise<ForeignTable> {
  const wanted = await during(path, async (file) =>
    picked(arrow.tableFromIPC(file.schema().intoIPCStream()).schema, path, names),
  );
  const batches = async function* (): AsyncIterable<Batch> {
    const { file, close } = await open(path);
    try {
      yield* groupsOf(file, wanted);
    } finally {
      close();
    }
  };
  return { columns: wanted.columns, labels: wanted.labels, batches };
}

async function during<T>(path: string, act: (file: ParquetFile) => Promise<T>): Promise<T> {
  const { file, close } = await open(path);
  try {
    return await act(file);
  } finally {
    close();
  }
}

async function open(path: string): Promise<{ readonly file: ParquetFile; close(): void }> {
  const module = await wasm();
  const source = new SyncFile(path);
  try {
    const file = await module.ParquetFile.fromFile(new FileBlob(source, () => undefined) as unknown as Blob);
    const close = () => {
      file.free();
      source.close();
    };
    return { file, close };
  } catch (error) {
    source.close();
    throw error;
  }
}

/** Large row groups in parts. */
async function* groupsOf(file: ParquetFile, wanted: Picked): AsyncIterable<Batch> {
  const metadata = file.metadata();
  const columns = wanted.fields.map((field) => field.name);
  for (let group = 0; group < metadata.numRowGroups(); group++) {
    const about = metadata.rowGroup(group);
    const rows = about.numRows();
    const limit = Math.max(1, Math.min(rows, Math.floor((rows * MOST) / Math.max(1, about.totalByteSize()))));
    for (let offset = 0; offset < rows; offset += limit) {
      const table = await file.read({ rowGroups: [group], columns, offset, limit, batchSize: limit });
      for (const batch of arrow.tableFromIPC(table.intoIPCStream()).batches) yield batchOf(batch, wanted);
    }
  }
}
