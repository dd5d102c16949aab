import * as arrow from 'apache-arrow';
import { registerCodecs } from './codecs.js';
import type { Batch } from './core.js';
import { FormatError } from './damage.js';
import { type Handle, openHandle } from './disk.js';
import { batchOf, type ForeignTable, picked } from './foreign.js';

/** An Arrow file (Feather) or stream, as pandas, Polars and Hugging Face's data sets write them. `names`: only these columns. */
export async function readArrowFile(path: string, names?: readonly string[]): Promise<ForeignTable> {
  const schema = await during(path, async (reader) => reader.schema);
  const wanted = picked(schema, path, names);
  const batches = async function* (): AsyncIterable<Batch> {
    const handle = await openHandle(path);
    try {
      for await (const batch of await open(handle, path)) yield batchOf(batch, wanted);
    } finally {
      await handle.close();
    }
  };
  return { columns: wanted.columns, labels: wanted.labels, batches };
}

async function during<T>(path: string, act: (reader: arrow.RecordBatchReader) => Promise<T>): Promise<T> {
  const handle = await openHandle(path);
  try {
    return await act(await open(handle, path));
  } finally {
    await handle.close();
  }
}

/** Of a file of no bytes Arrow makes a table of no rows. */
async function open(handle: Handle, path: string): Promise<arrow.RecordBatchReader> {
  if ((await handle.stat()).size === 0) throw noArrow(path);
  registerCodecs();
  const reader = (await arrow.RecordBatchReader.from(handle)) as arrow.RecordBatchReader;
  await reader.open();
  if (reader.schema === undefined) throw noArrow(path);
  return reader;
}

const noArrow = (path: string) =>
  new FormatError(
    '',
    `${path} is no Arrow file or stream: it says no columns. Was it written to the end? Check the file, or name another.`,
  );
