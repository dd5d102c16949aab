import { setting } from '@millrace/core';
import { contentKeys, goodRows, tableIn } from '../functions/table.js';
import { partial, rows } from '../registry/common.js';
import { defineStage, gives, type SameRows } from '../registry/define.js';
import { sample as sampled } from './sample.js';

/**
 * Some of the rows, in their order. Which ones depends on the seed and on what each row is, not on the others: rows that
 * come or go change nothing for those that stay, and equal rows are taken or left together.
 */
export const sample = defineStage({
  name: 'sample',
  version: 1,
  nature: 'pure',
  describe: 'Some of the rows, by a seed and by what each row is.',
  inputs: { rows },
  config: {
    fraction: setting.number('Each row with this chance.', { min: 0, max: 1, optional: true }),
    count: setting.int('Just so many rows.', { min: 0, optional: true }),
    seed: setting.int('Names the draw.', { default: 0 }),
    by: setting.columns('The columns that say who a row is. Default: all.', { optional: true }),
    partial,
  },
  gives: gives<SameRows>(),
  parse: ({ fraction, count, seed, by, partial }) => ({
    size: sizeOf(fraction, count),
    seed,
    by: by && [...by].sort(),
    partial,
  }),
  label: ({ size, seed }) => `${'count' in size ? size.count : `${size.fraction * 100} %`}, seed ${seed}`,
  work: {
    is: 'whole',
    foreseeable: 'complete',
    addsNoRows: true,
    parts: () => ({ main: 'table' }),
    partial: ({ partial }) => partial,
    names: ({ by }) => by ?? [],
    columns: (_, { rows }) => ({ main: rows }),
    run: async ({ config: { by, size, seed }, inputs }) => {
      const table = tableIn(inputs, 'rows');
      const rows = goodRows(table);
      const keys = await contentKeys(table, by ?? Object.keys(table.columns));
      const taken = sampled(
        Array.from(rows, (row) => keys[row] as string),
        { ...size, seed },
      );
      return { main: { select: Int32Array.from(taken, (at) => rows[at] as number), from: 'rows' } };
    },
  },
});

function sizeOf(fraction: number | undefined, count: number | undefined): { fraction: number } | { count: number } {
  if (fraction !== undefined && count === undefined) return { fraction };
  if (count !== undefined && fraction === undefined) return { count };
  throw new Error(
    `sample needs fraction or count, and not both. Write fraction: 0.1 for each row with this chance, or count: 100.`,
  );
}
