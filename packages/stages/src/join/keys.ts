import { toPlain } from '@millrace/core';

/**
 * A value for each row that is equal where all of the columns are, or undefined where one is null: null is equal to
 * nothing. A whole number is the same as number and as bigint; 0 and -0 are the same.
 */
export function matchKeys(
  columns: readonly (readonly unknown[])[],
): (string | number | bigint | boolean | undefined)[] {
  const [first = [], ...others] = columns;
  if (others.length === 0) return first.map(keyOf);
  return first.map((_, row) => {
    const keys = columns.map((values) => keyOf(values[row]));
    return keys.includes(undefined) ? undefined : JSON.stringify(keys.map(tagged));
  });
}

type Key = string | number | bigint | boolean;

function keyOf(value: unknown): Key | undefined {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return value;
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : value;
    default:
      return value === null || value === undefined ? undefined : JSON.stringify([toPlain(value)]);
  }
}

const tagged = (key: Key | undefined): string => `${typeof key} ${key}`;
