import type { Load, Mention, Reference } from '../syntax/references.js';
import type { Module, Unit } from './module.js';
import { isFlat, isLeaf, type Nature, natureOf } from './nature.js';
import { isGenerated } from './place.js';
import { follow, partsOf, type Target, type Universe } from './universe.js';

/** Something that keeps state between statements: a declaration, an imported file, a package. */
export type Holder = Unit | string;

export interface Effects {
  /** Units that may change a holder while the modules load. */
  readonly on: ReadonlyMap<Holder, readonly Unit[]>;
  /** Units that give a variable another value: whoever mentions it sees that. */
  readonly sets: ReadonlyMap<Unit, readonly Unit[]>;
  /** Units that set members of globals: anybody may see it. */
  readonly onGlobals: readonly Unit[];
}

export const NO_EFFECTS: Effects = { on: new Map(), sets: new Map(), onGlobals: [] };

export const packageHolder = (name: string) => `package ${name}`;

/** Which top-level code may touch what, judged from all that it can call: too much rather than too little. */
export const effectsIn = (universe: Universe): Effects => {
  const on = new Map<Holder, Unit[]>();
  const sets = new Map<Unit, Unit[]>();
  const onGlobals: Unit[] = [];
  const spaces = namespacesIn(universe);
  for (const unit of universe.units) {
    if (!hasEffects(unit)) continue;
    const touched = touchedBy({ universe, spaces }, unit);
    for (const holder of touched.holders) on.set(holder, [...(on.get(holder) ?? []), unit]);
    for (const variable of touched.sets) sets.set(variable, [...(sets.get(variable) ?? []), unit]);
    if (touched.globals) onGlobals.push(unit);
  }
  return { on, sets, onGlobals };
};

/** `__export(names, { … })`: how the bundler fills the object that stands for a whole module. */
const exportedBy = ({ node }: Unit): number | undefined => {
  const call = node.type === 'ExpressionStatement' ? node.expression : undefined;
  const [first] =
    call?.type === 'CallExpression' && call.callee.type === 'Identifier' && call.callee.name === '__export'
      ? call.arguments
      : [];
  return first?.start;
};

/** What names all that the object of a whole module gives, by that object. */
type Namespaces = ReadonlyMap<Unit, Unit>;

const namespacesIn = ({ units }: Universe): Namespaces =>
  new Map(
    units.flatMap((unit) => {
      const only = exportedBy(unit);
      const named = unit.references.find(({ node }) => node.start === only);
      const objects = (named?.binding && unit.module.unitsOf.get(named.binding)) ?? [];
      return objects.map((object) => [object, unit] as const);
    }),
  );

interface Around {
  readonly universe: Universe;
  readonly spaces: Namespaces;
}

const hasEffects = (unit: Unit) =>
  unit.kind !== 'function' &&
  (unit.kind === 'statement' ||
    [...unit.references, ...unit.loads].some(({ loading, use }) => loading && use !== 'read') ||
    unit.methods.length > 0);

interface Touched {
  readonly holders: Set<Holder>;
  readonly sets: Set<Unit>;
  /** Classes that objects are made of: what reaches for prototypes may change them. */
  readonly born: Set<Unit>;
  /** Modules that are handed on as a whole. */
  readonly spaces: Set<Unit>;
  globals: boolean;
}

type Way = 'run' | 'alias';

