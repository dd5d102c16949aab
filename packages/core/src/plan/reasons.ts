import type { Plain } from '../declare/plain.js';
import type { Recipe } from '../identity/recipe.js';
import type { CodeUnit } from '../ports/code.js';
import type { Stored } from '../ports/store.js';
import { type Node, nameOf } from './node.js';
import type { ChangedUnit, Reason } from './reason.js';

/** The difference of a node to the nearest earlier entry, down to the value. The same walk over the recipe that makes the key. */
export const reasonsOf = (node: Node, before: Stored | undefined): Reason[] =>
  before ? differences(before, node) : [{ is: 'new' }];

export function differences(before: Stored, node: Node): Reason[] {
  const was = before.recipe as Recipe;
  const now = node.recipe;
  return [
    ...(was.scheme === now.scheme ? [] : [changed('scheme', was.scheme, now.scheme)]),
    ...(was.version === now.version ? [] : [changed('version', was.version, now.version)]),
    ...codeReasons(before, node),
    ...valueReasons('config', was.config, now.config),
    ...valueReasons('data', was.world, now.world),
    ...(was.head === now.head ? [] : [changed('rows', was.head, now.head)]),
    ...inputReasons(was, node),
  ];
}

const changed = (path: string, before: Plain | undefined, after: Plain | undefined): Reason => ({
  is: 'changed',
  path,
  ...(before !== undefined && { before }),
  ...(after !== undefined && { after }),
});

function codeReasons(before: Stored, node: Node): Reason[] {
  const was = (before.recipe as Recipe).code;
  const units = (before.detail['units'] ?? {}) as Record<string, readonly CodeUnit[]>;
  const names = new Set([...Object.keys(was), ...Object.keys(node.recipe.code)]);
  return [...names]
    .filter((fn) => was[fn] !== node.recipe.code[fn])
    .map((fn) => ({ is: 'code', fn, units: changedUnits(units[fn] ?? [], node.units[fn] ?? []) }));
}

function changedUnits(before: readonly CodeUnit[], after: readonly CodeUnit[]): ChangedUnit[] {
  const was = new Map(before.map((unit) => [unit.name, unit]));
  const now = new Map(after.map((unit) => [unit.name, unit]));
  return [
    ...after
      .filter((u) => was.get(u.name)?.digest !== u.digest)
      .map((u) => said(u, was.has(u.name) ? 'changed' : 'added')),
    ...before.filter((u) => !now.has(u.name)).map((u) => said(u, 'removed')),
  ];
}

const said = ({ name, place }: CodeUnit, change: ChangedUnit['change']): ChangedUnit => ({ name, place, change });

/** Leaf by leaf, so that a person reads `config.temperature 0.7 → 0` and not two configs. */
function valueReasons(path: string, before: Plain | undefined, after: Plain | undefined): Reason[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (!isRecord(before) || !isRecord(after)) return [changed(path, before, after)];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => valueReasons(`${path}.${key}`, before[key], after[key]));
}

const isRecord = (value: Plain | undefined): value is { readonly [key: string]: Plain } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function inputReasons(was: Recipe, node: Node): Reason[] {
  return node.inputs
    .filter((input) => {
      const before = was.inputs.find((i) => i.role === input.role);
      return before?.fingerprint !== input.node.fingerprint || before.part !== input.part;
    })
    .map(({ role, node: above }) => ({ is: 'upstream', role, stage: nameOf(above) }));
}
