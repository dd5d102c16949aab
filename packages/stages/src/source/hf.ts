import {
  type Batch,
  type Column,
  type Columns,
  type Kind,
  type Look,
  tensorOf,
  type WholeContext,
} from '@millrace/core';
import { beside, bytesOfFile, digestOf, isFolder, placeOf, readIfThere, within } from './disk.js';
import { refuseChanged } from './file.js';
import { labelled, named, readable, unreadable } from './foreign.js';

export interface HfConfig {
  readonly path: string;
  /** One split of several. Undefined: all of them, one behind the other. */
  readonly split: string | undefined;
  /** A column for the name of the split. */
  readonly into: string | undefined;
}

type Context = WholeContext<HfConfig, object>;

/** A data set as Hugging Face's `datasets` saves it: `save_to_disk` of a Dataset or of a DatasetDict. */
export const hfKind: Kind<HfConfig> = {
  name: 'hf',
  version: 1,
  nature: 'pure',
  label: ({ path, split }) => (split === undefined ? path : `${path} ${split}`),
  semantic: ({ split, into }) => ({ split, into }),
  work: {
    is: 'whole',
    parts: () => ({ main: 'table' }),
    world: async ({ path, split }, _, look) => {
      const folder = placeOf(path, look.base);
      look.inside(folder);
      return lookAt(await shardsOf(folder, path, split), look);
    },
    run: async (context) => ({ main: await readAll(context) }),
  },
};

interface Shard {
  readonly split: string;
  readonly path: string;
}

const lookAt = async (shards: readonly Shard[], look: Look) => {
  const seen = [];
  for (const { split, path } of shards) seen.push({ split, digest: await digestOf(path, look) });
  return seen;
};

/** The shards of a data set in their order, by the files that `datasets` writes beside them. */
async function shardsOf(folder: string, shown: string, split: string | undefined): Promise<Shard[]> {
  const dict = await readIfThere(within(folder, 'dataset_dict.json'));
  const card = dict ? undefined : await cardOf(folder);
  if (card) {
    const found = card.filter((shard) => split === undefined || shard.split === split);
    if (found.length) return found;
    throw new Error(
      `${shown} has no split ${split}; it has ${card.map((shard) => shard.split).join(', ')}. Name one of these.`,
    );
  }
  if (!dict) {
    if (split === undefined) return shardsIn(folder, { shown, split: 'train' });
    throw new Error(`${shown} is one data set without splits, so that there is no ${split}. Leave split out.`);
  }
  const { splits } = JSON.parse(dict.toString('utf8')) as { splits: string[] };
  if (split !== undefined && !splits.includes(split))
    throw new Error(`${shown} has no split ${split}; it has ${splits.join(', ')}. Name one of these.`);
  const shards = splits
    .filter((name) => split === undefined || name === split)
    .map((name) => shardsIn(within(folder, name), { shown: `${shown}/${name}`, split: name }));
  return (await Promise.all(shards)).flat();
}

/** The Parquet files of a data set that the command exported, as its card lists them. */
async function cardOf(folder: string): Promise<Shard[] | undefined> {
  const card = await readIfThere(within(folder, 'README.md'));
  const listed = card?.toString('utf8').matchAll(/^ {2}- split: (".*")\n {4}path: ("data\/[\w.-]+\.parquet")$/gm) ?? [];
  const shards = [...listed].map(([, split, path]) => ({
    split: JSON.parse(split as string) as string,
    path: within(folder, JSON.parse(path as string) as string),
  }));
  return shards.length ? shards : undefined;
}

async function shardsIn(folder: string, { shown, split }: { shown: string; split: string }): Promise<Shard[]> {
  if (!(await isFolder(folder))) throw noDataSet(shown, 'it is no folder');
  const bytes = await readIfThere(within(folder, 'state.json'));
  if (!bytes) throw noDataSet(shown, 'it has no state.json');
  const state = JSON.parse(bytes.toString('utf8')) as {
    _data_files: { filename: string }[];
    _indices_data_files?: unknown;
  };
  if (state._indices_data_files)
    throw noDataSet(shown, 'it is a selection with indices of its own; call flatten_indices() before save_to_disk');
  return state._data_files.map(({ filename }) => ({ split, path: within(folder, filename) }));
}

