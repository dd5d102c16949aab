import { type Type, typeName } from '@millrace/core';

export type Compare = (a: number, b: number) => number;

export interface Key {
  readonly values: readonly unknown[];
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

/** Rows by their keys; rows that are equal in all of them keep their order. */
export function byKeys(keys: readonly Key[]): Compare {
  const compares = keys.map(byKey);
  return (a, b) => {
    for (const compare of compares) {
      const order = compare(a, b);
      if (order !== 0) return order;
    }
    return a - b;
  };
}

function byKey({ values, descending, nullsFirst }: Key): Compare {
  const way = descending ? -1 : 1;
  const missing = nullsFirst ? -1 : 1;
  return (a, b) => {
    const [x, y] = [values[a], values[b]];
    if (x === null || y === null) return x === y ? 0 : x === null ? missing : -missing;
    return way * compareValues(x as number, y as number);
  };
}

/** Texts by code unit, whatever the locale; NaN behind all other numbers; 0 and -0 are equal. */
export function compareValues(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  return Number.isNaN(a) ? (Number.isNaN(b) ? 0 : 1) : Number.isNaN(b) ? -1 : 0;
}

/** Lists, structs and bytes have no order that everybody means. */
export function requireOrder(stage: string, column: string, type: Type | undefined): void {
  if (type === undefined || (typeof type === 'string' && type !== 'binary')) return;
  if (typeof type === 'object' && 'timestamp' in type) return;
  throw new Error(
    `${stage} orders by the column ${column}, which is ${typeName(type)} and has no order. Order by numbers, texts, dates or booleans; a map can make such a column.`,
  );
}
