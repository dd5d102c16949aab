import { type Columns, type Kind, type Row, type TableInput, type Type, typeName } from '@millrace/core';
import { refuseTwice } from '../beside/stage.js';
import { goodRows, tableIn, valuesOf } from '../functions/table.js';
import { matchKeys } from './keys.js';

export type How = 'inner' | 'left' | 'semi' | 'anti';

export interface JoinConfig {
  /** Column of the left table → column of the right one. */
  readonly on: Readonly<Record<string, string>>;
  readonly how: How;
  /** Column of the right table → its name in the answer. Undefined: all but those joined on. */
  readonly take: Readonly<Record<string, string>> | undefined;
  /** What becomes of a row that matches several. */
  readonly several: 'all' | 'first' | 'refuse';
  readonly partial: boolean;
}

const taken = ({ on, how, take }: JoinConfig, right: Columns): Record<string, string> => {
  if (how === 'semi' || how === 'anti') return {};
  if (take) return take;
  const keys = new Set(Object.values(on));
  return Object.fromEntries(
    Object.keys(right)
      .filter((name) => !keys.has(name))
      .map((name) => [name, name]),
  );
};

/** Rows of two tables that belong together. The columns of the left one are not written again. */
export const joinKind: Kind<JoinConfig> = {
  name: 'join',
  version: 1,
  nature: 'pure',
  label: ({ how, on }) => `${how} on ${Object.keys(on).join(', ')}`,
  work: {
    is: 'whole',
    foreseeable: 'complete',
    parts: () => ({ main: 'table' }),
    partial: ({ partial }) => partial,
    reads: (config, role) => (role === 'rows' ? 'all' : readsRight(config)),
    names: ({ on, take }, role) =>
      role === 'rows' ? Object.keys(on) : [...Object.values(on), ...Object.keys(take ?? {})],
    columns: (config, { rows, right }) => ({ main: columnsOf(config, rows, right) }),
    run: async ({ config, inputs }) => {
      const [left, right] = [tableIn(inputs, 'rows'), tableIn(inputs, 'right')];
      const pairs = pairsOf(
        config,
        await keysOf(left, Object.keys(config.on)),
        await keysOf(right, Object.values(config.on)),
      );
      const main = { select: Int32Array.from(pairs.left), from: 'rows' };
      const take = taken(config, right.columns);
      if (Object.keys(take).length === 0) return { main };
      return { main: { ...main, ...(await added(right, take, pairs.right)) } };
    },
  },
};

function readsRight({ on, how, take }: JoinConfig): readonly string[] | 'all' {
  const keys = Object.values(on);
  if (how === 'semi' || how === 'anti') return keys;
  return take ? [...new Set([...keys, ...Object.keys(take)])] : 'all';
}

function columnsOf(config: JoinConfig, left: Columns | undefined, right: Columns | undefined): Columns | undefined {
  if (!left || !right) return undefined;
  for (const [here, there] of Object.entries(config.on)) requireMatch([here, left[here]], [there, right[there]]);
  const take = Object.entries(taken(config, right));
  refuseTwice(
    Object.keys(left),
    take.map(([, to]) => to),
  );
  return { ...left, ...Object.fromEntries(take.map(([from, to]) => [to, right[from] ?? 'null'])) };
}

type Named = readonly [name: string, type: Type | undefined];

/** A text is never equal to a number: no row would match, and an anti join would keep all. */
function requireMatch([here, left]: Named, [there, right]: Named): void {
  const [a, b] = [classOf(left), classOf(right)];
  if (a === undefined || b === undefined || a === b) return;
  throw new Error(
    `join is on ${here}, which is ${typeName(left as Type)}, and on ${there} of the right table, which is ${typeName(right as Type)}: nothing would ever match. Convert one in a map, or declare it alike in the source.`,
  );
}

function classOf(type: Type | undefined): string | undefined {
  if (type === 'text' || type === 'bool') return type;
  return typeof type === 'string' && /^(u?int|float)/.test(type) ? 'number' : undefined;
}

interface Keys {
  readonly rows: Int32Array;
  readonly keys: ReturnType<typeof matchKeys>;
}

const keysOf = async (table: TableInput, names: readonly string[]): Promise<Keys> => ({
  rows: goodRows(table),
  keys: matchKeys(await valuesOf(table, names)),
});

interface Pairs {
  readonly left: number[];
  /** −1: no row matches. */
  readonly right: number[];
}

function pairsOf(config: JoinConfig, left: Keys, right: Keys): Pairs {
  const index = indexOf(right);
  const pairs: Pairs = { left: [], right: [] };
  for (const row of left.rows) {
    const key = left.keys[row];
    for (const match of matchesOf(config, key === undefined ? undefined : index.get(key), key)) {
      pairs.left.push(row);
      pairs.right.push(match);
    }
  }
  return pairs;
}

function indexOf({ rows, keys }: Keys): Map<unknown, number[]> {
  const index = new Map<unknown, number[]>();
  for (const row of rows) {
    const key = keys[row];
    if (key === undefined) continue;
    const same = index.get(key);
    if (same) same.push(row);
    else index.set(key, [row]);
  }
  return index;
}

const NONE = [-1];

function matchesOf(
  { how, several, on }: JoinConfig,
  found: readonly number[] | undefined,
  key: unknown,
): readonly number[] {
  if (how === 'semi') return found ? NONE : [];
  if (how === 'anti') return found ? [] : NONE;
  if (!found) return how === 'left' ? NONE : [];
  if (found.length === 1 || several === 'all') return found;
  if (several === 'first') return found.slice(0, 1);
  throw new Error(
    `join found ${found.length} rows of the right table with ${Object.values(on).join(', ')} ${String(key)}, and several: 'refuse' allows one. Remove the duplicates (dedupe), or say several: 'first' or 'all'.`,
  );
}

async function added(right: TableInput, take: Readonly<Record<string, string>>, rows: readonly number[]) {
  const names = Object.entries(take);
  const values = await right.all(Object.keys(take));
  const renamed = values.map((row) => Object.fromEntries(names.map(([from, to]) => [to, row[from]])));
  const none: Row = {};
  return {
    add: rows.map((row) => (row < 0 ? none : (renamed[row] as Row))),
    addColumns: Object.fromEntries(names.map(([from, to]) => [to, right.columns[from] ?? ('null' as const)])),
  };
}
