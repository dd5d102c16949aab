import {
  type Batch,
  buildColumn,
  type Column,
  type Columns,
  inferType,
  nullColumn,
  type Row,
  reader,
  sameType,
  type Type,
  unifyTypes,
} from '@millrace/core';
import { type BadRow, Unfit } from './bad-rows.js';
import { MOST_COLUMNS, tooManyColumns } from './bounds.js';
import type { Resolved } from './declared.js';
import { type Convert, fromJson } from './from-json.js';

/** Parsed objects, and where each stood. */
export interface Parsed {
  readonly rows: readonly Row[];
  /** Where a row stands, and where in it a field does. */
  readonly place: (row: number, field?: string) => Pick<BadRow, 'line' | 'column'>;
}

/** What JSON objects have in a column: its own fields only, whatever its name. */
const valuesOf = (rows: readonly Row[], name: string): unknown[] =>
  name in Object.prototype
    ? rows.map((row) => (Object.hasOwn(row, name) ? row[name] : null))
    : rows.map((row) => row[name]);

/** Builds batches of the declared columns; fields that are not declared are not read. */
export class JsonColumns {
  readonly #converts: ReadonlyMap<string, Convert | undefined>;
  readonly #unseen: Set<string>;

  constructor(
    readonly declared: Resolved,
    readonly bad: (row: BadRow) => void,
  ) {
    const json = new Set(declared.json);
    this.#converts = new Map(
      Object.entries(declared.columns).map(([name, type]) => [name, fromJson(type, json.has(name))]),
    );
    this.#unseen = new Set(Object.keys(declared.columns));
  }

  batch(parsed: Parsed): Batch {
    try {
      return this.#build(parsed.rows);
    } catch (error) {
      if (!isUnfit(error)) throw error;
      return this.#build(this.#fitting(parsed));
    }
  }

  /** Declared columns that no row has had so far. */
  get unseen(): readonly string[] {
    return [...this.#unseen];
  }

  #build(rows: readonly Row[]): Batch {
    const columns = new Map<string, Column>();
    for (const [name, type] of Object.entries(this.declared.columns)) {
      const column = this.#column(rows, name, type);
      if (column.nulls < column.length) this.#unseen.delete(name);
      columns.set(name, column);
    }
    for (const name of this.#unseen) if (rows.some((row) => Object.hasOwn(row, name))) this.#unseen.delete(name);
    return { rows: rows.length, columns };
  }

  #column(rows: readonly Row[], name: string, type: Type): Column {
    const values = valuesOf(rows, name);
    const convert = this.#converts.get(name);
    if (!convert) return buildColumn(values, type, name);
    for (let i = 0; i < values.length; i++)
      if (values[i] !== null && values[i] !== undefined) values[i] = convert(values[i]);
    return buildColumn(values, type, name);
  }

  /** Row by row: only where a batch has a row that does not fit. */
  #fitting({ rows, place }: Parsed): Row[] {
    return rows.filter((row, at) => {
      for (const [name, type] of Object.entries(this.declared.columns)) {
        const why = this.#unfit(row, name, type);
        if (why === undefined) continue;
        this.bad({ ...place(at, name), why: `column ${name}: ${why}` });
        return false;
      }
      return true;
    });
  }

  #unfit(row: Row, name: string, type: Type): string | undefined {
    try {
      this.#column([row], name, type);
      return undefined;
    } catch (error) {
      if (!isUnfit(error)) throw error;
      return reasonOf(error);
    }
  }
}

const isUnfit = (error: unknown): error is Error =>
  error instanceof Unfit || (error as Error | undefined)?.name === 'ColumnError';

/** A column's refusal names the row of a batch, which says nothing to a person: the place in the file is said instead. */
export const reasonOf = (error: Error): string =>
  error.message
    .replace(/^Column ".*?", row \d+, holds/, 'it holds')
    .replace(/ Convert the value before, or declare another type for the column\.$/, '')
    .replace(/\.$/, '');

/** Cells of a batch, most of them without a value: rows of a megabyte that nearly all have fields of their own. */
const MOST_CELLS = 1 << 24;

const tooSparse = (line: number): Error =>
  new Error(
    `${line}: nearly every row has fields that no other has, so that the rows make no table. Nothing of the file was stored. Name the fields to read with columns, or give all rows the same fields: what differs can be one object in one column, declared as json.`,
  );

/** Types found so far, a batch at a time. Numbers are float64 and texts text, whatever they look like. */
export class JsonTypes {
  #columns: Map<string, Type> = new Map();

  add({ rows, place }: Parsed): void {
    const names = new Set<string>();
    for (const row of rows) for (const name of Object.keys(row)) names.add(name);
    if (
      names.size + this.#columns.size > MOST_COLUMNS &&
      new Set([...names, ...this.#columns.keys()]).size > MOST_COLUMNS
    )
      throw new Unfit(tooManyColumns(`${place(0).line}`).message);
    if (names.size * rows.length > MOST_CELLS) throw new Unfit(tooSparse(place(0).line).message);
    for (const name of names) this.#columns.set(name, this.#type(name, valuesOf(rows, name), place));
  }

  get columns(): Columns {
    return Object.fromEntries([...this.#columns].map(([name, type]) => [name, type]));
  }

  #type(name: string, values: readonly unknown[], place: Parsed['place']): Type {
    const before = this.#columns.get(name) ?? 'null';
    const found = tryInfer(values, name);
    const both = found === undefined ? undefined : unifyTypes(before, found);
    if (both !== undefined) return both;
    const at = firstOther(values, name, before);
    const { line, column } = place(at, name);
    throw new Unfit(
      `${line}${column === undefined ? '' : `:${column}`}: column ${name} holds ${JSON.stringify(values[at])} here and another type of value before. One column has one type: declare it (columns: { ${name}: 'json' } takes any value), or mend the file.`,
    );
  }
}

function tryInfer(values: readonly unknown[], name: string): Type | undefined {
  try {
    return inferType(values, name);
  } catch (error) {
    if ((error as Error).name !== 'ColumnError') throw error;
    return undefined;
  }
}

function firstOther(values: readonly unknown[], name: string, before: Type): number {
  let type = before;
  return values.findIndex((value) => {
    const own = tryInfer([value], name);
    const both = own === undefined ? undefined : unifyTypes(type, own);
    if (both !== undefined) type = both;
    return both === undefined;
  });
}

/** A column of a batch as the type that was found for it in later ones: nulls get a type, objects their other fields. */
export function asType(batch: Batch, name: string, type: Type): Column {
  const column = batch.columns.get(name);
  if (column === undefined || column.type === 'null') return nullColumn(type, batch.rows);
  if (sameType(column.type, type)) return column;
  const read = reader(column);
  return buildColumn(
    Array.from({ length: batch.rows }, (_, row) => read(row)),
    type,
    name,
  );
}
