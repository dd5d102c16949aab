import { type EngineOptions, type Kind, type Ok, type Row, stage, type Table } from '@millrace/core';
import type { Here, Name } from '../functions/columns.js';
import { goodRows, listed, tableIn, valuesOf } from '../functions/table.js';
import { checkSettings } from '../registry/check-settings.js';
import type { StageEntry } from '../registry/entry.js';
import { columnsField } from '../registry/fields.js';
import { byKeys, requireOrder } from './compare.js';

interface SortConfig {
  readonly by: readonly string[];
  readonly descending: readonly string[];
  /** Where rows without a value go, whichever way the others do. */
  readonly nulls: 'first' | 'last';
  readonly partial: boolean;
}

const kind: Kind<SortConfig> = {
  name: 'sort',
  version: 1,
  nature: 'pure',
  config: (given) => parse(given as Given),
  label: ({ by, descending }) => by.map((column) => (descending.includes(column) ? `${column} ↓` : column)).join(', '),
  work: {
    is: 'whole',
    foreseeable: 'complete',
    addsNoRows: true,
    parts: () => ({ main: 'table' }),
    partial: ({ partial }) => partial,
    names: ({ by }) => by,
    columns: ({ by }, { rows }) => {
      if (rows) for (const column of by) requireOrder('sort', column, rows[column]);
      return { main: rows };
    },
    run: async ({ config: { by, descending, nulls }, inputs }) => {
      const table = tableIn(inputs, 'rows');
      const values = await valuesOf(table, by);
      const keys = by.map((column, i) => ({
        values: values[i] as unknown[],
        descending: descending.includes(column),
        nullsFirst: nulls === 'first',
      }));
      return { main: { select: goodRows(table).sort(byKeys(keys)), from: 'rows' } };
    },
  },
};

interface Given {
  readonly by: string | readonly string[];
  readonly descending?: boolean | string | readonly string[] | undefined;
  readonly nulls?: 'first' | 'last' | undefined;
  readonly partial?: boolean | undefined;
}

function parse({ by, descending = false, nulls = 'last', partial = false }: Given): SortConfig {
  const columns = listed(by);
  if (columns.length === 0)
    throw new Error('sort was given no columns in by: nothing says which row comes first. Name at least one.');
  const down = descending === true ? columns : descending === false ? [] : listed(descending);
  const other = down.find((column) => !columns.includes(column));
  if (other !== undefined)
    throw new Error(
      `sort was given descending ${other}, which is not in by: ${columns.join(', ')}. Name it in by too.`,
    );
  return { by: columns, descending: [...down].sort(), nulls, partial };
}

/** Rows in the order of some columns; equal ones keep theirs. No column is written again. */
export function sort<R extends Row, O extends boolean, const K extends Name<R>, const D extends string = never>(
  rows: Table<R, O>,
  config: {
    /** A column, or several: the first counts most. */
    readonly by: Ok<K, Here<K, R, O>> | readonly Ok<K, Here<K, R, O>>[];
    /** The columns that go downwards, or `true` for all. */
    readonly descending?: boolean | Ok<D, Here<D, R, O>> | readonly Ok<D, Here<D, R, O>>[];
    /** Where rows without a value go, whichever way the others do. Default: `last`. */
    readonly nulls?: 'first' | 'last';
    /** Rows that failed above are left out instead of refused. */
    readonly partial?: boolean;
  },
  options?: EngineOptions,
): Table<R, O> {
  checkSettings(sortEntry, config, options);
  return stage({ kind, inputs: { rows }, config, options });
}

export const sortEntry: StageEntry = {
  name: 'sort',
  describe: 'Rows in the order of some columns; equal ones keep theirs.',
  own: { input: 'rows' },
  inputs: { rows: { is: 'table', describe: 'The rows.' } },
  config: {
    by: { ...columnsField('A column, or several: the first counts most.'), required: true },
    descending: {
      is: 'either',
      of: [{ is: 'flag', describe: 'All of them.' }, columnsField('Columns.')],
      default: false,
      describe: 'The columns that go downwards.',
    },
    nulls: { is: 'text', oneOf: ['first', 'last'], default: 'last', describe: 'Where rows without a value go.' },
    partial: { is: 'flag', default: false, describe: 'Rows that failed above are left out instead of refused.' },
  },
  options: {},
  build: ({ inputs, config, options }) => stage({ kind, inputs: { rows: inputs.rows as never }, config, options }),
};
