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
    ...worldReasons(was.world, node),
    ...(was.head === now.head ? [] : [changed('rows', was.head, now.head)]),
    ...inputReasons(was, node),
  ];
}

const changed = (
  path: string,
  before: Plain | undefined,
  after: Plain | undefined,
): Extract<Reason, { is: 'changed' }> => ({
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

/** What lies outside goes by the name that the stage gives it; a source is what it reads. */
function worldReasons(was: Plain, { stage, recipe, inputs }: Node): Reason[] {
  const { kind, config } = stage;
  return leaves(was, recipe.world).map(({ path, before, after }) => {
    const what = kind.worldName?.(config, path) ?? (inputs.length === 0 ? kind.label?.(config) : undefined);
    return { ...changed(['data', ...path].join('.'), before, after), ...(what !== undefined && { what }) };
  });
}

/** Leaf by leaf, so that a person reads `config.temperature 0.7 → 0` and not two configs. */
const valueReasons = (name: string, was: Plain, now: Plain): Reason[] =>
  leaves(was, now).map(({ path, before, after }) => changed([name, ...path].join('.'), before, after));

interface Leaf {
  readonly path: readonly string[];
  readonly before: Plain | undefined;
  readonly after: Plain | undefined;
}

function leaves(before: Plain | undefined, after: Plain | undefined, path: readonly string[] = []): Leaf[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (!isRecord(before) || !isRecord(after)) return [{ path, before, after }];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => leaves(before[key], after[key], [...path, key]));
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
