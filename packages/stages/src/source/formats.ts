import { readCsv } from './csv.js';
import type { CsvConfig } from './csv-header.js';
import { readForeign } from './foreign.js';
import { type JsonConfig, readJson } from './json.js';
import { readJsonl } from './jsonl.js';
import type { Reading, Tabular } from './reading.js';
import { readText, type TextConfig } from './text.js';

/** How the bytes of a file are read: always in the config, never guessed while reading. */
export type Format =
  | { readonly is: 'jsonl' }
  | ({ readonly is: 'json' } & JsonConfig)
  | ({ readonly is: 'csv' } & CsvConfig)
  | ({ readonly is: 'text' } & TextConfig)
  | { readonly is: 'arrow' }
  | { readonly is: 'parquet' };

export function readAs(format: Format, reading: Reading): Promise<Tabular> {
  switch (format.is) {
    case 'jsonl':
      return readJsonl(reading);
    case 'json':
      return readJson(reading, format);
    case 'csv':
      return readCsv(reading, format);
    case 'text':
      return readText(reading, format);
    default:
      return readForeign(reading, format.is);
  }
}

export type FormatName = Format['is'] | 'tsv';

const EXTENSIONS: Readonly<Record<string, FormatName>> = {
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  json: 'json',
  csv: 'csv',
  tsv: 'tsv',
  tab: 'tsv',
  txt: 'text',
  md: 'text',
  arrow: 'arrow',
  feather: 'arrow',
  ipc: 'arrow',
  parquet: 'parquet',
  pq: 'parquet',
};

/** What a name says of a file. Goes into the config at once, so that a renamed file is no other table. */
export function formatOfName(path: string): FormatName {
  const extension = /\.([^./]+)$/.exec(path)?.[1]?.toLowerCase() ?? '';
  const format = Object.hasOwn(EXTENSIONS, extension) ? EXTENSIONS[extension] : undefined;
  if (format) return format;
  throw new Error(
    `The name ${path} does not say how the file is to be read: .${Object.keys(EXTENSIONS).join(', .')} are known. Say it with format: 'jsonl', 'csv', 'tsv', 'json', 'parquet', 'arrow' or 'text'.`,
  );
}

export interface FormatSettings {
  readonly delimiter?: string | undefined;
  readonly header?: boolean | undefined;
  readonly nulls?: readonly string[] | undefined;
  readonly at?: string | undefined;
  readonly by?: 'line' | 'file' | undefined;
  readonly into?: string | undefined;
}

export function formatOf(name: FormatName, given: FormatSettings): Format {
  switch (name) {
    case 'csv':
    case 'tsv':
      return {
        is: 'csv',
        delimiter: oneByte(given.delimiter ?? (name === 'csv' ? ',' : '\t')),
        header: given.header ?? true,
        nulls: [...new Set(given.nulls ?? [''])].sort(),
      };
    case 'json':
      return { is: 'json', at: given.at ?? null };
    case 'text':
      return { is: 'text', by: given.by ?? 'line', into: given.into ?? 'text' };
    default:
      return { is: name };
  }
}

function oneByte(delimiter: string): string {
  if (delimiter.length === 1 && delimiter.charCodeAt(0) < 128 && !'"\r\n'.includes(delimiter)) return delimiter;
  throw new Error(
    `The delimiter ${JSON.stringify(delimiter)} is not one character of ASCII, other than a quote or a line end: cells are cut byte by byte. Use ',', ';', '|' or '\\t'.`,
  );
}
