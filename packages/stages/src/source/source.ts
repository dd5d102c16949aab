import { type EngineOptions, type Kind, type Nature, stage, type Table, type Value, type With } from '@millrace/core';
import type { FunctionSaid } from '../functions/user-function.js';
import { checkSettings, fieldsNamed } from '../registry/check-settings.js';
import type { ReadOptions } from './bounds.js';
import { type Declared, type RowOf, resolveColumns, type ValueOf } from './declared.js';
import { type FileConfig, fileKind, type OnBadRow } from './file.js';
import { filesKind } from './files.js';
import { type FormatName, type FormatSettings, formatOf, formatOfName } from './formats.js';
import { type Generate, generatorKind } from './generator.js';
import { hfKind } from './hf.js';
import { rowsSource } from './rows.js';
import { type UrlOptions, urlKind, urlSettings } from './url.js';

/** Nothing is known of its columns before it was read: checked then, at the latest. */
type NoColumns = Record<never, never>;

/** The table of a file: typed where columns are declared, open where they are found. */
export type FileTable<C extends Declared | undefined, B extends OnBadRow> = Table<
  C extends Declared ? { -readonly [K in keyof C]: ValueOf<C[K]> } : NoColumns,
  C extends Declared ? false : true
> &
  (B extends 'skip' ? { readonly skipped: Value<number> } : unknown);

export interface FileSettings<C extends Declared | undefined = undefined, B extends OnBadRow = 'stop'> {
  /** Columns and their types; others in the file are not read. Default: all, with the types that their values have. */
  readonly columns?: C;
  /** A row that is broken or does not fit its columns ends the stage (`stop`), or is left out and counted (`skip`). */
  readonly onBadRow?: B;
}

export interface CsvSettings<C extends Declared | undefined = undefined, B extends OnBadRow = 'stop'>
  extends FileSettings<C, B> {
  readonly delimiter?: string;
  /** `false`: the first row is data, and columns are declared in the order of the cells. */
  readonly header?: boolean;
  /** Texts that mean null in a cell without quotes. Default: the empty one. */
  readonly nulls?: readonly string[];
}

export interface AnySettings<C extends Declared | undefined = undefined, B extends OnBadRow = 'stop'>
  extends FileSettings<C, B>,
    FormatSettings {
  readonly format?: FormatName;
}

type Settings = FileSettings<Declared | undefined, OnBadRow> & FormatSettings;

const configOf = (format: FormatName, given: Settings): Omit<FileConfig, 'path'> => ({
  format: formatOf(format, given),
  declared: given.columns && resolveColumns(given.columns),
  onBadRow: given.onBadRow ?? 'stop',
});

const FILE = ['columns', 'onBadRow'];
const CELLS = [...FILE, 'delimiter', 'header', 'nulls'];

/** What each way of reading can be told. */
const SETTINGS = {
  jsonl: FILE,
  json: [...FILE, 'at'],
  csv: CELLS,
  tsv: CELLS,
  parquet: ['columns'],
  arrow: ['columns'],
  text: ['by', 'into', 'onBadRow'],
  path: [...CELLS, 'at', 'by', 'into'],
  url: [...CELLS, 'at', 'by', 'into'],
  files: ['as', 'into', 'path'],
  hf: ['split', 'into'],
  generator: ['with', 'run', 'nature', 'uses', 'version', 'impure'],
} as const;

function check(which: keyof typeof SETTINGS, config: object, options?: object): void {
  const read = ['jsonl', 'json', 'csv', 'tsv', 'text', 'path', 'url', 'files'].includes(which) ? ['maxLineBytes'] : [];
  const own = which === 'url' ? [...read, 'headers', 'query', 'keep', 'offline', 'timeoutMs', 'maxBytes'] : read;
  const known = { config: fieldsNamed(SETTINGS[which]), options: fieldsNamed(own) };
  checkSettings({ name: `source.${which}`, ...known }, config, options);
}

function file<T>(path: string, format: FormatName, given: Settings, options?: ReadOptions & EngineOptions): T {
  return stage({ kind: fileKind, config: { path, ...configOf(format, given) }, options }) as T;
}

/** One JSON object a line. */
function jsonl<const C extends Declared | undefined = undefined, const B extends OnBadRow = 'stop'>(
  path: string,
  config: FileSettings<C, B> = {},
  options?: ReadOptions & EngineOptions,
): FileTable<C, B> {
  check('jsonl', config, options);
  return file(path, 'jsonl', config, options);
}

/** One JSON document with an array of objects: the document itself, or what is `at` a path in it. */
function json<const C extends Declared | undefined = undefined, const B extends OnBadRow = 'stop'>(
  path: string,
  config: FileSettings<C, B> & { readonly at?: string } = {},
  options?: ReadOptions & EngineOptions,
): FileTable<C, B> {
  check('json', config, options);
  return file(path, 'json', config, options);
}

