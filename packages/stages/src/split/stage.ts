import {
  type EngineOptions,
  type Handle,
  type Kind,
  type Ok,
  type Row,
  setting,
  stage,
  type Table,
} from '@millrace/core';
import type { Here, Name } from '../functions/columns.js';
import { contentKeys, goodRows, listed, tableIn } from '../functions/table.js';
import { checkSettings } from '../registry/check-settings.js';
import type { StageEntry } from '../registry/entry.js';
import { split as divided } from '../sample/sample.js';

interface SplitConfig {
  readonly parts: Readonly<Record<string, number>>;
  readonly seed: number;
  readonly by: readonly string[] | undefined;
  readonly sizes: 'by-row' | 'exact';
  readonly partial: boolean;
}

const kind: Kind<SplitConfig> = {
  name: 'split',
  version: 1,
  nature: 'pure',
  config: (given) => parse(given as Given),
  label: ({ parts, seed }) => `${Object.keys(parts).join(', ')}, seed ${seed}`,
  work: {
    is: 'whole',
    foreseeable: 'complete',
    addsNoRows: true,
    parts: ({ parts }) => Object.fromEntries(Object.keys(parts).map((part) => [part, 'table' as const])),
    partial: ({ partial }) => partial,
    names: ({ by }) => by ?? [],
    columns: ({ parts }, { rows }) => Object.fromEntries(Object.keys(parts).map((part) => [part, rows])),
    run: async ({ config: { parts, by, seed, sizes }, inputs }) => {
      const table = tableIn(inputs, 'rows');
      const rows = goodRows(table);
      const keys = await contentKeys(table, by ?? Object.keys(table.columns));
      const own = Array.from(rows, (row) => keys[row] as string);
      const selected = Object.entries(divided(own, { parts, seed, sizes }));
      return Object.fromEntries(
        selected.map(([part, taken]) => [
          part,
          { select: Int32Array.from(taken, (at) => rows[at] as number), from: 'rows' },
        ]),
      );
    },
  },
};

interface Given {
  readonly parts: Readonly<Record<string, number>>;
  readonly seed?: number | undefined;
  readonly by?: string | readonly string[] | undefined;
  readonly exact?: boolean | undefined;
  readonly partial?: boolean | undefined;
}

function parse({ parts, seed = 0, by, exact = false, partial = false }: Given): SplitConfig {
  const weights = Object.values(parts);
  if (weights.length === 0 || weights.some((weight) => !(weight > 0 && Number.isFinite(weight))))
    throw new Error(
      `split was given parts ${JSON.stringify(parts)}: each part has a name and a weight above 0. Say parts: { train: 0.8, test: 0.2 }.`,
    );
  return {
    parts: { ...parts },
    seed,
    by: by === undefined ? undefined : [...listed(by)].sort(),
    sizes: exact ? 'exact' : 'by-row',
    partial,
  };
}

/** A table for each part, by its name. */
function parts(rows: Handle, config: Given, options?: EngineOptions): Record<string, Handle> {
  const all = stage<Handle & Record<string, Handle>, SplitConfig>({ kind, inputs: { rows }, config, options });
  return Object.freeze(
    Object.fromEntries(Object.keys(config.parts).map((part, i) => [part, i === 0 ? all : (all[part] as Handle)])),
  );
}

/**
 * Each row in one part: `split(rows, { parts: { train: 0.8, test: 0.2 } }).train`. The part depends on the seed and on
 * what the row is, so that rows that come or go move no others, and equal rows never stand on both sides.
 */
export function split<
  R extends Row,
  O extends boolean,
  const P extends { readonly [part: string]: number },
  const K extends Name<R> = never,
>(
  rows: Table<R, O>,
  config: {
    /** part → weight. */
    readonly parts: P;
    readonly seed?: number;
    /** The columns that say who a row is; rows that are equal in them stay together. Default: all. */
    readonly by?: Ok<K, Here<K, R, O>> | readonly Ok<K, Here<K, R, O>>[];
    /** Parts of just their sizes; then a new row may move others. */
    readonly exact?: boolean;
    /** Rows that failed above are left out instead of refused. */
    readonly partial?: boolean;
  },
  options?: EngineOptions,
): { readonly [K in keyof P]: Table<R, O> } {
  checkSettings(splitEntry, config, options);
  return parts(rows, config, options) as { readonly [K in keyof P]: Table<R, O> };
}

export const splitEntry: StageEntry = {
  name: 'split',
  describe: 'Each row in one of several parts, by a seed and by what the row is.',
  own: { input: 'rows' },
  inputs: { rows: { is: 'table', describe: 'The rows.' } },
  config: {
    parts: {
      is: 'record',
      of: { is: 'number', min: 0, describe: 'A weight.' },
      required: true,
      describe: 'part → weight, such as train: 0.8, test: 0.2.',
    },
    seed: { is: 'int', default: 0, describe: 'Names the draw.' },
    by: setting.columns('The columns that say who a row is. Default: all.', { optional: true }),
    exact: { is: 'flag', default: false, describe: 'Parts of just their sizes; then a new row may move others.' },
    partial: { is: 'flag', default: false, describe: 'Rows that failed above are left out instead of refused.' },
  },
  options: {},
  build: ({ inputs, config, options }) => {
    const made = parts(inputs.rows as Handle, config as unknown as Given, options);
    return { ...made, ...Object.values(made)[0] } as Handle;
  },
};
