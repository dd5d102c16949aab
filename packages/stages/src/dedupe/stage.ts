import { type Kind, setting, stage } from '@millrace/core';
import { texts } from '../functions/columns.js';
import { contentKeys, goodRows, requireText, tableIn, valuesOf } from '../functions/table.js';
import { partial, rows } from '../registry/common.js';
import { defineStage, gives, type SameRows } from '../registry/define.js';
import { firstOccurrences, keptRows } from './exact.js';
import { bandsFor, missOdds, NEAR_DEFAULTS, type NearSpec, nearOccurrences } from './near.js';

/** The first of all rows that are the same, in their order. */
export const dedupe = defineStage({
  name: 'dedupe',
  describe: 'The first of all rows that are the same, or nearly.',
  inputs: { rows },
  config: {
    by: setting.columns('Rows that are equal in these columns are one. Default: in all.', { optional: true }),
    near: setting.either(
      'Rows whose texts are nearly the same are one.',
      [
        setting.column('The column of the text.', { holds: texts }),
        setting.object('The column, and how near.', {
          column: setting.column('The column of the text.', { holds: texts }),
          threshold: setting.number('The least Jaccard similarity.', { above: 0, max: 1, default: 0.8 }),
          hashes: setting.int('More find pairs near the threshold more surely.', { min: 1, default: 128 }),
          seed: setting.int('Of the hashes.', { default: 0 }),
          shingles: setting.object(
            'What is compared.',
            {
              by: setting.oneOf('Runs of what.', ['words', 'characters']),
              size: setting.int('How many in a run.', { min: 1 }),
            },
            { optional: true },
          ),
        }),
      ],
      { optional: true },
    ),
    partial,
  },
  gives: gives<SameRows>(),
  parse: ({ by, near, partial }): DedupeConfig => {
    if (by !== undefined && near !== undefined)
      throw new Error(
        'dedupe takes by or near, not both: rows are one by equal columns, or by nearly equal texts. Leave one out, or use two stages.',
      );
    return { by: by && [...by].sort(), near: near === undefined ? undefined : nearly(near), partial };
  },
  build: ({ rows }, config, options) => {
    const kept = stage({ kind: firsts, inputs: { rows }, config, options });
    return stage({ kind, inputs: { rows, kept }, config: { partial: config.partial }, options });
  },
});

interface DedupeConfig {
  /** Equal in these columns. Undefined: in all. */
  readonly by: readonly string[] | undefined;
  /** Or nearly equal in the text of one. */
  readonly near: (NearSpec & { readonly column: string }) | undefined;
  readonly partial: boolean;
}

function nearly(
  near:
    | string
    | (Omit<Partial<NearSpec>, 'shingles'> & {
        readonly column: string;
        readonly shingles: NearSpec['shingles'] | undefined;
      }),
): NonNullable<DedupeConfig['near']> {
  const { shingles = NEAR_DEFAULTS.shingles, ...given } = typeof near === 'string' ? { column: near } : near;
  return { ...NEAR_DEFAULTS, ...given, shingles };
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
