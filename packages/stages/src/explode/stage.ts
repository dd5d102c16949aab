import { type Columns, type Row, setting, type Type, typeName } from '@millrace/core';
import { rows } from '../registry/common.js';
import { defineStage, gives, type Output, type TableOf } from '../registry/define.js';

const lists = setting.holding<readonly unknown[] | ArrayBufferView | null>()('lists');

/** A row for each item of a list; the other columns are repeated, without being written again. */
export const explode = defineStage({
  name: 'explode',
  version: 1,
  nature: 'pure',
  describe: 'A row for each item of a list.',
  inputs: { rows },
  config: {
    from: setting.column('The column of lists.', { holds: lists }),
    into: setting.newColumn<unknown, 'from'>()('The column of the item. Default: that of the list.', {
      optional: true,
    }),
    at: setting.newColumn<number, 'from'>()('A column for the place in the list, from 0.', { optional: true }),
    empty: setting.oneOf('What an empty list or null gives: no row, or one with null.', ['drop', 'keep'], {
      default: 'drop',
    }),
  },
  gives: gives<Exploded>(),
  parse: ({ into, ...config }) => ({ ...config, into: into ?? config.from }),
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
});

interface Exploded extends Output {
  readonly output: TableOf<ExplodedRow<this['rows'], this['asked']>, this['open']>;
}

type ExplodedRow<R, C> = C extends { readonly from: infer F extends string }
  ? Omit<R, F> &
      Record<C extends { readonly into: infer I extends string } ? I : F, ItemOf<F extends keyof R ? R[F] : unknown>> &
      Record<C extends { readonly at: infer A extends string } ? A : never, number>
  : never;

function itemOf(from: string, columns: Columns): Type {
  const type = Object.hasOwn(columns, from) ? columns[from] : 'null';
  if (type === 'null' || type === undefined) return 'null';
  if (typeof type === 'object' && 'list' in type) return type.list;
  if (typeof type === 'object' && 'fixed' in type) return type.fixed;
  throw new Error(
    `explode takes the lists of column ${from} apart, but the column is ${typeName(type)}. Name a column of lists, or make one with a map.`,
  );
}

function itemsOf(list: ArrayLike<unknown> | null, empty: 'drop' | 'keep'): Row[] {
  const items = Array.from(list ?? [], (item, at) => ({ item, at }));
  return items.length === 0 && empty === 'keep' ? [{ item: null, at: null }] : items;
}

/** What a list holds. */
export type ItemOf<L> = NonNullable<L> extends ArrayLike<infer I> ? I : unknown;
