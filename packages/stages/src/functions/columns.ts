import { type Row, setting } from '@millrace/core';

/** Any text, without hiding the names that an editor can offer. */
type Anything = string & {};

/** A name of a column: what is there is offered, and anything else gets a sentence of its own. */
export type Name<R extends Row> = (keyof R & string) | Anything;

/** The name if there is such a column, or if nobody can know yet; else a sentence. */
export type Here<K extends string, R extends Row, O extends boolean> = true extends O
  ? K
  : K extends keyof R
    ? K
    : `There is no column "${K}" here`;

/** … and if it holds such values. */
export type Holds<
  K extends string,
  R extends Row,
  O extends boolean,
  Wanted extends { values: unknown; called: string },
> = K extends keyof R
  ? R[K] extends Wanted['values']
    ? K
    : `Column "${K}" holds no ${Wanted['called']}`
  : Here<K, R, O>;

export const texts = setting.holding<string | null>()('text');
export const vectors = setting.holding<ArrayLike<number> | null>()('vectors');

export type Texts = typeof texts;
export type Vectors = typeof vectors;

/** Columns to take: a list, or `{ column: 'name here' }`. */
export type Names = readonly string[] | { readonly [from: string]: string };

export type TakenHere<T, R extends Row, O extends boolean> = T extends readonly (infer N extends string)[]
  ? readonly Here<N, R, O>[]
  : { readonly [F in keyof T]: Here<F & string, R, O> extends F ? T[F] : Here<F & string, R, O> };
