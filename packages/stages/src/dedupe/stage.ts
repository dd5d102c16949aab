import { type EngineOptions, type Handle, type Kind, type Ok, type Row, stage, type Table } from '@millrace/core';
import type { Here, Holds, Name, Texts } from '../functions/columns.js';
import { contentKeys, goodRows, listed, requireText, tableIn, valuesOf } from '../functions/table.js';
import { checkSettings } from '../registry/check-settings.js';
import type { StageEntry } from '../registry/entry.js';
import { columnsField } from '../registry/fields.js';
import { firstOccurrences, keptRows } from './exact.js';
import { bandsFor, missOdds, NEAR_DEFAULTS, type NearSpec, nearOccurrences } from './near.js';

interface DedupeConfig {
  /** Equal in these columns. Undefined: in all. */
  readonly by: readonly string[] | undefined;
  /** Or nearly equal in the text of one. */
  readonly near: (NearSpec & { readonly column: string }) | undefined;
  readonly partial: boolean;
}

/** Finds the rows that stay, from just the columns that decide it. */
const firsts: Kind<DedupeConfig> = {
  name: 'duplicates',
  version: 1,
  nature: 'pure',
  label: labelOf,
  work: {
    is: 'whole',
    foreseeable: 'complete',
    addsNoRows: true,
    parts: () => ({ main: 'table' }),
    partial: ({ partial }) => partial,
    reads: ({ by, near }) => (near ? [near.column] : (by ?? 'all')),
    columns: ({ near }, { rows }) => {
      if (near) requireText('dedupe', near.column, rows?.[near.column]);
      return { main: { row: 'int32' } };
    },
    run: async ({ config, inputs, note }) => {
      const table = tableIn(inputs, 'rows');
      const rows = goodRows(table);
      const kept = config.near ? await nearFirsts(table, rows, config.near) : await exactFirsts(table, rows, config.by);
      note(`${rows.length - kept.length} of ${rows.length} rows repeat another one.`);
      if (config.near) noteMisses(config.near, note);
      return { main: { rows: [kept.map((row) => ({ row }))], columns: { row: 'int32' } } };
    },
  },
};

function labelOf({ by, near }: DedupeConfig): string {
  return near ? `${near.column} from ${near.threshold} on` : (by?.join(', ') ?? 'all columns');
}

/** Few hashes find little where the threshold is low. */
function noteMisses({ threshold, hashes }: NearSpec, note: (text: string) => void): void {
  const odds = missOdds(threshold, bandsFor({ threshold, hashes }));
  if (odds > 0.011)
    note(
      `With ${hashes} hashes, ${Math.round(odds * 100)} in 100 pairs right at the threshold ${threshold} are missed. Give more hashes: ${hashes * 4}.`,
    );
}

type TableOf = ReturnType<typeof tableIn>;

async function exactFirsts(table: TableOf, rows: Int32Array, by: DedupeConfig['by']): Promise<number[]> {
  const names = by ?? Object.keys(table.columns);
  const keys = await contentKeys(table, names);
  const kept = keptRows(firstOccurrences(Array.from(rows, (row) => keys[row] as string)));
  return kept.map((at) => rows[at] as number);
}

/** A row without a text repeats nothing. */
async function nearFirsts(
  table: TableOf,
  rows: Int32Array,
  { column, ...spec }: NonNullable<DedupeConfig['near']>,
): Promise<number[]> {
  const texts = (await valuesOf(table, [column]))[0] as (string | null)[];
  const told = [...rows].filter((row) => texts[row] !== null);
  const of = nearOccurrences(
    told.map((row) => texts[row] as string),
    spec,
  );
  const repeated = new Set(told.filter((_, at) => of[at] !== at));
  return [...rows].filter((row) => !repeated.has(row));
}

/** Passes on the rows that stay. */
const kind: Kind<Pick<DedupeConfig, 'partial'>> = {
  name: 'dedupe',
  version: 1,
  nature: 'pure',
  work: {
    is: 'whole',
    parts: () => ({ main: 'table' }),
    partial: ({ partial }) => partial,
    columns: (_, { rows }) => ({ main: rows }),
    run: async ({ inputs }) => {
      const kept = (await valuesOf(tableIn(inputs, 'kept'), ['row']))[0] as number[];
      return { main: { select: Int32Array.from(kept), from: 'rows' } };
    },
  },
};

