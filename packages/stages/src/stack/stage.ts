import {
  type AnyTable,
  type Columns,
  type EngineOptions,
  type Handle,
  type Kind,
  type Row,
  stage,
  type Table,
  type Type,
  unifyTypes,
} from '@millrace/core';
import { tableIn } from '../functions/table.js';
import { checkSettings } from '../registry/check-settings.js';
import type { StageEntry } from '../registry/entry.js';

interface StackConfig {
  /** A column for the name of the table that a row came from. */
  readonly into: string | undefined;
  /** Names of the tables, in their order; only where they are content. */
  readonly names: readonly string[] | undefined;
}

const kind: Kind<StackConfig> = {
  name: 'stack',
  version: 1,
  nature: 'pure',
  label: ({ names }) => names?.join(', ') ?? '',
  work: {
    is: 'whole',
    foreseeable: 'any',
    addsNoRows: true,
    parts: () => ({ main: 'table' }),
    partial: () => true,
    columns: ({ into }, inputs) => ({ main: united(Object.values(inputs), into) }),
    run: async ({ config: { into, names }, inputs }) => {
      const roles = Object.keys(inputs);
      if (into === undefined) return { main: { stack: roles } };
      const add = roles.flatMap((role, i) => {
        const row = { [into]: names?.[i] ?? String(i) };
        return Array.from({ length: tableIn(inputs, role).rows }, () => row);
      });
      return { main: { stack: roles, add, addColumns: { [into]: 'text' } } };
    },
  },
};

/** Columns of all; a table that lacks one has nulls there. */
function united(tables: readonly (Columns | undefined)[], into: string | undefined): Columns | undefined {
  const all: Record<string, Type> = {};
  for (const columns of tables) {
    if (!columns) return undefined;
    for (const [name, type] of Object.entries(columns)) {
      const both = Object.hasOwn(all, name) ? unifyTypes(all[name] as Type, type) : type;
      if (both === undefined)
        throw new Error(
          `stack puts tables one under the other, but column ${name} is ${JSON.stringify(all[name])} in one and ${JSON.stringify(type)} in another. A column has one type: convert it in a map, or declare it alike.`,
        );
      all[name] = both;
    }
  }
  if (into === undefined) return all;
  if (Object.hasOwn(all, into))
    throw new Error(`stack adds the column ${into}, which the tables have already. Choose another name for into.`);
  return { ...all, [into]: 'text' };
}

type Named = readonly (readonly [name: string, table: Handle])[];

/** Roles are numbers: a table's name is content only where a column says it. */
function build<H extends Handle>(named: Named, { into }: { readonly into?: string }, options?: EngineOptions): H {
  if (named.length === 0) throw new Error('stack was given no tables. Give at least one, in a list or by name.');
  const config: StackConfig = { into, names: into === undefined ? undefined : named.map(([name]) => name) };
  const inputs = Object.fromEntries(named.map(([, table], i) => [`t${i}`, table]));
  return stage({ kind, inputs, config, options });
}

type RowsOf<T> = T extends Table<infer R, boolean> ? R : never;
type OpenOf<T> = T extends Table<Row, infer O> ? O : never;

/** Tables one under the other, without writing their columns again. Rows that failed stay failed. */
export function stack<
  const T extends readonly AnyTable[] | { readonly [name: string]: AnyTable },
  const I extends string = never,
>(
  tables: T,
  config: {
    /** A column for the table that a row came from: its name, or its number from 0. */
    readonly into?: I;
  } = {},
  options?: EngineOptions,
): Table<
  RowsOf<T[keyof T & (T extends readonly unknown[] ? number : string)]> & Record<I, string>,
  OpenOf<T[keyof T & (T extends readonly unknown[] ? number : string)]>
> {
  checkSettings(stackEntry, config, options);
  return build(Object.entries(tables), config, options);
}

export const stackEntry: StageEntry = {
  name: 'stack',
  describe: 'Tables one under the other.',
  own: { input: 'tables' },
  inputs: { tables: { is: 'tables', describe: 'The tables, in their order.' } },
  config: {
    into: { is: 'new column', describe: 'A column for the table that a row came from.' },
    names: {
      is: 'list',
      of: { is: 'text', describe: 'A name.' },
      describe: 'What stands there. Default: numbers from 0.',
    },
  },
  options: {},
  build: ({ inputs, config, options }) => {
    const tables = inputs.tables as readonly Handle[];
    const names = config.names as readonly string[] | undefined;
    if (names && names.length !== tables.length)
      throw new Error(
        `stack was given ${names.length} names for ${tables.length} tables. Name each of them, in their order, or none.`,
      );
    const named = tables.map((table, i) => [names?.[i] ?? String(i), table] as const);
    return build(named, config, options);
  },
};
