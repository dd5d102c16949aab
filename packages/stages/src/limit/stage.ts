import { type EngineOptions, type Kind, type Row, stage, type Table } from '@millrace/core';
import { goodRows, tableIn } from '../functions/table.js';
import { checkSettings } from '../registry/check-settings.js';
import type { StageEntry } from '../registry/entry.js';

interface LimitConfig {
  readonly rows: number;
  readonly from: number;
  readonly partial: boolean;
}

const kind: Kind<LimitConfig> = {
  name: 'limit',
  version: 1,
  nature: 'pure',
  config: (given) => parse(given as LimitSettings),
  label: ({ rows, from }) => (from ? `${rows} from ${from}` : `${rows}`),
  work: {
    is: 'whole',
    foreseeable: 'complete',
    addsNoRows: true,
    parts: () => ({ main: 'table' }),
    partial: ({ partial }) => partial,
    columns: (_, { rows }) => ({ main: rows }),
    run: async ({ config: { rows, from }, inputs }) => ({
      main: { select: goodRows(tableIn(inputs, 'rows')).slice(from, from + rows), from: 'rows' },
    }),
  },
};

function parse({ rows, from = 0, partial = false }: LimitSettings): LimitConfig {
  for (const given of [rows, from])
    if (!Number.isInteger(given) || given < 0)
      throw new Error(
        `limit was given rows ${rows} from ${from}: both are whole numbers from 0 on. Say limit(rows, { rows: 100, from: 20 }).`,
      );
  return { rows, from, partial };
}

export interface LimitSettings {
  /** So many rows, or all that there are. */
  readonly rows: number;
  /** The first of them, from 0. */
  readonly from?: number;
  /** Rows that failed above are left out instead of refused. */
  readonly partial?: boolean;
}

/** The first rows, or some in a row. */
export function limit<R extends Row, O extends boolean>(
  rows: Table<R, O>,
  config: LimitSettings,
  options?: EngineOptions,
): Table<R, O> {
  checkSettings(limitEntry, config, options);
  return stage({ kind, inputs: { rows }, config, options });
}

export const limitEntry: StageEntry = {
  name: 'limit',
  describe: 'The first rows, or some in a row.',
  own: { input: 'rows' },
  inputs: { rows: { is: 'table', describe: 'The rows.' } },
  config: {
    rows: { is: 'int', min: 0, required: true, describe: 'So many rows, or all that there are.' },
    from: { is: 'int', min: 0, default: 0, describe: 'The first of them.' },
    partial: { is: 'flag', default: false, describe: 'Rows that failed above are left out instead of refused.' },
  },
  options: {},
  build: ({ inputs, config, options }) => stage({ kind, inputs: { rows: inputs.rows as never }, config, options }),
};
