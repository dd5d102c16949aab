import {
  type Batch,
  buildBatch,
  type Column,
  ColumnDigest,
  type Columns,
  inferColumns,
  type Kind,
  type Row,
  stage,
  type Table,
} from '@millrace/core';

interface RowsConfig {
  readonly rows: readonly Row[];
  readonly columns?: Columns;
}

const batchOf = ({ rows, columns }: RowsConfig): Batch => buildBatch(rows, columns ?? inferColumns(rows));

const digestOf = (column: Column): string => new ColumnDigest(column.type).update(column).digest();

const kind: Kind<RowsConfig> = {
  name: 'rows',
  version: 1,
  nature: 'pure',
  label: ({ rows }) => `${rows.length} rows in code`,
  /** By content, column by column: a hundred thousand rows are no config that a person reads. */
  semantic: (config) =>
    Object.fromEntries([...batchOf(config).columns].map(([name, column]) => [name, digestOf(column)])),
  work: {
    is: 'whole',
    parts: () => ({ main: 'table' }),
    columns: ({ rows, columns }) => ({ main: columns ?? inferColumns(rows) }),
    run: async ({ config }) => ({
      main: { rows: [config.rows], columns: config.columns ?? inferColumns(config.rows) },
    }),
  },
};

/** Rows given in code. */
export function rowsSource<R extends Row>(
  rows: readonly R[],
  config: { readonly columns?: Columns } = {},
): Table<R, false> {
  return stage({ kind, config: { ...config, rows } });
}
