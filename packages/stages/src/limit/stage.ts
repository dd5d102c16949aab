import { setting } from '@millrace/core';
import { goodRows, tableIn } from '../functions/table.js';
import { partial, rows } from '../registry/common.js';
import { defineStage, gives, type SameRows } from '../registry/define.js';

/** The first rows, or some in a row. */
export const limit = defineStage({
  name: 'limit',
  version: 1,
  nature: 'pure',
  describe: 'The first rows, or some in a row.',
  inputs: { rows },
  config: {
    rows: setting.int('So many rows, or all that there are.', { min: 0 }),
    from: setting.int('The first of them, counted from 0.', { min: 0, default: 0 }),
    partial,
  },
  gives: gives<SameRows>(),
  label: (config) => (config.from ? `${config.rows} from ${config.from}` : `${config.rows}`),
  work: {
    is: 'whole',
    foreseeable: 'complete',
    addsNoRows: true,
    parts: () => ({ main: 'table' }),
    partial: (config) => config.partial,
    columns: (_, inputs) => ({ main: inputs['rows'] }),
    run: async ({ config: { rows: most, from }, inputs }) => ({
      main: { select: goodRows(tableIn(inputs, 'rows')).slice(from, from + most), from: 'rows' },
    }),
  },
});
