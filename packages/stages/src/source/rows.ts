import {
  type Batch,
  buildBatch,
  type Column,
  ColumnDigest,
  inferColumns,
  type Kind,
  type Row,
  stage,
  type Table,
} from '@millrace/core';
import { checkSettings, fieldsNamed } from '../registry/check-settings.js';
import { type Declared, type Resolved, type RowOf, resolveColumns } from './declared.js';
import { jsonTexts } from './json-texts.js';

interface RowsConfig {
  readonly rows: readonly Row[];
  readonly declared: Resolved;
}

const batchOf = ({ rows, declared }: RowsConfig): Batch => buildBatch(rows, declared.columns);

const digestOf = (column: Column): string => new ColumnDigest(column.type).update(column).digest();

const kind: Kind<RowsConfig> = {
  name: 'rows',
  version: 1,
  nature: 'pure',
  label: ({ rows }) => `${rows.length} rows in code`,
  config: (given) => parse(given as { rows: readonly Row[]; columns?: Declared }),
  semantic: () => ({}),
  work: {
    is: 'whole',
    foreseeable: 'complete',
    /** By content, column by column: a hundred thousand rows are no config that a person reads. */
    world: (config) =>
      Object.fromEntries([...batchOf(config).columns].map(([name, column]) => [name, digestOf(column)])),
    parts: () => ({ main: 'table' }),
    columns: ({ declared: { columns } }) => ({ main: Object.keys(columns).length ? columns : undefined }),
    run: async ({ config }) => ({ main: { rows: [config.rows], columns: config.declared.columns } }),
  },
};

function parse({ rows, columns }: { readonly rows: readonly Row[]; readonly columns?: Declared }): RowsConfig {
  if (!columns) return { rows, declared: { columns: inferColumns(rows) } };
  const declared = resolveColumns(columns);
  return { rows: rows.map((row) => jsonTexts(row, declared.json ?? [])), declared };
}

/** Rows given in code. With `columns`, they are of just these types. */
export function rowsSource<R extends Row, const C extends Declared | undefined = undefined>(
  rows: readonly R[],
  config: { readonly columns?: C } = {},
): Table<C extends Declared ? RowOf<C> : R, false> {
  checkSettings({ name: 'source.rows', config: fieldsNamed(['columns']), options: {} }, config);
  return stage({ kind, config: { columns: config.columns, rows } });
}
