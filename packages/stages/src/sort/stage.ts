import { setting } from '@millrace/core';
import { goodRows, listed, tableIn, valuesOf } from '../functions/table.js';
import { defineStage, gives, type SameRows } from '../registry/define.js';
import { byKeys, requireOrder } from './compare.js';

/** Rows in the order of some columns; equal ones keep theirs. No column is written again. */
export const sort = defineStage({
  name: 'sort',
  version: 1,
  nature: 'pure',
  describe: 'Rows in the order of some columns; equal ones keep theirs.',
  inputs: { rows: { is: 'table', describe: 'The rows.' } },
  config: {
    by: setting.columns('A column, or several: the first counts most.'),
    descending: setting.either(
      'The columns that go downwards.',
      [setting.flag('All of them.'), setting.columns('Columns.')],
      {
        default: false,
      },
    ),
    nulls: setting.oneOf('Where rows without a value go, whichever way the others do.', ['first', 'last'], {
      default: 'last',
    }),
    partial: setting.flag('Rows that failed above are left out instead of refused.', { default: false }),
  },
  gives: gives<SameRows>(),
  parse: ({ by, descending, nulls, partial }) => {
    if (by.length === 0)
      throw new Error('sort was given no columns in by: nothing says which row comes first. Name at least one.');
    const down = descending === true ? by : descending === false ? [] : listed(descending);
    const other = down.find((column) => !by.includes(column));
    if (other !== undefined)
      throw new Error(`sort was given descending ${other}, which is not in by: ${by.join(', ')}. Name it in by too.`);
    return { by, descending: [...down].sort(), nulls, partial };
  },
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
});