const touchedBy = (around: Around, unit: Unit): Touched => {
  const touched: Touched = { holders: new Set(), sets: new Set(), born: new Set(), spaces: new Set(), globals: false };
  const seen = new Set<Unit>([unit]);
  const only = exportedBy(unit);
  const queue: [Unit, Reference, Way][] = unit.references
    .filter(({ loading, node }) => loading && (only === undefined || node.start === only))
    .map((each) => [unit, each, 'run']);
  const loads: [Unit, Load, Way][] = unit.loads.filter(({ loading }) => loading).map((each) => [unit, each, 'run']);
  const go = (next: Unit) => {
    if (seen.has(next)) return;
    seen.add(next);
    for (const each of next.loads) loads.push([next, each, next.kind === 'variable' && each.loading ? 'alias' : 'run']);
    for (const each of next.references)
      queue.push([next, each, next.kind === 'variable' && each.loading ? 'alias' : 'run']);
  };
  const bare = unit.node.type === 'ImportDeclaration' ? unit.module.leads.get(`${unit.node.source.value}`) : undefined;
  if (bare && 'package' in bare) touched.holders.add(packageHolder(bare.package));
  for (let step = queue.pop() ?? loads.pop(); step; step = queue.pop() ?? loads.pop()) {
    const [from, reference, way] = step;
    const forEffect = unit.kind === 'statement' || ('forEffect' in reference && reference.forEffect);
    if (!('binding' in reference)) touchLoad(around, { from, load: reference, way, forEffect }, { touched, go });
    else if (!reference.binding) touched.globals ||= changesGlobal(reference);
    else if (reference.binding.scope === from.module.scopes.top)
      touch(around, { from, reference, way, forEffect }, { touched, go });
  }
  const reached = [...seen].map(prototypesIn);
  if (reached.some((found) => found !== 'none')) for (const born of touched.born) touched.holders.add(born);
  const runs = unit.kind === 'statement' || unit.references.some(({ loading }) => loading);
  const itself = unit.kind === 'statement' && reached[0] !== 'none';
  touched.globals ||= itself || (runs && reached.includes('built in'));
  return touched;
};

type Prototypes = 'none' | 'some' | 'built in';
const prototypes = new WeakMap<Unit, Prototypes>();

/** `Object.getPrototypeOf(x).a = …`, `x.__proto__.a = …`, `x.constructor.prototype.a = …` */
const prototypesIn = (unit: Unit): Prototypes => {
  const known = prototypes.get(unit);
  if (known) return known;
  const { node, module, bindings } = unit;
  const text = module.text.slice(node.start, node.end);
  const reaches = PROTOTYPE.test(text) && !bindings.some((binding) => isGenerated(binding, module));
  const found = reaches ? (OF_LITERAL.test(text) ? 'built in' : 'some') : 'none';
  prototypes.set(unit, found);
  return found;
};

