import { type Col, type Columns, type EngineOptions, type Kind, type Row, stage, type Table } from '@millrace/core';
import { goodRows, requireColumns, tableIn, valuesOf } from '../functions/table.js';
import type { StageEntry } from '../registry/entry.js';
import { byKeys, requireOrder } from './compare.js';

/** A column, and how it orders. */
export interface SortKey<K extends string = string> {
  readonly column: K;
  readonly order?: 'ascending' | 'descending';
  /** Where rows without a value go, whatever the order. Default: `last`. */
  readonly nulls?: 'first' | 'last';
}

interface SortConfig {
  readonly by: readonly Required<SortKey>[];
  readonly partial: boolean;
}

const kind: Kind<SortConfig> = {
  name: 'sort',
  version: 1,
  nature: 'pure',
  config: (given) => parse(given as SortSettings<string>),
  label: ({ by }) => by.map(({ column, order }) => (order === 'descending' ? `${column} ↓` : column)).join(', '),
  work: {
    is: 'whole',
    parts: () => ({ main: 'table' }),
    partial: ({ partial }) => partial,
    columns: ({ by }, { rows }) => ({ main: checked(by, rows) }),
    run: async ({ config: { by }, inputs }) => {
      const table = tableIn(inputs, 'rows');
      checked(by, table.columns);
      const values = await valuesOf(
        table,
        by.map(({ column }) => column),
      );
      const keys = by.map(({ order, nulls }, i) => ({
        values: values[i] as unknown[],
        descending: order === 'descending',
        nullsFirst: nulls === 'first',
      }));
      return { main: { select: goodRows(table).sort(byKeys(keys)), from: 'rows' } };
    },
  },
};

export interface SortSettings<K extends string> {
  /** A column, or several: the first counts most. */
  readonly by: K | SortKey<K> | readonly (K | SortKey<K>)[];
  /** Rows that failed above are left out instead of refused. */
  readonly partial?: boolean;
}

function parse({ by, partial = false }: SortSettings<string>): SortConfig {
  const keys = (Array.isArray(by) ? by : [by]) as readonly (string | SortKey)[];
  return {
    by: keys.map((key) => ({
      order: 'ascending',
      nulls: 'last',
      ...(typeof key === 'string' ? { column: key } : key),
    })),
    partial,
  };
}

function checked(by: SortConfig['by'], columns: Columns | undefined): Columns | undefined {
  requireColumns(
    'sort',
    columns,
    by.map(({ column }) => column),
  );
  if (columns) for (const { column } of by) requireOrder('sort', column, columns[column]);
  return columns;
}

/** Rows in the order of some columns; equal ones keep theirs. No column is written again. */
export function sort<R extends Row, O extends boolean, const K extends Col<R, O>>(
  rows: Table<R, O>,
  config: SortSettings<K>,
  options?: EngineOptions,
): Table<R, O> {
  return stage({ kind, inputs: { rows }, config, options });
}

export const sortEntry: StageEntry = {
  name: 'sort',
  describe: 'Rows in the order of some columns; equal ones keep theirs.',
  own: { input: 'rows' },
  inputs: { rows: { is: 'table', describe: 'The rows.' } },
  config: {
    by: {
      is: 'either',
      required: true,
      describe: 'A column, or several: the first counts most.',
      of: [
        { is: 'column', describe: 'A column.' },
        {
          is: 'list',
          describe: 'Columns.',
          of: {
            is: 'either',
            describe: 'A column, or a column with its order.',
            of: [
              { is: 'column', describe: 'A column.' },
              {
                is: 'object',
                describe: 'A column with its order.',
                fields: {
                  column: { is: 'column', required: true, describe: 'A column.' },
                  order: {
                    is: 'text',
                    oneOf: ['ascending', 'descending'],
                    default: 'ascending',
                    describe: 'Which way.',
                  },
                  nulls: { is: 'text', oneOf: ['first', 'last'], default: 'last', describe: 'Rows without a value.' },
                },
              },
            ],
          },
        },
      ],
    },
    partial: { is: 'flag', default: false, describe: 'Rows that failed above are left out instead of refused.' },
  },
  options: {},
  build: ({ inputs, config, options }) => stage({ kind, inputs: { rows: inputs.rows as never }, config, options }),
};
