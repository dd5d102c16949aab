import { type EngineOptions, type Kind, type Ok, type Row, stage, type Table } from '@millrace/core';
import type { Here, Name } from '../functions/columns.js';
import { contentKeys, goodRows, listed, tableIn } from '../functions/table.js';
import { checkSettings } from '../registry/check-settings.js';
import type { StageEntry } from '../registry/entry.js';
import { columnsField } from '../registry/fields.js';
import { sample as sampled } from './sample.js';

interface SampleConfig {
  readonly size: { readonly fraction: number } | { readonly count: number };
  readonly seed: number;
  /** The columns that say who a row is. Undefined: all. */
  readonly by: readonly string[] | undefined;
  readonly partial: boolean;
}

const kind: Kind<SampleConfig> = {
  name: 'sample',
  version: 1,
  nature: 'pure',
  config: (given) => parse(given as Given),
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
};

interface Given {
  readonly fraction?: number | undefined;
  readonly count?: number | undefined;
  readonly seed?: number | undefined;
  readonly by?: string | readonly string[] | undefined;
  readonly partial?: boolean | undefined;
}

function parse({ fraction, count, seed = 0, by, partial = false }: Given): SampleConfig {
  const size = count !== undefined ? { count } : { fraction: fraction ?? Number.NaN };
  const wrong =
    'count' in size ? !(Number.isInteger(size.count) && size.count >= 0) : !(size.fraction >= 0 && size.fraction <= 1);
  if (wrong || (count !== undefined && fraction !== undefined))
    throw new Error(
      `sample was given fraction ${fraction} and count ${count}: it takes one of them. Say fraction: 0.1 (0 to 1), or count: 100.`,
    );
  return { size, seed, by: by === undefined ? undefined : [...listed(by)].sort(), partial };
}

/**
 * Some of the rows, in their order. Which ones depends on the seed and on what each row is, not on the others: rows that
 * come or go change nothing for those that stay, and equal rows are taken or left together.
 */
export function sample<R extends Row, O extends boolean, const K extends Name<R> = never>(
  rows: Table<R, O>,
  config: ({ readonly fraction: number } | { readonly count: number }) & {
    readonly seed?: number;
    /** The columns that say who a row is, such as its id. Default: all. */
    readonly by?: Ok<K, Here<K, R, O>> | readonly Ok<K, Here<K, R, O>>[];
    /** Rows that failed above are left out instead of refused. */
    readonly partial?: boolean;
  },
  options?: EngineOptions,
): Table<R, O> {
  checkSettings(sampleEntry, config, options);
  return stage({ kind, inputs: { rows }, config, options });
}

export const sampleEntry: StageEntry = {
  name: 'sample',
  describe: 'Some of the rows, by a seed and by what each row is.',
  own: { input: 'rows' },
  inputs: { rows: { is: 'table', describe: 'The rows.' } },
  config: {
    fraction: { is: 'number', min: 0, max: 1, describe: 'Each row with this chance.' },
    count: { is: 'int', min: 0, describe: 'Just so many rows.' },
    seed: { is: 'int', default: 0, describe: 'Names the draw.' },
    by: columnsField('The columns that say who a row is. Default: all.'),
    partial: { is: 'flag', default: false, describe: 'Rows that failed above are left out instead of refused.' },
  },
  options: {},
  build: ({ inputs, config, options }) => stage({ kind, inputs: { rows: inputs.rows as never }, config, options }),
};
