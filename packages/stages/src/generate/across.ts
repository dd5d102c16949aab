import {
  type AnyTable,
  type Columns,
  type EngineOptions,
  type Handle,
  type Kind,
  type Row,
  stage,
  type TableInput,
} from '@millrace/core';
import { refuseTwice } from '../beside/stage.js';
import type { Model } from '../models/model.js';
import { noteAxes } from './axes.js';
import { type GenerateInputs, generateStage } from './stage.js';

/** axis → its values: a list, or values by name. */
export type Across = Readonly<Record<string, readonly (string | number | Model)[] | Readonly<Record<string, unknown>>>>;

interface Choice {
  readonly axis: string;
  /** What stands in the axis's column. */
  readonly shown: string | number;
  readonly value: unknown;
}

interface FanConfig {
  readonly axes: readonly string[];
  /** For each table, what stands in the axes' columns. */
  readonly shown: readonly Row[];
}

const axisColumns = ({ axes, shown }: FanConfig): Columns =>
  Object.fromEntries(
    axes.map((axis) => [axis, typeof shown[0]?.[axis] === 'number' ? ('float64' as const) : ('text' as const)]),
  );

const fanKind: Kind<FanConfig> = {
  name: 'fan',
  version: 1,
  nature: 'pure',
  label: ({ axes, shown }) => `${shown.length} × ${axes.join(' × ')}`,
  work: {
    is: 'whole',
    foreseeable: 'any',
    addsNoRows: true,
    parts: () => ({ main: 'table' }),
    partial: () => true,
    columns: (config, inputs) => {
      const first = Object.values(inputs)[0];
      if (first) refuseTwice(Object.keys(first), config.axes);
      return { main: first && { ...first, ...axisColumns(config) } };
    },
    run: async ({ config, inputs }) => {
      const tables = Object.entries(inputs) as [string, TableInput][];
      const add = tables.flatMap(([, table], i) => Array.from({ length: table.rows }, () => config.shown[i] as Row));
      return { main: { stack: tables.map(([role]) => role), add, addColumns: axisColumns(config) } };
    },
  },
};

/** One memo for each combination, and one long table with a column for each axis. */
export function generateAcross(
  rows: Handle,
  { across, ...config }: { readonly across: Across } & object,
  options: (EngineOptions & GenerateInputs) | undefined,
): AnyTable {
  const both = Object.keys(across).find((axis) => (config as Record<string, unknown>)[axis] !== undefined);
  if (both)
    throw new Error(
      `The setting ${both} stands in across and beside it, so that it is not clear which counts. Leave one of them out.`,
    );
  // In one order, whatever the declaration's: another one would be another table.
  const names = Object.keys(across).sort();
  const axes = names.map((axis) => choices(axis, across[axis] as Across[string]).sort(byShown));
  const combinations = axes.reduce<Choice[][]>(
    (made, next) => made.flatMap((before) => next.map((choice) => [...before, choice])),
    [[]],
  );
  const family = {};
  const tables = combinations.map((chosen) =>
    generateStage<AnyTable>(
      { rows, within: { family, as: chosen.map(({ shown }) => shown).join(' / ') } },
      { ...config, ...Object.fromEntries(chosen.map(({ axis, value }) => [axis, value])) },
      options,
    ),
  );
  const fanned = stage<AnyTable, FanConfig>({
    kind: fanKind,
    within: { family, as: 'all' },
    inputs: Object.fromEntries(tables.map((table, i) => [`table ${i + 1}`, table])),
    config: {
      axes: names,
      shown: combinations.map((chosen) => Object.fromEntries(chosen.map(({ axis, shown }) => [axis, shown]))),
    },
  });
  noteAxes(fanned, names);
  return fanned;
}

/** Numbers by their size, before texts; these by code unit. */
const byShown = ({ shown: a }: Choice, { shown: b }: Choice): number =>
  typeof a === typeof b ? (a < b ? -1 : 1) : typeof a === 'number' ? -1 : 1;

function choices(axis: string, values: Across[string]): Choice[] {
  const made: Choice[] = Array.isArray(values)
    ? values.map((value: string | number | Model) => ({ axis, shown: shownAs(value), value }))
    : Object.entries(values).map(([shown, value]) => ({ axis, shown, value }));
  const twice = made.find(({ shown }, i) => made.findIndex((other) => other.shown === shown) !== i);
  if (twice)
    throw new Error(
      `Two values of the axis ${axis} of across are called ${twice.shown}, and the column ${axis} would not tell them apart. Give them names: ${axis}: { a: …, b: … }.`,
    );
  if (made.length) return made;
  throw new Error(
    `The axis ${axis} of across has no values, so that there is nothing to generate. Give it at least one, or leave it out.`,
  );
}

/** A model goes by its name. */
const shownAs = (value: string | number | Model): string | number => (typeof value === 'object' ? value.name : value);

/** What stands in the column of an axis. */
export type AxisValue<V> = V extends readonly (infer E)[] ? (E extends Model ? string : E) : keyof V & string;
