import { type AnyFunction, type Columns, type FunctionUse, type Row, type Type, typeName } from '@millrace/core';
import { functionUse } from '../functions/user-function.js';
import { compareValues, requireOrder } from '../sort/compare.js';

/** What a column of the answer is, of the rows of its group. Values that are null do not count, but for `first`, `last` and `list`. */
export type Aggregate<K extends string = string> =
  | 'count'
  | { readonly count: K }
  | { readonly sum: K }
  | { readonly mean: K }
  | { readonly min: K }
  | { readonly max: K }
  | { readonly first: K }
  | { readonly last: K }
  | { readonly list: K }
  | Fold<K>;

/** A fold of the user's own: from a start, over each row of the group in order. */
export interface Fold<K extends string = string> {
  readonly reads: readonly K[];
  readonly start: unknown;
  // biome-ignore lint/suspicious/noExplicitAny: what it gathers is the user's own.
  readonly fold: (sofar: any, row: any) => unknown;
  /** The type of the column. */
  readonly column: Type;
  readonly version?: string | number;
}

export const isFold = (aggregate: Aggregate): aggregate is Fold => typeof aggregate === 'object' && 'fold' in aggregate;

/** `count`, or the one key of `{ sum: 'price' }` and the column. */
function named(aggregate: Exclude<Aggregate, Fold>): readonly [name: string, column: string | undefined] {
  if (aggregate === 'count') return ['count', undefined];
  const entries = Object.entries(aggregate);
  const [first] = entries;
  if (entries.length === 1 && first && Object.hasOwn(TYPES, first[0]) && typeof first[1] === 'string') return first;
  throw new Error(
    `group was given the aggregate ${JSON.stringify(aggregate)}, which is none. Say 'count', or one of ${Object.keys(TYPES).join(', ')} with its column: { sum: 'price' }.`,
  );
}

export function readsOf(aggregate: Aggregate): readonly string[] {
  if (isFold(aggregate)) return aggregate.reads;
  const [, column] = named(aggregate);
  return column === undefined ? [] : [column];
}

export const foldUse = ({ fold, version }: Fold): FunctionUse =>
  functionUse(fold as AnyFunction, version === undefined ? {} : { version });

const isBig = (type: Type): boolean => type === 'int64' || type === 'uint64';
const isNumber = (type: Type): boolean =>
  isBig(type) || type === 'null' || (typeof type === 'string' && /^(u?int|float)/.test(type));

const numeric = (column: string, type: Type): Type => {
  if (isNumber(type)) return isBig(type) ? 'int64' : 'float64';
  throw new Error(
    `group adds up the column ${column}, which is ${typeName(type)}. Name a column of numbers, or make one in a map.`,
  );
};

const ordered = (column: string, type: Type): Type => {
  requireOrder('group', column, type);
  return type;
};

const TYPES: Readonly<Record<string, (column: string, type: Type) => Type>> = {
  count: () => 'int32',
  sum: numeric,
  mean: (column, type) => numeric(column, type) && 'float64',
  min: ordered,
  max: ordered,
  first: (_, type) => type,
  last: (_, type) => type,
  list: (_, list) => ({ list }),
};

export function typeOf(aggregate: Aggregate, columns: Columns): Type {
  if (isFold(aggregate)) return aggregate.column;
  const [name, column] = named(aggregate);
  return column === undefined ? 'int32' : (TYPES[name] as (typeof TYPES)[string])(column, columns[column] ?? 'null');
}

/** The values of some rows of a table, by column. */
export interface GroupRows {
  readonly rows: readonly number[];
  readonly values: ReadonlyMap<string, readonly unknown[]>;
}

export function aggregated(aggregate: Aggregate, group: GroupRows): unknown {
  if (isFold(aggregate)) return folded(aggregate, group);
  const [name, column] = named(aggregate);
  if (column === undefined) return group.rows.length;
  const all = group.rows.map((row) => group.values.get(column)?.[row] ?? null);
  if (name === 'first') return all[0];
  if (name === 'last') return all.at(-1);
  if (name === 'list') return all;
  const there = all.filter((value) => value !== null) as number[];
  if (name === 'count') return there.length;
  if (there.length === 0) return null;
  return OVER[name as keyof typeof OVER](there);
}

const OVER = {
  sum,
  mean: (values: readonly number[]) => Number(sum(values)) / values.length,
  min: (values: readonly number[]) => values.reduce((a, b) => (compareValues(b, a) < 0 ? b : a)),
  max: (values: readonly number[]) => values.reduce((a, b) => (compareValues(b, a) > 0 ? b : a)),
};

/** Whole numbers of 64 bits exactly; others in the order of the rows, with what each addition loses carried along. */
function sum(values: readonly number[]): number | bigint {
  if (typeof values[0] === 'bigint') return (values as unknown as bigint[]).reduce((a, b) => a + b, 0n);
  let total = 0;
  let lost = 0;
  for (const value of values) {
    const next = total + value;
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  return Number.isFinite(lost) ? total + lost : total;
}

function folded({ fold, reads, start }: Fold, { rows, values }: GroupRows): unknown {
  const names = reads.toSorted();
  return rows.reduce<unknown>((sofar, row) => {
    const seen: Row = Object.fromEntries(names.map((name) => [name, values.get(name)?.[row] ?? null]));
    return fold(sofar, seen);
  }, structuredClone(start));
}
