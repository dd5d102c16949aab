import type { Batch, Columns } from '@millrace/core';
import type { BadRows } from './bad-rows.js';
import type { Resolved } from './declared.js';

/** A file about to be read. */
export interface Reading {
  readonly path: string;
  readonly declared: Resolved | undefined;
  readonly bad: BadRows;
  /** So many bytes are kept while the types of columns are found; larger files are read twice. */
  readonly keep: number;
  /** Bytes that a line, a record of cells or a file as one cell may have. */
  readonly most: number;
}

/** A file as a table: its columns are known before the first batch, and one batch is in memory at a time. */
export interface Tabular {
  readonly columns: Columns;
  readonly batches: AsyncIterable<Batch>;
  readonly splits?: readonly (readonly [string, number])[];
}

export const KEEP = 48 << 20;
