import type { Handle } from '@millrace/core';
import type { StageEntry } from '../registry/entry.js';
import type { Field, Fields } from '../registry/fields.js';
import type { Declared } from './declared.js';
import { source } from './source.js';

const COLUMN_TYPES: Field = {
  is: 'record',
  of: { is: 'any', describe: 'text, int, float, bool, date, timestamp, json, or a full type.' },
  describe: 'Columns and their types. Default: all, with the types that their values have.',
};

const FILE: Fields = {
  format: {
    is: 'text',
    oneOf: ['jsonl', 'json', 'csv', 'tsv', 'parquet', 'arrow', 'text', 'files', 'hf'],
    describe: 'How it is read. Default: as the extension says; a folder or a glob is files.',
  },
  columns: COLUMN_TYPES,
  onBadRow: {
    is: 'text',
    oneOf: ['stop', 'skip'],
    default: 'stop',
    describe: 'A row that is broken ends the stage, or is left out and counted.',
  },
  delimiter: { is: 'text', describe: 'csv, tsv: what stands between cells.' },
  header: { is: 'flag', default: true, describe: 'csv, tsv: whether the first row names the columns.' },
  nulls: { is: 'list', of: { is: 'text', describe: 'A text.' }, describe: 'csv, tsv: texts that mean null.' },
  at: { is: 'text', describe: 'json: where in the document the rows are, such as data.items.' },
  by: { is: 'text', oneOf: ['line', 'file'], default: 'line', describe: 'text: a row for each line, or one.' },
  into: { is: 'new column', describe: 'text, files: the column of the content. hf: one for the name of the split.' },
  as: { is: 'text', oneOf: ['text', 'binary'], default: 'text', describe: 'files: what the content is.' },
  path: { is: 'new column', describe: 'files: a column for the path of each file.' },
  split: { is: 'text', describe: 'hf: one split of several.' },
};

const URL_OPTIONS: Fields = {
  headers: { is: 'record', of: { is: 'secret', describe: 'A value.' }, describe: 'url: headers of the request.' },
  query: {
    is: 'record',
    of: { is: 'secret', describe: 'A value.' },
    describe: 'url: parameters that give access, added to the address when it is asked.',
  },
  keep: { is: 'path', describe: 'url: the folder where content is kept.' },
  offline: { is: 'flag', default: false, describe: 'url: ask nobody, read what was kept.' },
  maxLineBytes: {
    is: 'int',
    min: 1,
    describe: 'Bytes that one line, one record of csv or one file read as a cell may have. Default: 64 MiB.',
  },
  maxBytes: { is: 'int', min: 1, describe: 'url: a longer body is given up. Default: 4 GiB.' },
};

interface Given {
  readonly from: string;
  readonly format?: string;
  readonly columns?: Declared;
  readonly [setting: string]: unknown;
}

const isUrl = (from: string): boolean => /^https?:\/\//.test(from);
const isMany = (from: string): boolean => /[*?{}]/.test(from) || from.endsWith('/');

function build({ from, format, ...config }: Given, options: object): Handle {
  if (isUrl(from)) return source.url(from, { ...config, ...(format && { format: format as 'jsonl' }) }, options);
  if (format === 'hf') return source.hf(from, config as { split?: string }, options);
  if (format === 'files' || (format === undefined && isMany(from)))
    return source.files(from, config as { as?: 'text' }, options);
  return source.path(from, { ...config, ...(format && { format: format as 'jsonl' }) }, options);
}

export const sourceEntry: StageEntry = {
  name: 'source',
  describe: 'A table from a file, a folder or a URL.',
  own: { field: 'from' },
  inputs: {},
  config: {
    from: { is: 'path', required: true, describe: 'A file, a folder, a glob or a URL.' },
    ...FILE,
  },
  options: URL_OPTIONS,
  build: ({ config, options }) => build(config as Given, options),
};

export const rowsEntry: StageEntry = {
  name: 'rows',
  describe: 'A table of rows that stand in the file itself.',
  own: { field: 'rows' },
  inputs: {},
  config: {
    rows: { is: 'list', of: { is: 'any', describe: 'A row.' }, required: true, describe: 'The rows.' },
    columns: COLUMN_TYPES,
  },
  options: {},
  build: ({ config }) => source.rows(config['rows'] as object[], { columns: config['columns'] as Declared }),
};
