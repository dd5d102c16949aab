import * as arrow from 'apache-arrow';
import type { Batch } from './core.js';
import { DamagedBytes } from './damage.js';
import { InputFile } from './disk.js';
import { batchOf, type ForeignTable, type Picked, picked } from './foreign.js';
import { askParquet, type ParquetGroup, type ParquetRequest, Trap } from './parquet-thread.js';

/** Of a row group at once: the decoder needs several times what it reads. */
const MOST = 64 << 20;
/** Fewer rows are not tried after the decoder broke off. */
const LEAST_ROWS = 1024;
const FEWER = 8;

type Place = Pick<ParquetRequest, 'key' | 'size' | 'path'>;

let files = 0;

/** A Parquet file of any writer. `names`: only these columns are read. */
export async function readParquetFile(path: string, names?: readonly string[]): Promise<ForeignTable> {
  const { wanted } = await during(path, async (place) => about(place, names));
  const batches = async function* (): AsyncIterable<Batch> {
    const place = placeOf(path);
    try {
      const now = await about(place, names);
      for (const [group, one] of now.groups.entries()) yield* rowsOf(place, { group, rows: one, wanted: now.wanted });
    } finally {
      await askParquet({ ...place, close: true });
    }
  };
  return { columns: wanted.columns, labels: wanted.labels, batches };
}

async function during<T>(path: string, act: (place: Place) => Promise<T>): Promise<T> {
  const place = placeOf(path);
  try {
    return await act(place);
  } finally {
    await askParquet({ ...place, close: true });
  }
}

function placeOf(path: string): Place {
  const file = InputFile.open(path);
  void file.close();
  return { key: `foreign ${files++}`, path, size: file.size };
}

interface About {
  readonly wanted: Picked;
  readonly groups: readonly ParquetGroup[];
}

async function about(place: Place, names: readonly string[] | undefined): Promise<About> {
  const { schema, groups = [], rows } = await askParquet(place);
  const found = groups.reduce((sum, group) => sum + group.rows, 0);
  if (found !== rows) throw new DamagedBytes(`its end says ${rows} rows, and its row groups have ${found}`);
  return { wanted: picked(arrow.tableFromIPC(schema).schema, place.path as string, names), groups };
}

interface Group {
  readonly group: number;
  readonly rows: ParquetGroup;
  readonly wanted: Picked;
}

/** Large row groups in parts; smaller ones where the decoder's memory does not hold them, as of texts that repeat. */
async function* rowsOf(place: Place, { group, rows: { rows, bytes }, wanted }: Group): AsyncIterable<Batch> {
  let most = Math.max(1, Math.min(rows, Math.floor((rows * MOST) / Math.max(1, bytes))));
  for (let offset = 0; offset < rows; ) {
    const limit = Math.min(most, rows - offset);
    const part = await readPart(place, { group, offset, limit, wanted }).catch((error: unknown) => {
      if (!(error instanceof Trap) || limit <= LEAST_ROWS) throw error;
      most = Math.max(LEAST_ROWS, Math.floor(limit / FEWER));
      return undefined;
    });
    if (part === undefined) continue;
    yield* part;
    offset += limit;
  }
}

interface Part {
  readonly group: number;
  readonly offset: number;
  readonly limit: number;
  readonly wanted: Picked;
}

async function readPart(place: Place, { group, offset, limit, wanted }: Part): Promise<Batch[]> {
  const columns = wanted.fields.map((field) => field.name);
  const read = { rowGroups: [group], columns, offset, limit, batchSize: limit };
  const { stream } = await askParquet({ ...place, read });
  const batches = arrow.tableFromIPC(stream).batches.map((batch) => batchOf(batch, wanted));
  const rows = batches.reduce((sum, batch) => sum + batch.rows, 0);
  if (rows !== limit)
    throw new DamagedBytes(`row group ${group} has ${rows} rows from ${offset} on, and should have ${limit}`);
  return batches;
}
