import type { Stage } from './stage.js';

// biome-ignore lint/suspicious/noExplicitAny: a row of unknown columns; `unknown` would make typed rows unassignable.
export type Row = Record<string, any>;

export declare const ROW: unique symbol;
export declare const OPEN: unique symbol;

/** Where a handle keeps what it stands for. */
export const HANDLE: unique symbol = Symbol.for('millrace.handle');

/** One output of a stage. */
export interface Ref {
  readonly stage: Stage;
  readonly part: string;
}

export interface Handle {
  readonly [HANDLE]: Ref;
}

/** A table of rows `R`. Open: it may have more columns than `R` says, checked before anything is spent. */
export interface Table<R extends Row = Row, Open extends boolean = boolean> extends Handle {
  readonly [ROW]: R;
  readonly [OPEN]: Open;
}

export declare const FOLDER: unique symbol;
export interface Folder extends Handle {
  readonly [FOLDER]: true;
}

export declare const VALUE: unique symbol;
export interface Value<V = unknown> extends Handle {
  readonly [VALUE]: V;
}

// biome-ignore lint/suspicious/noExplicitAny: any table, whatever its rows.
export type AnyTable = Table<any, any>;
// biome-ignore lint/suspicious/noExplicitAny: any value.
export type AnyHandle = AnyTable | Folder | Value<any>;

export const refOf = (handle: Handle): Ref => {
  const ref = (handle as Partial<Handle> | undefined)?.[HANDLE];
  if (ref) return ref;
  throw new Error(
    `An input of a stage is ${describe(handle)}, not a stage's output: nothing can be read from it. Give what source(), map(), generate() … returned.`,
  );
};

const describe = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`;
