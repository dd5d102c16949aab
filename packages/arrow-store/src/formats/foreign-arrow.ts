import * as arrow from 'apache-arrow';
import { openMessages } from './arrow-messages.js';
import { registerCodecs } from './codecs.js';
import type { Batch } from './core.js';
import { DamagedBytes, FormatError } from './damage.js';
import { InputFile } from './disk.js';
import { batchOf, type ForeignTable, picked } from './foreign.js';

/** An Arrow file (Feather) or stream, as pandas, Polars and Hugging Face's data sets write them. `names`: only these columns. */
export async function readArrowFile(path: string, names?: readonly string[]): Promise<ForeignTable> {
  const wanted = await during(path, async (file) => picked((await openMessages(file)).schema, path, names));
  const batches = async function* (): AsyncIterable<Batch> {
    const file = open(path);
    try {
      for await (const batch of await readerOf(file)) if (batch.numRows > 0) yield batchOf(batch, wanted);
    } catch (error) {
      throw understood(error);
    } finally {
      await file.close();
    }
  };
  return { columns: wanted.columns, labels: wanted.labels, batches };
}

async function during<T>(path: string, act: (file: InputFile) => Promise<T>): Promise<T> {
  const file = open(path);
  try {
    return await act(file);
  } catch (error) {
    throw understood(error);
  } finally {
    await file.close();
  }
}

/** What fits nowhere ends in errors of many kinds. Those of the system have a code. */
function understood(error: unknown): unknown {
  const { name, message, code } = error as NodeJS.ErrnoException;
  if (!['TypeError', 'RangeError', 'Error'].includes(name) || code !== undefined || message.startsWith('BUG'))
    return error;
  return new DamagedBytes(`it holds what no file of its kind can (${message})`);
}

function open(path: string): InputFile {
  const file = InputFile.open(path);
  if (file.size > 0) return file;
  void file.close();
  throw noArrow(path);
}

async function readerOf(file: InputFile): Promise<AsyncIterable<arrow.RecordBatch>> {
  registerCodecs();
  const { pieces } = await openMessages(file);
  const reader = await arrow.RecordBatchReader.from(pieces());
  await reader.open();
  return reader as AsyncIterable<arrow.RecordBatch>;
}

const noArrow = (path: string) =>
  new FormatError(
    '',
    `${path} is no Arrow file or stream: it says no columns. Was it written to the end? Check the file, or name another.`,
  );