/** Cells between commas, the first row naming them. */
function csv<const C extends Declared | undefined = undefined, const B extends OnBadRow = 'stop'>(
  path: string,
  config: CsvSettings<C, B> = {},
  options?: ReadOptions & EngineOptions,
): FileTable<C, B> {
  check('csv', config, options);
  return file(path, 'csv', config, options);
}

/** Cells between tabs. */
function tsv<const C extends Declared | undefined = undefined, const B extends OnBadRow = 'stop'>(
  path: string,
  config: CsvSettings<C, B> = {},
  options?: ReadOptions & EngineOptions,
): FileTable<C, B> {
  check('tsv', config, options);
  return file(path, 'tsv', config, options);
}

/** A Parquet file, with the types that it has. */
function parquet<const C extends Declared | undefined = undefined>(
  path: string,
  config: { readonly columns?: C } = {},
  options?: EngineOptions,
): FileTable<C, 'stop'> {
  check('parquet', config, options);
  return file(path, 'parquet', config, options);
}

/** An Arrow file (Feather) or stream, with the types that it has. */
function arrow<const C extends Declared | undefined = undefined>(
  path: string,
  config: { readonly columns?: C } = {},
  options?: EngineOptions,
): FileTable<C, 'stop'> {
  check('arrow', config, options);
  return file(path, 'arrow', config, options);
}

/** A row for each line of a text file, or one for the file. */
function text<const I extends string = 'text', const B extends OnBadRow = 'stop'>(
  path: string,
  config: { readonly by?: 'line' | 'file'; readonly into?: I; readonly onBadRow?: B } = {},
  options?: ReadOptions & EngineOptions,
): Table<Record<I, string>, false> & (B extends 'skip' ? { readonly skipped: Value<number> } : unknown) {
  check('text', config, options);
  return file(path, 'text', config, options);
}

/** A file, read as its extension says. */
function path<const C extends Declared | undefined = undefined, const B extends OnBadRow = 'stop'>(
  at: string,
  { format, ...config }: AnySettings<C, B> = {},
  options?: ReadOptions & EngineOptions,
): FileTable<C, B> {
  check('path', config, options);
  return file(at, format ?? formatOfName(at), config, options);
}

/** What is behind a URL. Content and ETag are kept, so that it works offline from what is there. */
function url<const C extends Declared | undefined = undefined, const B extends OnBadRow = 'stop'>(
  at: string,
  { format, ...config }: AnySettings<C, B> = {},
  options: UrlOptions & EngineOptions = {},
): FileTable<C, B> {
  check('url', config, options);
  const name = format ?? formatOfName(new URL(at).pathname);
  const asked = urlSettings(at, options);
  return stage({
    kind: urlKind,
    config: { url: asked.url, ...configOf(name, config) },
    options: asked.options,
  }) as FileTable<C, B>;
}

/** A row for each file of a folder or glob, by path. `path` names a column for the path: else names are no content. */
function files<
  const I extends string = 'text',
  const N extends string = never,
  const A extends 'text' | 'binary' = 'text',
>(
  at: string,
  config: { readonly as?: A; readonly into?: I; readonly path?: N } = {},
  options?: ReadOptions & EngineOptions,
): Table<Record<I, A extends 'text' ? string : Uint8Array> & Record<N, string>, false> {
  check('files', config, options);
  const { as = 'text', into = 'text', path: name } = config;
  if (into === name)
    throw new Error(
      `The files of ${at} would have their content and their path in one column, ${into}. Name another one.`,
    );
  return stage({ kind: filesKind, config: { path: at, as, into, name }, options });
}

/** A data set as Hugging Face's `datasets` saves it to disk: all of its splits, or one. Class labels are read as texts. */
function hf<const N extends string = never>(
  at: string,
  config: { readonly split?: string; readonly into?: N } = {},
  options?: EngineOptions,
): Table<Record<N, string>, true> {
  check('hf', config, options);
  return stage({ kind: hfKind, config: { path: at, split: config.split, into: config.into }, options });
}

export interface GeneratorConfig<C extends Declared, W extends With> extends FunctionSaid {
  readonly columns: C;
  /** Config of the function: its first argument; in the key. */
  readonly with?: W;
  readonly run: Generate<W, { readonly [K in keyof C]?: RowOf<C>[K] | number | null }>;
  /** `pure` by default: the same rows again. A generator that asks a service is `answered`. */
  readonly nature?: Nature;
}

/** Rows that a function gives, one by one. Its code is in the key. */
function generator<const C extends Declared, const W extends With = Record<never, never>>(
  { columns, ...config }: GeneratorConfig<C, W>,
  options?: EngineOptions,
): Table<RowOf<C>, false> {
  check('generator', config, options);
  const given = { ...config, declared: resolveColumns(columns), nature: config.nature ?? 'pure' };
  return stage({ kind: generatorKind as Kind, config: given, options });
}

/** Where tables come from. */
export const source = {
  rows: rowsSource,
  jsonl,
  json,
  csv,
  tsv,
  parquet,
  arrow,
  text,
  path,
  url,
  files,
  hf,
  generator,
};
