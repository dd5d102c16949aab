import {
  type AnyTable,
  type Columns,
  type EngineOptions,
  type Folder,
  type FolderInput,
  type FolderOutput,
  type Kind,
  matchesGlob,
  type PartResult,
  type Row,
  rowsOf,
  stage,
  type Type,
  unifyTypes,
  type WholeContext,
} from '@millrace/core';
import { type AtOptions, keepAt, places } from '../at/at.js';
import { jsonLine } from '../command/inputs.js';
import { BadRows } from '../source/bad-rows.js';
import { MOST_LINE } from '../source/bounds.js';
import { formatOf, formatOfName, readAs } from '../source/formats.js';
import { KEEP, type Tabular } from '../source/reading.js';
import type { DownloadOptions } from './config.js';
import { within, writeLines } from './disk.js';
import { chosen, downloadStage, type ModelAsked } from './stage.js';

interface DatasetConfig {
  /** Patterns of each split's files. Default: by the names of files and folders. */
  readonly splits?: Readonly<Record<string, string | readonly string[]>>;
  /** Only these splits. */
  readonly split?: string | readonly string[];
  /** The first so many rows of each split. */
  readonly maxSamples?: number;
}

type Context = WholeContext<DatasetConfig, AtOptions>;

/** Files of a data set as splits: a folder with one sub-folder each, and a table. */
const kind: Kind<DatasetConfig, AtOptions> = {
  name: 'dataset',
  version: 1,
  nature: 'pure',
  label: ({ split, maxSamples }) =>
    [split ? [split].flat().join(', ') : 'all splits', maxSamples ? `first ${maxSamples}` : '']
      .filter(Boolean)
      .join(' · '),
  work: {
    is: 'whole',
    parts: () => ({ main: 'folder', rows: 'table' }),
    run: runDataset,
  },
  places,
  settled: async ({ main }, { options, ...outside }) =>
    options.at === undefined ? {} : { at: await keepAt(main as FolderOutput, options, outside) },
};

async function runDataset(context: Context): Promise<Record<string, PartResult>> {
  const { config } = context;
  const files = context.inputs.files as FolderInput;
  const splits = splitsOf(
    files.files.map(({ path }) => path),
    config,
  );
  const from = await files.path();
  const folder = context.folder('main');
  const tables = new Map<string, Tabular[]>();
  for (const [split, paths] of splits) tables.set(split, await Promise.all(paths.map((path) => readFile(from, path))));
  const columns = unified([...tables.values()].flat());
  const counts: [string, number][] = [];
  for (const [split, parts] of tables) {
    const counted = { rows: 0 };
    await writeLines(within(folder, `${split}/data.jsonl`), linesOf(rowsIn(parts, config.maxSamples, counted)));
    counts.push([split, counted.rows]);
  }
  context.facts({ splits: Object.fromEntries(counts), samples: counts.reduce((sum, [, rows]) => sum + rows, 0) });
  return {
    main: { folder, essential: [...splits.keys()].map((split) => `${split}/data.jsonl`) },
    rows: { rows: again(from, splits, config.maxSamples), columns, splits: counts },
  };
}

const readFile = (folder: string, path: string): Promise<Tabular> =>
  readAs(formatOf(formatOfName(path), {}), {
    path: within(folder, path),
    declared: undefined,
    bad: new BadRows(path, false),
    keep: KEEP,
    most: MOST_LINE,
  });

async function* again(
  folder: string,
  splits: ReadonlyMap<string, readonly string[]>,
  most: number | undefined,
): AsyncGenerator<Row[]> {
  for (const paths of splits.values())
    yield* rowsIn(await Promise.all(paths.map((path) => readFile(folder, path))), most, { rows: 0 });
}

async function* rowsIn(
  tables: readonly Tabular[],
  most = Number.POSITIVE_INFINITY,
  counted: { rows: number },
): AsyncGenerator<Row[]> {
  for (const { batches } of tables)
    for await (const batch of batches) {
      if (counted.rows >= most) return;
      const rows = rowsOf(batch).slice(0, most - counted.rows);
      counted.rows += rows.length;
      yield rows;
    }
}

