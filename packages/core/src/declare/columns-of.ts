import type { Plain } from './plain.js';
import type { Row } from './row.js';

/** Any name: an open table may have it. */
type Anything = string & {};

/** The columns that can be named in a table of rows `R`. */
export type Col<R extends Row, Open extends boolean> = (keyof R & string) | (true extends Open ? Anything : never);

/** … of a given type of value. */
export type ColOf<R extends Row, Open extends boolean, V> =
  | { [K in keyof R & string]: R[K] extends V ? K : never }[keyof R & string]
  | (true extends Open ? Anything : never);

/** What a call sees of a row: only what it reads. */
export type Read<R extends Row, K extends string> = { readonly [P in K]: P extends keyof R ? AsArray<R[P]> : unknown };

declare const LIST: unique symbol;

/** A list of numbers: a typed array in a table's rows, an array where a function gets it. */
export type NumberList<T> = T & { readonly [LIST]?: never };

type AsArray<V> = V extends unknown
  ? typeof LIST extends keyof V
    ? V extends BigInt64Array | BigUint64Array
      ? bigint[]
      : number[]
    : V
  : never;

/** The name of a new column: literal, and not there yet. Anything else is a sentence. */
export type New<I extends string, R extends Row> = string extends I
  ? 'This column name is only known as string, so nothing below can be checked: add "as const"'
  : I extends keyof R & string
    ? `Column "${I}" exists already: choose another name`
    : I;

export type Ok<P, C> = P extends C ? P : C;

/** Config that a function gets beside its row. */
export type With = { readonly [name: string]: Plain | undefined };
