import {
  type Column,
  ColumnDigest,
  DamagedError,
  isWide,
  objectsOf,
  type Stored,
  type TableOutput,
  TableReader,
  valueDigests,
} from '@millrace/core';
import { FileObjects } from './objects.js';
import type { Place } from './place.js';
import { recordPath, records } from './records.js';

/** Each table of a newest record: all values are read, and are those that the digests of its columns stand for. */
export const checkTables = async (place: Place): Promise<void> => {
  const objects = new FileObjects(place, () => {}, 'auto');
  for (const entry of records(place).entries()) {
    const wrong = objects.missing(objectsOf(entry)).length > 0 ? undefined : await wrongColumn(entry, objects);
    if (wrong !== undefined) place.damage.setAside(recordPath(place, entry), wrong);
  }
};

const wrongColumn = async (entry: Stored, objects: FileObjects): Promise<string | undefined> => {
  try {
    for (const [part, output] of Object.entries(entry.parts)) {
      const column = output.is === 'table' ? await otherColumn(output, objects) : undefined;
      if (column !== undefined) return `column ${column} of ${part} holds other values than the record says`;
    }
  } catch (error) {
    // It was set aside and noticed where it was met.
    if (!(error instanceof DamagedError)) throw error;
  }
  return undefined;
};

const otherColumn = async (output: TableOutput, objects: FileObjects): Promise<string | undefined> => {
  const reader = new TableReader(output, objects);
  try {
    for (const { name, digest } of output.columns)
      if ((await digestOf(reader, name)) !== digest) return JSON.stringify(name);
    return undefined;
  } finally {
    await reader.close();
  }
};

/** As the engine makes it, but of the values: what lies beside them may have been changed with them. */
const digestOf = async (reader: TableReader, name: string): Promise<string> => {
  const { type } = reader.column(name);
  const digest = new ColumnDigest(type);
  for await (const { columns } of reader.batches([name])) {
    const column = columns.get(name) as Column;
    if (isWide(type)) digest.update({ type, length: column.length, nulls: 0 }, valueDigests(column));
    else digest.update(column);
  }
  return digest.digest();
};
