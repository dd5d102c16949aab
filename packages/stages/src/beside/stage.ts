import { type EngineOptions, type Handle, type Kind, stage } from '@millrace/core';
import { tableIn } from '../functions/table.js';

interface BesideConfig {
  /** column of the other table → its name here. */
  readonly take: Readonly<Record<string, string>>;
  /** The column of the other table that says of which row each of its rows is. */
  readonly rows: string;
  readonly partial: boolean;
}

/**
 * Puts columns that a stage made of a table beside the table itself. So a costly stage reads only the columns it needs,
 * and a change in the others makes just this one run again.
 */
const kind: Kind<BesideConfig> = {
  name: 'beside',
  version: 1,
  nature: 'pure',
  label: ({ take }) => Object.values(take).join(', '),
  work: {
    is: 'whole',
    foreseeable: 'complete',
    parts: () => ({ main: 'table' }),
    partial: ({ partial }) => partial,
    reads: ({ take, rows }, role) => (role === 'rows' ? 'all' : [...Object.keys(take), rows]),
    columns: ({ take }, { rows, made }) => {
      if (rows) refuseTwice(Object.keys(rows), Object.values(take));
      const added = Object.entries(take).map(([from, to]) => [to, made?.[from] ?? 'null']);
      return { main: rows && made && { ...rows, ...Object.fromEntries(added) } };
    },
    run: async ({ config: { take, rows }, inputs }) => {
      const made = tableIn(inputs, 'made');
      const names = Object.entries(take);
      const values = await made.all();
      return {
        main: {
          select: Int32Array.from(values, (row) => row[rows] as number),
          from: 'rows',
          add: values.map((row) => Object.fromEntries(names.map(([from, to]) => [to, row[from]]))),
          addColumns: Object.fromEntries(names.map(([from, to]) => [to, made.columns[from] ?? 'null'])),
        },
      };
    },
  },
};

export function refuseTwice(there: readonly string[], added: readonly string[]): void {
  const twice = added.find((name, i) => there.includes(name) || added.indexOf(name) !== i);
  if (twice === undefined) return;
  throw new Error(
    `Column ${twice} exists already in the table that it is put beside: a name means one column. Choose another name for it, or rename the first one.`,
  );
}

export const beside = <H extends Handle>(
  inputs: { readonly rows: Handle; readonly made: Handle },
  config: BesideConfig,
  options?: EngineOptions,
): H => stage({ kind, inputs, config, options });
