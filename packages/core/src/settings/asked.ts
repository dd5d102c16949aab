import type { New, Ok } from '../declare/columns-of.js';
import type { Row } from '../declare/row.js';
import type {
  ColumnName,
  ColumnNames,
  ColumnValues,
  FieldsOf,
  Holds,
  NeedOf,
  NewColumnName,
  Plainly,
  Settings,
} from './setting.js';

/** Any text, without hiding the names that an editor can offer. */
type Anything = string & {};
export type Name<R extends Row> = (keyof R & string) | Anything;

type Value<H, R extends Row> =
  H extends Plainly<infer T>
    ? T
    : H extends ColumnName
      ? Name<R>
      : H extends ColumnNames
        ? Name<R> | readonly Name<R>[]
        : H extends NewColumnName
          ? string
          : H extends FieldsOf<infer S>
            ? Asked<S, R>
            : never;

type NeededNames<S> = { [N in keyof S]: NeedOf<S[N]> extends 'required' ? N : never }[keyof S];

/** What may be given for settings, over an input of rows `R`. */
export type Asked<S extends Settings, R extends Row = Row> = {
  readonly [N in NeededNames<S>]: Value<Holds<S[N]>, R>;
} & { readonly [N in Exclude<keyof S, NeededNames<S>>]?: Value<Holds<S[N]>, R> | undefined };

/** The name if there is such a column, or if nobody can know yet; else a sentence. */
type Here<K extends string, R extends Row, O extends boolean> = true extends O
  ? K
  : K extends keyof R
    ? K
    : string extends K
      ? K
      : `There is no column "${K}" here`;

type Fits<K extends string, R extends Row, O extends boolean, W extends ColumnValues> = K extends keyof R
  ? R[K] extends W['values']
    ? K
    : `Column "${K}" holds no ${W['called']}`
  : Here<K, R, O>;

type Column<H, K extends string, R extends Row, O extends boolean, C> =
  H extends ColumnName<infer W>
    ? [W] extends [never]
      ? Here<K, R, O>
      : Fits<K, R, O, W>
    : H extends NewColumnName<unknown, string, infer X>
      ? New<K, [X] extends [never] ? R : Omit<R, C[X & keyof C] & string>>
      : Here<K, R, O>;

type Checked<H, V, R extends Row, O extends boolean, C> = [H] extends [Plainly<infer T>]
  ? T
  : V extends string
    ? Ok<V, Column<Exclude<H, Plainly<unknown>>, V, R, O, C>>
    : V extends readonly string[]
      ? { readonly [I in keyof V]: Ok<V[I], Here<V[I] & string, R, O>> }
      : V extends object
        ? FieldsIn<H> extends Settings
          ? CheckedAsked<FieldsIn<H>, V, R, O>
          : Value<H, R> | undefined
        : Value<H, R> | undefined;

type FieldsIn<H> = [Extract<H, FieldsOf>] extends [never] ? undefined : Extract<H, FieldsOf>['fields'];

/** What was given, each name of a column held against the rows that it is read from; what is wrong is a sentence. */
export type CheckedAsked<S extends Settings, C, R extends Row, O extends boolean> = {
  readonly [N in keyof C]: N extends keyof S
    ? Checked<Holds<S[N]>, C[N], R, O, C>
    : `There is no setting "${N & string}" here`;
};

/** The columns that settings add. */
export type Added<S, C> = FromPairs<Extract<Pairs<S, C>, readonly [string, unknown]>>;
type FromPairs<P extends readonly [string, unknown]> = { [N in P[0]]: Extract<P, readonly [N, unknown]>[1] };
type Pairs<S, C> = {
  [N in keyof S]: Holds<S[N]> extends NewColumnName<infer V, infer D>
    ? Pair<N extends keyof C ? (C[N] extends string ? C[N] : D) : D, V>
    : never;
}[keyof S];
type Pair<N, V> = [N] extends [never] ? never : string extends N ? never : readonly [N, V];

/** Settings with their defaults, as a stage gets them. */
export type Parsed<S> = {
  readonly [N in keyof S]: ParsedValue<Holds<S[N]>> | (NeedOf<S[N]> extends 'optional' ? undefined : never);
};
type ParsedValue<H> =
  H extends Plainly<infer T>
    ? T
    : H extends ColumnNames
      ? readonly string[]
      : H extends ColumnName | NewColumnName
        ? string
        : H extends FieldsOf<infer S>
          ? Parsed<S>
          : never;