const PROTOTYPE = /__proto__|getPrototypeOf|\bconstructor\b(?!\s*\(|\.name\b)/;
const OF_LITERAL = /getPrototypeOf\(\s*['"`[{\d/]|['"`\]})]\s*\.\s*(__proto__|constructor)/;

interface Step {
  readonly from: Unit;
  readonly reference: Reference;
  readonly way: Way;
  readonly forEffect: boolean;
}

interface Walk {
  readonly touched: Touched;
  readonly go: (unit: Unit) => void;
}

const touch = (around: Around, { from, reference, way, forEffect }: Step, walk: Walk) => {
  const target = follow(around.universe, from.module, reference.binding!, reference.path[0]);
  if (target.is === 'package' && forEffect) walk.touched.holders.add(packageHolder(target.package));
  if (target.is === 'units') touchUnits(around, { units: target.units, mention: reference, way, forEffect }, walk);
};

interface Use extends Pick<Step, 'way' | 'forEffect'> {
  readonly units: readonly Unit[];
  readonly mention: Mention;
}

const touchUnits = (around: Around, { units, mention, way, forEffect }: Use, walk: Walk) => {
  const { touched, go } = walk;
  for (const unit of units) {
    const changes = mayChange(unit, mention, way);
    if (mention.use === 'write' && mention.path.length === 0) touched.sets.add(unit);
    if (mention.use === 'new') touched.born.add(unit);
    if (changes) touched.holders.add(unit);
    if (changes) touchMembers(around, { of: unit, way, forEffect }, walk);
    if (changes || mention.use !== 'read' || mention.goes === 'callback') if (!unit.declared) go(unit);
  }
};

const WHOLE: Mention = { path: [], use: 'read', given: 0, goes: 'out' };

/** What is done to a file of the user's own that is loaded later: to one thing that it gives, or to whichever. */
const touchLoad = (
  around: Around,
  { from, load, way, forEffect }: Omit<Step, 'reference'> & { readonly load: Load },
  walk: Walk,
) => {
  const lead = from.module.leads.get(load.specifier ?? '');
  const module = lead && 'output' in lead ? around.universe.modules.get(lead.output) : undefined;
  if (!module || (load.use === 'read' && load.goes === 'nowhere') || (way === 'run' && isKept(load, from))) return;
  const [member = '', ...path] = load.path;
  const isOne = module.exports.has(member);
  for (const [name, target] of partsOf(around.universe, module)) {
    if (isOne ? name !== member : load.takes && !load.takes.includes(name)) continue;
    const mention = isOne ? { ...load, path } : WHOLE;
    touchUnits(around, { units: unitsIn(target, around.universe), mention, way, forEffect }, walk);
  }
};

const unitsIn = (target: Target, universe: Universe, seen = new Set<Module>()): readonly Unit[] => {
  if (target.is === 'units') return target.units;
  if (target.is !== 'whole' || seen.has(target.module)) return [];
  seen.add(target.module);
  return partsOf(universe, target.module).flatMap(([, part]) => unitsIn(part, universe, seen));
};

/** `const late = await import('./x')`: what is done to it is done by its name. */
const isKept = ({ node }: Load, { kind, value }: Unit) =>
  kind === 'variable' && (value === node || (value?.type === 'AwaitExpression' && value.argument === node));

/** Who gets the object of a whole module may change whatever it gives. */
const touchMembers = (
  around: Around,
  { of, way, forEffect }: Omit<Step, 'from' | 'reference'> & { readonly of: Unit },
  walk: Walk,
) => {
  const from = around.spaces.get(of);
  if (!from || walk.touched.spaces.has(from)) return;
  walk.touched.spaces.add(from);
  const only = exportedBy(from);
  for (const reference of from.references)
    if (reference.node.start !== only && reference.binding?.scope === from.module.scopes.top)
      touch(around, { from, reference, way, forEffect }, walk);
};

const mayChange = (unit: Unit, mention: Mention, way: Way): boolean => {
  if (mention.use === 'write') return true;
  if (mention.goes === 'framework') return false;
  return JUDGES[natureOf(unit)](unit, mention, way);
};

const JUDGES: Readonly<Record<Nature, (unit: Unit, mention: Mention, way: Way) => boolean>> = {
  declared: () => false,
  primitive: () => false,
  function: (_, { use, path, goes }) =>
    use === 'call' ? !isPlainCall(path) : use === 'read' && path.length === 0 && goes === 'out',
  class: (_, { use, path, goes }) => (use === 'read' ? goes === 'out' : path.length > 0),
  literal: (unit, mention, way) => mayChangeLiteral(unit, mention, way),
  opaque: (_, { goes, path, use }, way) =>
    use !== 'read' || !(goes === 'nowhere' || (goes === 'builtin' && way === 'run' && path.length === 0)),
};

const mayChangeLiteral = (unit: Unit, { use, path, goes, exposes }: Mention, way: Way): boolean => {
  if (use !== 'read') return exposes === true || !(isFlat(unit) && PURE_METHODS.has(path.at(-1) ?? ''));
  if (path.length > 0 && isLeaf(unit, path)) return false;
  if (goes === 'nowhere') return false;
  if (goes === 'builtin') return way === 'alias';
  return goes === 'out' || goes === 'callback' || !isFlat(unit);
};

const isPlainCall = (path: readonly string[]) =>
  path.length === 0 || (path.length === 1 && ['call', 'apply', 'bind'].includes(path[0]!));

const PURE_METHODS = new Set(
  'at concat entries every filter find findIndex findLast flat flatMap forEach get has includes indexOf join keys lastIndexOf map reduce reduceRight slice some toReversed toSorted toString values with'.split(
    ' ',
  ),
);

/** Setting members of what the host or the language provides, except where that is only output. */
const changesGlobal = ({ node, use, path }: Reference): boolean => {
  if (['console', 'process', 'module', 'exports', 'require'].includes(node.name)) return false;
  // Text that runs in the scope of a module may change anything in it.
  if (node.name === 'eval') return use === 'call';
  if (use === 'write') return path.length > 0;
  return use === 'read' && (path.at(-1) === 'prototype' || (path.length === 0 && node.name === 'globalThis'));
};

/** Does code that mentions a unit in this way see a change of the unit's state? */
export const seesState = (unit: Unit, { use, path, goes }: Reference): boolean => {
  switch (natureOf(unit)) {
    case 'declared':
      return false;
    case 'function':
      return use === 'new' || (use === 'read' && path.length === 0 && goes !== 'callback') || !isPlainCall(path);
    default:
      return true;
  }
};