interface Near<C extends string> extends Partial<NearSpec> {
  readonly column: C;
}

export interface DedupeSettings<K extends string, C extends string> {
  /** Rows that are equal in these columns are one. Default: in all. Null is equal to null. */
  readonly by?: K | readonly K[];
  /** Rows whose texts are nearly the same are one: at least `threshold` of their runs of words are shared. */
  readonly near?: C | Near<C>;
  /** Rows that failed above are left out instead of refused. */
  readonly partial?: boolean;
}

function parse({ by, near, partial = false }: DedupeSettings<string, string>): DedupeConfig {
  if (by !== undefined && near !== undefined)
    throw new Error(
      'dedupe was given by and near: rows are one by equal columns, or by nearly equal texts. Leave one out, or use two stages.',
    );
  return {
    by: by === undefined ? undefined : [...listed(by)].sort(),
    near: near === undefined ? undefined : nearly(typeof near === 'string' ? { column: near } : near),
    partial,
  };
}

function nearly(near: Near<string>): NonNullable<DedupeConfig['near']> {
  const spec = { ...NEAR_DEFAULTS, ...near };
  const counts = [spec.shingles.size, spec.hashes];
  if (spec.threshold > 0 && spec.threshold <= 1 && counts.every((count) => Number.isInteger(count) && count > 0))
    return spec;
  throw new Error(
    `dedupe was given near with threshold ${spec.threshold}, runs of ${spec.shingles.size} and ${spec.hashes} hashes: a threshold is a share above 0 and up to 1, the others are whole numbers from 1 on. Say near: { column: 'text', threshold: 0.8 }.`,
  );
}

function build<H extends Handle>(rows: Handle, settings: DedupeSettings<string, string>, options?: EngineOptions): H {
  const config = parse(settings);
  const kept = stage({ kind: firsts, inputs: { rows }, config, options });
  return stage({ kind, inputs: { rows, kept }, config: { partial: config.partial }, options });
}

/** The first of all rows that are the same, in their order. */
export function dedupe<
  R extends Row,
  O extends boolean,
  const K extends Name<R> = never,
  const C extends Name<R> = never,
>(
  rows: Table<R, O>,
  config: DedupeSettings<Ok<K, Here<K, R, O>>, Ok<C, Holds<C, R, O, Texts>>> = {},
  options?: EngineOptions,
): Table<R, O> {
  checkSettings(dedupeEntry, config, options);
  return build(rows, config, options);
}

export const dedupeEntry: StageEntry = {
  name: 'dedupe',
  describe: 'The first of all rows that are the same, or nearly.',
  own: { input: 'rows' },
  inputs: { rows: { is: 'table', describe: 'The rows.' } },
  config: {
    by: columnsField('Rows that are equal in these columns are one. Default: in all.'),
    near: {
      is: 'either',
      describe: 'Rows whose texts are nearly the same are one.',
      of: [
        { is: 'column', describe: 'The column of the text.' },
        {
          is: 'object',
          describe: 'The column, and how near.',
          fields: {
            column: { is: 'column', required: true, describe: 'The column of the text.' },
            threshold: { is: 'number', min: 0, max: 1, default: 0.8, describe: 'The least Jaccard similarity.' },
            hashes: { is: 'int', min: 1, default: 128, describe: 'More find pairs near the threshold more surely.' },
            seed: { is: 'int', default: 0, describe: 'Of the hashes.' },
            shingles: {
              is: 'object',
              describe: 'What is compared.',
              fields: {
                by: { is: 'text', oneOf: ['words', 'characters'], required: true, describe: 'Runs of what.' },
                size: { is: 'int', min: 1, required: true, describe: 'How many in a run.' },
              },
            },
          },
        },
      ],
    },
    partial: { is: 'flag', default: false, describe: 'Rows that failed above are left out instead of refused.' },
  },
  options: {},
  build: ({ inputs, config, options }) => build(inputs.rows as Handle, config, options),
};
