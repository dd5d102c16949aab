import {
  type Columns,
  type EngineOptions,
  type Kind,
  type New,
  type Ok,
  type Row,
  stage,
  type Table,
  type Type,
  typeName,
} from '@millrace/core';
import type { Holds, Name } from '../functions/columns.js';
import { checkSettings } from '../registry/check-settings.js';
import type { StageEntry } from '../registry/entry.js';

interface ExplodeConfig {
  readonly from: string;
  readonly into: string;
  readonly at: string | undefined;
  readonly empty: 'drop' | 'keep';
}

const kind: Kind<ExplodeConfig> = {
  name: 'explode',
  version: 1,
  nature: 'pure',
  config: (given) => parse(given as Partial<ExplodeConfig> & { from: string }),
  label: ({ from, into }) => (from === into ? from : `${from} → ${into}`),
  work: {
    is: 'rows',
    many: true,
    reads: ({ from }) => ({ list: from }),
    answers: ({ from }, columns) => (columns ? { item: itemOf(from, columns), at: 'int32' } : {}),
    adds: ({ into, at }) => ({ [into]: 'item', ...(at !== undefined && { [at]: 'at' }) }),
    drops: ({ from }) => [from],
    call: ({ empty }) => ({ version: 1, config: { empty } }),
    batch: () => 1024,
    run: (rows, { config }) => rows.map(({ list }) => itemsOf(list, config.empty)),
  },
};

const parse = ({
  from,
  into = from,
  at,
  empty = 'drop',
}: Partial<ExplodeConfig> & { from: string }): ExplodeConfig => ({
  from,
  into,
  at,
  empty,
});

function itemOf(from: string, columns: Columns): Type {
  const type = Object.hasOwn(columns, from) ? columns[from] : 'null';
  if (type === 'null' || type === undefined) return 'null';
  if (typeof type === 'object' && 'list' in type) return type.list;
  if (typeof type === 'object' && 'fixed' in type) return type.fixed;
  throw new Error(
    `explode takes the lists of column ${from} apart, but the column is ${typeName(type)}. Name a column of lists, or make one with a map.`,
  );
}

function itemsOf(list: ArrayLike<unknown> | null, empty: ExplodeConfig['empty']): Row[] {
  const items = Array.from(list ?? [], (item, at) => ({ item, at }));
  return items.length === 0 && empty === 'keep' ? [{ item: null, at: null }] : items;
}

/** What a list holds. */
export type ItemOf<L> = NonNullable<L> extends ArrayLike<infer I> ? I : unknown;

interface Lists {
  values: readonly unknown[] | ArrayBufferView | null;
  called: 'lists';
}

/** A row for each item of a list; the other columns are repeated, without being written again. */
export function explode<
  R extends Row,
  O extends boolean,
  const F extends Name<R>,
  const I extends string = F,
  const A extends string = never,
>(
  rows: Table<R, O>,
  config: {
    readonly from: Ok<F, Holds<F, R, O, Lists>>;
    /** The column of the item. Default: that of the list, which it replaces. */
    readonly into?: Ok<I, New<I, Omit<R, F>>>;
    /** A column for the place in the list, from 0. */
    readonly at?: Ok<A, New<A, Omit<R, F>>>;
    /** A row whose list is empty or null gives no row (`drop`), or one with null (`keep`). */
    readonly empty?: 'drop' | 'keep';
  },
  options?: EngineOptions,
): Table<Omit<R, F> & Record<I, ItemOf<F extends keyof R ? R[F] : unknown>> & Record<A, number>, O> {
  checkSettings(explodeEntry, config, options);
  return stage({ kind, inputs: { rows }, config, options });
}

export const explodeEntry: StageEntry = {
  name: 'explode',
  describe: 'A row for each item of a list.',
  own: { input: 'rows' },
  inputs: { rows: { is: 'table', describe: 'The rows.' } },
  config: {
    from: { is: 'column', required: true, describe: 'The column of lists.' },
    into: { is: 'new column', describe: 'The column of the item. Default: that of the list.' },
    at: { is: 'new column', describe: 'A column for the place in the list, from 0.' },
    empty: { is: 'text', oneOf: ['drop', 'keep'], default: 'drop', describe: 'What an empty list or null gives.' },
  },
  options: {},
  build: ({ inputs, config, options }) => stage({ kind, inputs: { rows: inputs.rows as never }, config, options }),
};