async function* linesOf(rows: AsyncIterable<Row[]>): AsyncGenerator<string> {
  for await (const some of rows) yield some.map(jsonLine).join('');
}

/** Files of one data set may say a type in other words: whole numbers here, none at all there. */
function unified(tables: readonly Tabular[]): Columns {
  const columns: Record<string, Type> = {};
  for (const table of tables)
    for (const [name, type] of Object.entries(table.columns)) {
      const before = Object.hasOwn(columns, name) ? (columns[name] as Type) : type;
      const both = unifyTypes(before, type);
      if (both === undefined)
        throw new Error(
          `Column ${name} is ${JSON.stringify(before)} in one file of the data set and ${JSON.stringify(type)} in another. Read the files with source, each with its columns declared.`,
        );
      columns[name] = both;
    }
  return columns;
}

const DATA = /\.(jsonl|ndjson|json|csv|tsv|parquet|arrow|txt)$/;
const KNOWN = /(?:^|[/._-])(train|training|validation|valid|val|dev|test|eval)(?=$|[/._-])/;
const SAME: Readonly<Record<string, string>> = {
  training: 'train',
  valid: 'validation',
  val: 'validation',
  dev: 'validation',
  eval: 'test',
};

/** Split → its files. `data/train-00000-of-00002.parquet` is of `train`, and so is `train/0000.parquet`. */
function splitsOf(paths: readonly string[], { splits, split }: DatasetConfig): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const add = (name: string, path: string) => found.set(name, [...(found.get(name) ?? []), path]);
  if (splits)
    for (const [name, patterns] of Object.entries(splits))
      for (const path of paths) if ([patterns].flat().some((pattern) => matchesGlob(path, pattern))) add(name, path);
  if (!splits)
    for (const path of paths.filter((path) => DATA.test(path) && !/^(dataset_infos|config)\.json$/.test(path)))
      add(splitOf(path), path);
  const wanted = split ? [split].flat() : [...found.keys()].sort();
  const absent = [...wanted, ...Object.keys(splits ?? {})].filter((name) => !found.has(name));
  if (absent.length || wanted.length === 0)
    throw new Error(
      `The data set has no ${absent[0] ?? 'files that can be read as rows'}: there are ${[...found.keys()].join(', ') || paths.slice(0, 10).join(', ')}. Name one of these, or say which files a split has: splits: { train: 'data/*.jsonl' }.`,
    );
  return new Map(wanted.map((name) => [name, found.get(name) as string[]]));
}

function splitOf(path: string): string {
  const numbered = /(?:^|\/)([\w.]+)-\d{5}-of-\d{5}\./.exec(path)?.[1];
  const name = numbered ?? KNOWN.exec(path)?.[1] ?? 'train';
  return SAME[name] ?? name;
}

export interface DatasetAsked extends ModelAsked, DatasetConfig {}

/** A folder with `<split>/data.jsonl`, and the same rows as a table. */
export type Dataset = Folder & { readonly rows: AnyTable };

/** A data set of a hub. Its files are downloaded once, however many samples are wanted of them. */
export function datasetOf(
  id: string,
  asked: DatasetAsked = {},
  options: DownloadOptions & EngineOptions = {},
): Dataset {
  const { at, overwrite, ...line } = options;
  const source = { from: 'hub', repo: 'dataset', id, revision: asked.revision ?? 'main' } as const;
  const patterns = asked.files ?? (asked.splits && Object.values(asked.splits).flat());
  const files = downloadStage({ source, ...chosen({ ...asked, ...(patterns && { files: patterns }) }) }, line);
  const { splits, split, maxSamples } = asked;
  const config = {
    ...(splits && { splits }),
    ...(split && { split }),
    ...(maxSamples !== undefined && { maxSamples }),
  };
  return stage<Dataset, DatasetConfig, AtOptions>({
    kind,
    inputs: { files },
    config,
    options: { ...(at !== undefined && { at }), ...(overwrite && { overwrite }) },
  });
}
