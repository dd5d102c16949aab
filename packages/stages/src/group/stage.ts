import {
  type Columns,
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
import { canonicalCopy } from '../functions/given.js';
import { contentKeys, goodRows, listed, tableIn, valuesOf } from '../functions/table.js';
import { checkSettings } from '../registry/check-settings.js';
import type { StageEntry } from '../registry/entry.js';
import { codeVersion } from '../registry/fields.js';
import { type Aggregate, aggregated, type Fold, foldUse, isFold, readsOf, typeOf } from './aggregate.js';

interface GroupConfig {
  readonly by: readonly string[];
  readonly aggregates: Readonly<Record<string, Aggregate>>;
  readonly partial: boolean;
}

const kind: Kind<GroupConfig> = {
  name: 'group',
  version: 1,
  nature: 'pure',
  config: (given) => parse(given as { by?: string | readonly string[]; aggregates: GroupConfig['aggregates'] }),
  label: ({ by, aggregates }) => `${Object.keys(aggregates).join(', ')} by ${by.join(', ') || 'nothing'}`,
  code: ({ aggregates }) =>
    Object.fromEntries(
      Object.entries(aggregates).flatMap(([name, aggregate]) =>
        isFold(aggregate) ? [[name, foldUse(aggregate)]] : [],
      ),
    ),
  withCode: (config, functions) => ({
    ...config,
    aggregates: withFolds(config.aggregates, (fold, name) => ({ ...fold, fold: functions[name] as Fold['fold'] })),
  }),
  semantic: ({ aggregates, ...config }) => ({ ...config, aggregates: withFolds(aggregates, plainFold) }),
  work: {
    is: 'whole',
    foreseeable: 'complete',
    addsNoRows: true,
    parts: () => ({ main: 'table' }),
    partial: ({ partial }) => partial,
    reads: (config) => read(config),
    columns: (config, { rows }) => ({ main: rows && columnsOf(config, rows) }),
    run: async ({ config, inputs }) => {
      const table = tableIn(inputs, 'rows');
      const columns = columnsOf(config, table.columns);
      const names = read(config);
      const values = await valuesOf(table, names, { arrays: true });
      const byName = new Map(names.map((name, i) => [name, values[i] as unknown[]]));
      const groups = await groupsOf(table, config.by);
      const rows = groups.map((group) => ({
        ...Object.fromEntries(config.by.map((name) => [name, byName.get(name)?.[group[0] as number]])),
        ...Object.fromEntries(
          Object.entries(config.aggregates).map(([name, aggregate]) => [
            name,
            aggregated(aggregate, { rows: group, values: byName }),
          ]),
        ),
      }));
      return { main: { rows: [rows], columns } };
    },
  },
};

const withFolds = (aggregates: GroupConfig['aggregates'], change: (fold: Fold, name: string) => object) =>
  Object.fromEntries(
    Object.entries(aggregates).map(([name, aggregate]) => [
      name,
      isFold(aggregate) ? change(aggregate, name) : aggregate,
    ]),
  ) as GroupConfig['aggregates'];

/** `arrays`: a fold of version 0.1 got another value of a list of numbers. */
const plainFold = ({ reads, start, column }: Fold) => ({ reads: [...reads].sort(), start, column, arrays: true });

const read = ({ by, aggregates }: GroupConfig): string[] => [
  ...new Set([...by, ...Object.values(aggregates).flatMap(readsOf)]),
];

function parse({
  by,
  aggregates,
  ...rest
}: {
  by?: string | readonly string[];
  aggregates: GroupConfig['aggregates'];
}): GroupConfig {
  const columns = listed(by ?? []);
  const both = columns.find((name) => Object.hasOwn(aggregates, name));
  if (both !== undefined)
    throw new Error(
      `group has the column ${both} both in by and as an aggregate. Choose another name for the aggregate.`,
    );
  const started = withFolds(aggregates, (fold) => ({ ...fold, start: canonicalCopy(fold.start) }));
  return { partial: false, ...rest, by: columns, aggregates: started };
}

function columnsOf(config: GroupConfig, columns: Columns): Columns {
  return {
    ...Object.fromEntries(config.by.map((name) => [name, columns[name] ?? ('null' as const)])),
    ...Object.fromEntries(
      Object.entries(config.aggregates).map(([name, aggregate]) => [name, typeOf(aggregate, columns)]),
    ),
  };
}

/** Rows of each group, groups in the order in which they first appear. Without columns all rows are one group. */
async function groupsOf(table: ReturnType<typeof tableIn>, by: readonly string[]): Promise<number[][]> {
  const rows = goodRows(table);
  if (by.length === 0) return [Array.from(rows)];
  const keys = await contentKeys(table, by);
  const groups = new Map<string, number[]>();
  for (const row of rows) {
    const key = keys[row] as string;
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return [...groups.values()];
}

type ReadBy<G> = G extends { readonly reads: readonly (infer K)[] } ? K : G extends object ? G[keyof G] : never;

/** An aggregate, if its columns are there. */
type AggregateHere<G, R extends Row, O extends boolean> = [Here<ReadBy<G> & string, R, O>] extends [ReadBy<G>]
  ? G
  : Exclude<Here<ReadBy<G> & string, R, O>, ReadBy<G>>;

/** What an aggregate gives of rows `R`. */
type Answer<R extends Row, G> = G extends 'count' | { readonly count: string }
  ? number
  : G extends { readonly sum: infer K }
    ? (K extends keyof R ? (bigint extends R[K] ? bigint : number) : number) | null
    : G extends { readonly mean: string }
      ? number | null
      : G extends { readonly min: infer K } | { readonly max: infer K }
        ? (K extends keyof R ? R[K] : unknown) | null
        : G extends { readonly first: infer K } | { readonly last: infer K }
          ? K extends keyof R
            ? R[K]
            : unknown
          : G extends { readonly list: infer K }
            ? (K extends keyof R ? R[K] : unknown)[]
            : G extends { readonly start: infer S }
              ? S
              : unknown;

/** A row for each group of rows that are equal in some columns, with what is asked of the group. */
export function group<
  R extends Row,
  O extends boolean,
  const G extends { readonly [name: string]: Aggregate },
  const K extends Name<R> = never,
>(
  rows: Table<R, O>,
  config: {
    /** A column, several, or none: then all rows are one group. Null is equal to null. */
    readonly by?: Ok<K, Here<K, R, O>> | readonly Ok<K, Here<K, R, O>>[];
    /** name → `'count'`, `{ sum: 'price' }`, `{ mean }`, `{ min }`, `{ max }`, `{ first }`, `{ last }`, `{ list }`, or a fold. */
    readonly aggregates: G & { [N in keyof G]: AggregateHere<G[N], R, O> };
    /** Rows that failed above are left out instead of refused. */
    readonly partial?: boolean;
  },
  options?: EngineOptions,
): Table<{ [P in K & keyof R & string]: R[P] } & { -readonly [N in keyof G]: Answer<R, G[N]> }, O> {
  checkSettings(groupEntry, config, options);
  return stage({ kind, inputs: { rows }, config, options });
}

export const groupEntry: StageEntry = {
  name: 'group',
  describe: 'A row for each group of rows that are equal in some columns.',
  own: { input: 'rows' },
  inputs: { rows: { is: 'table', describe: 'The rows.' } },
  config: {
    by: setting.columns('A column, or several. Default: all rows are one group.', { optional: true }),
    aggregates: {
      is: 'record',
      required: true,
      describe: 'name → count, or { sum: price } and so on.',
      of: {
        is: 'either',
        describe: 'An aggregate.',
        of: [
          { is: 'text', oneOf: ['count'], describe: 'Rows of the group.' },
          {
            is: 'object',
            describe: 'One of these, with its column.',
            fields: Object.fromEntries(
              ['count', 'sum', 'mean', 'min', 'max', 'first', 'last', 'list'].map((name) => [
                name,
                { is: 'column', describe: `${name} of a column.` },
              ]),
            ),
          },
          {
            is: 'object',
            describe: 'A fold of your own over the rows of the group.',
            fields: {
              reads: {
                is: 'list',
                required: true,
                of: { is: 'column', describe: 'A column.' },
                describe: 'Columns that it sees.',
              },
              start: { is: 'any', required: true, describe: 'What it starts from.' },
              fold: { is: 'function', required: true, describe: 'Called with what is gathered so far and a row.' },
              column: { is: 'any', required: true, describe: 'The type of the column.' },
              version: codeVersion,
            },
          },
        ],
      },
    },
    partial: { is: 'flag', default: false, describe: 'Rows that failed above are left out instead of refused.' },
  },
  options: {},
  build: ({ inputs, config, options }) => stage({ kind, inputs: { rows: inputs.rows as Handle }, config, options }),
};
