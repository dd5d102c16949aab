import type { Handle } from './handle.js';
import type { Row } from './row.js';

export declare const ROW: unique symbol;
export declare const OPEN: unique symbol;

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