const noDataSet = (shown: string, why: string): Error =>
  new Error(
    `${shown} is no data set as datasets saves it: ${why}. Write it with save_to_disk, or read its files with source.parquet or source.arrow.`,
  );

async function readAll({ config, base, world }: Context) {
  const { readArrowFile, readParquetFile } = await import('@millrace/arrow-store/formats');
  const shards = await shardsOf(placeOf(config.path, base), config.path, config.split);
  const tables = await Promise.all(
    shards.map(({ path }) =>
      path.endsWith('.parquet')
        ? readParquetFile(path).then(withTensors, (error) => unreadable(error, path, 'parquet'))
        : readArrowFile(path).catch((error) => unreadable(error, path, 'arrow')),
    ),
  );
  const labels = await Promise.all(shards.map(({ path }) => labelsBeside(path)));
  const all = shards.map((shard, i) => ({
    ...shard,
    table: tables[i] as (typeof tables)[number],
    labels: { ...labels[i], ...tables[i]?.labels },
    digest: (world as readonly { digest: string }[])[i]?.digest ?? '',
  }));
  const first = all[0] as (typeof all)[number];
  const columns: Columns = {
    ...named(first.table.columns, first.labels),
    ...(config.into !== undefined && { [config.into]: 'text' as const }),
  };
  const counts = new Map<string, number>();
  return {
    rows: rowsOf(all, { config, counts }),
    columns,
    // Read after the rows are stored, when the counts are known.
    get splits() {
      return [...counts];
    },
  };
}

interface OpenShard extends Shard {
  readonly table: { batches(): AsyncIterable<Batch> };
  readonly labels: Readonly<Record<string, readonly string[]>>;
  readonly digest: string;
}

async function* rowsOf(
  shards: readonly OpenShard[],
  { config, counts }: { config: HfConfig; counts: Map<string, number> },
): AsyncGenerator<Batch> {
  for (const { split, path, table, labels, digest } of shards) {
    for await (const batch of labelled(readable(table.batches(), path, 'arrow'), labels)) {
      counts.set(split, (counts.get(split) ?? 0) + batch.rows);
      yield config.into === undefined ? batch : withSplit(batch, config.into, split);
    }
    await refuseChanged({ path, name: path, digest });
  }
}

type Foreign = Awaited<ReturnType<typeof import('@millrace/arrow-store/formats').readParquetFile>>;

/** Lists of one size in each other are how tensors stand in a file that every reader takes. */
const withTensors = (table: Foreign): Foreign => ({
  ...table,
  columns: Object.fromEntries(Object.entries(table.columns).map(([name, type]) => [name, tensorOf(type)])),
  batches: async function* () {
    for await (const { rows, columns } of table.batches())
      yield { rows, columns: new Map([...columns].map(([name, column]) => [name, asTensor(column)])) };
  },
});

function asTensor(column: Column): Column {
  const type = tensorOf(column.type);
  if (type === column.type) return column;
  let items = column;
  while (typeof items.type === 'object' && 'fixed' in items.type) items = items.children?.[0] as Column;
  return { ...column, type, children: [items] };
}

function withSplit(batch: Batch, into: string, split: string): Batch {
  const name = Buffer.from(split);
  const offsets = Int32Array.from({ length: batch.rows + 1 }, (_, row) => row * name.length);
  const values = Buffer.alloc(batch.rows * name.length, name);
  const column = { type: 'text', length: batch.rows, nulls: 0, offsets, values } as const;
  return { rows: batch.rows, columns: new Map([...batch.columns, [into, column]]) };
}

interface Info {
  readonly features?: Readonly<Record<string, { readonly _type?: string; readonly names?: readonly string[] }>>;
}

/** Names of class labels stand in dataset_info.json beside the shards. */
async function labelsBeside(shard: string): Promise<Record<string, readonly string[]>> {
  const bytes = await bytesOfFile(beside(shard, 'dataset_info.json')).catch(() => undefined);
  const features = bytes ? ((JSON.parse(bytes.toString('utf8')) as Info).features ?? {}) : {};
  return Object.fromEntries(
    Object.entries(features).flatMap(([name, { _type, names }]) =>
      _type === 'ClassLabel' && names ? [[name, names]] : [],
    ),
  );
}
