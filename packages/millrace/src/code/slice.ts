import { isAddress, isLoader } from './address.js';
import { sha } from './disk.js';
import { type Effects, type Holder, packageHolder, seesState } from './effects.js';
import { isKnownGlobal, makesCode, type Read, readOfBuiltin, readOfGlobal, readOfMethod } from './impure.js';
import type { Module, Unit } from './module.js';
import { type Spot, writtenName } from './place.js';
import type { Load, MethodCall, Reference } from './references.js';
import type { Binding } from './scope.js';
import { isWrapper, type Shape, shapeOf } from './shape.js';
import type { FunctionNode, Identifier, Node } from './syntax.js';
import { follow, followLead, partsOf, type Target, type Universe } from './universe.js';

export interface Reached {
  readonly name: string;
  readonly spot: Spot;
  readonly digest: string;
}

export interface Slice {
  readonly digest: string;
  /** The file that the function stands in. */
  readonly home: string;
  readonly units: readonly Reached[];
  /** Packages by name and the folder that asked for them. */
  readonly packages: readonly { readonly package: string; readonly folder: string }[];
  readonly reads: readonly (Read & { readonly spot: Spot })[];
  /** Names that nothing in the project explains. */
  readonly strangers: readonly (Spot & { readonly name: string })[];
  /** Code that is made or chosen while it runs. */
  readonly unreadable: readonly (Spot & { readonly name: string })[];
}

/** A function, where it stands, and the names that it is given from outside. */
export interface Root {
  readonly module: Module;
  readonly unit: Unit;
  readonly node: FunctionNode;
  readonly given: readonly string[];
}

interface Piece {
  readonly module: Module;
  readonly shape: Shape;
  readonly references: readonly Reference[];
  readonly loads: readonly Load[];
  readonly methods: readonly MethodCall[];
  readonly reached: Reached;
  readonly given: readonly string[];
}

interface Walk {
  readonly universe: Universe;
  readonly pieces: Piece[];
  readonly labels: Map<Unit, number>;
  readonly wholes: Set<Module>;
  readonly lines: string[];
  readonly holders: Set<Holder>;
  readonly packages: Map<string, { readonly package: string; readonly folder: string }>;
  readonly reads: (Read & { readonly spot: Spot })[];
  readonly strangers: (Spot & { readonly name: string })[];
  readonly unreadable: (Spot & { readonly name: string })[];
}

/** Everything a function can reach, in an order and with names that only its own text decides. */
export const sliceOf = (root: Root, universe: Universe, effects: Effects): Slice => {
  const walk: Walk = {
    universe,
    pieces: [],
    labels: new Map(),
    wholes: new Set(),
    lines: [],
    holders: new Set(),
    packages: new Map(),
    reads: [],
    strangers: [],
    unreadable: [],
  };
  begin(root, walk);
  drain(walk);
  // A function in a CommonJS file may use all of that file.
  if (root.unit.value && isWrapper(root.unit.value)) label(root.unit, walk);
  drain(walk);
  let changes = false;
  for (let more = missing(walk, effects); more.length > 0; more = missing(walk, effects)) {
    changes = true;
    for (const unit of more) label(unit, walk);
    drain(walk);
  }
  if (changes) walk.lines.push(sequence(walk));
  const { packages, reads, strangers, unreadable, pieces } = walk;
  return {
    digest: sha(walk.lines.join('\n')),
    home: root.module.origin(root.node.start)?.file ?? '',
    units: pieces.map((piece) => piece.reached),
    packages: [...packages.values()],
    reads,
    strangers,
    unreadable,
  };
};

const begin = ({ module, unit, node, given }: Root, walk: Walk) => {
  const inside = <T extends { readonly node: Node }>(each: T) =>
    node.start <= each.node.start && each.node.end <= node.end;
  const shape = shapeOf(node, module.scopes);
  const reached = reachedOf(nameOf(node, unit), { module, node }, shape);
  const { references, loads, methods } = unit;
  // A function that is the whole of its declaration is the declaration: calling itself leads back here.
  if (unit.node === node || unit.value === node) walk.labels.set(unit, 0);
  walk.pieces.push({
    module,
    shape,
    reached,
    given,
    references: references.filter(inside),
    loads: loads.filter(inside),
    methods: methods.filter(inside),
  });
};

const nameOf = (node: FunctionNode, unit: Unit) =>
  node.type !== 'ArrowFunctionExpression' && node.id ? node.id.name : unit.name;

const nameOfUnit = ({ module, bindings: [binding], name }: Unit) => {
  const [identifier] = binding?.identifiers ?? [];
  return identifier ? writtenName({ module, node: identifier }, name) : name;
};

const reachedOf = (name: string, spot: Spot, shape: Shape): Reached => ({ name, spot, digest: sha(shape.text) });

const pieceByUnit = new WeakMap<Unit, Piece>();

/** Many functions reach the same units: what is the same for all of them is made once. */
const pieceOf = (unit: Unit): Piece => {
  const known = pieceByUnit.get(unit);
  if (known) return known;
  const { module, references, loads, methods, node } = unit;
  const shape = shapeOf(node, module.scopes);
  const reached = reachedOf(nameOfUnit(unit), { module, node }, shape);
  const piece = { module, shape, references, loads, methods, given: [], reached };
  pieceByUnit.set(unit, piece);
  return piece;
};

const drain = (walk: Walk) => {
  for (let at = walk.lines.length; at < walk.pieces.length; at++) walk.lines.push(lineOf(walk.pieces[at]!, walk));
};

/** A piece's own form and what each of its open places stands for. */
const lineOf = (piece: Piece, walk: Walk): string => {
  look(piece, walk);
  const words = piece.shape.slots.map((slot) => {
    if ('specifier' in slot) return wordOf(loaded(slot.specifier, piece, walk), walk);
    return nameWord(slot.name, referenceAt(slot.name, piece), piece, walk);
  });
  return `${piece.reached.digest} ${words.join(' ')}`;
};

const referencesByPiece = new WeakMap<Piece, Map<Identifier, Reference>>();

const referenceAt = (name: Identifier, piece: Piece): Reference | undefined => {
  const known = referencesByPiece.get(piece) ?? new Map(piece.references.map((each) => [each.node, each]));
  referencesByPiece.set(piece, known);
  return known.get(name);
};

const loaded = (specifier: string, { module }: Piece, { universe }: Walk): Target => {
  const lead = module.leads.get(specifier);
  return lead ? followLead(universe, lead, '*') : { is: 'missing', name: specifier };
};

const nameWord = (node: Identifier, reference: Reference | undefined, piece: Piece, walk: Walk): string => {
  const { module, given } = piece;
  const said = given.length > 0 ? writtenName({ module, node }, node.name) : '';
  if (given.includes(said)) return `given:${said}`;
  const binding = module.scopes.of.get(node);
  if (!binding) return globalWord(node, reference, piece, walk);
  if (binding.scope !== module.scopes.top) return `captured:${node.name}`;
  if (isLoader(node.name)) walk.unreadable.push({ module, node, name: 'import' });
  if (isAddress(node.name)) return 'address';
  if (isGenerated(binding, module)) return `helper:${node.name.replace(/\d+$/, '')}`;
  const target = follow(walk.universe, module, binding, reference?.path[0]);
  if (reference) watch(target, reference, piece, walk);
  return wordOf(target, walk, module, node);
};

/** What the compiler adds for syntax newer than its target comes from no file; its text is its own business. */
const isGenerated = ({ name, identifiers }: Binding, { origin }: Module) =>
  name.startsWith('__') && identifiers.every(({ start }) => origin(start) === undefined);

const globalWord = (node: Identifier, reference: Reference | undefined, { module }: Piece, walk: Walk): string => {
  const spot = { module, node };
  if (!isKnownGlobal(node.name)) walk.strangers.push({ ...spot, name: node.name });
  const read = reference && readOfGlobal(reference);
  if (read) walk.reads.push({ ...read, spot });
  if (reference && makesCode(reference)) walk.unreadable.push({ ...spot, name: node.name });
  return `global:${node.name}`;
};

/** Notes what a mention makes the slice depend on besides the text. */
const watch = (target: Target, reference: Reference, { module }: Piece, walk: Walk) => {
  if (target.is === 'units') for (const unit of target.units) if (seesState(unit, reference)) walk.holders.add(unit);
  if (target.is === 'package') walk.holders.add(packageHolder(target.package));
  const path = target.is === 'builtin' && target.name.includes('.') ? reference.path.slice(1) : reference.path;
  const read =
    target.is === 'builtin' ? readOfBuiltin(target.builtin, target.name, { node: reference.node, path }) : undefined;
  if (read) walk.reads.push({ ...read, spot: { module, node: reference.node } });
  if (target.is === 'builtin' && RUNS_TEXT.test(`${target.builtin} ${target.name}`))
    walk.unreadable.push({ module, node: reference.node, name: reference.node.name });
};

/** What Node offers to load or run code by name or text. */
const RUNS_TEXT = /^(vm|repl) |^module .*createRequire/;

const look = ({ module, loads, methods }: Piece, walk: Walk) => {
  for (const { node, specifier } of loads)
    if (specifier === undefined) walk.unreadable.push({ module, node, name: 'import' });
  for (const method of methods) {
    const read = readOfMethod(method);
    if (read) walk.reads.push({ ...read, spot: { module, node: method.node } });
  }
};

const wordOf = (target: Target, walk: Walk, module?: Module, node?: Identifier): string => {
  switch (target.is) {
    case 'units':
      return target.units.map((unit) => `${label(unit, walk)}.${target.index}`).join('+');
    case 'whole':
      return labelWhole(target.module, walk);
    case 'package':
      walk.packages.set(`${target.package}\0${target.folder}`, { package: target.package, folder: target.folder });
      return `package:${target.package}#${target.name}`;
    case 'builtin':
      return `builtin:${target.builtin}#${target.name}`;
    case 'missing':
      if (module && node) walk.strangers.push({ module, node, name: target.name });
      return `missing:${target.name}`;
  }
};

const label = (unit: Unit, walk: Walk): number => {
  const known = walk.labels.get(unit);
  if (known !== undefined) return known;
  const number = walk.pieces.length;
  walk.labels.set(unit, number);
  walk.pieces.push(pieceOf(unit));
  return number;
};

const labelWhole = (module: Module, walk: Walk): string => {
  if (walk.wholes.has(module)) return `again:${[...walk.wholes].indexOf(module)}`;
  walk.wholes.add(module);
  return `whole:(${partsOf(walk.universe, module)
    .map(([name, part]) => `${name}=${wordOf(part, walk)}`)
    .join(' ')})`;
};

/** Units not yet in that may change what is. */
const missing = (walk: Walk, effects: Effects): Unit[] => {
  const found = new Set(effects.onGlobals);
  for (const holder of walk.holders) for (const unit of effects.on.get(holder) ?? []) found.add(unit);
  for (const unit of found) if (walk.labels.has(unit)) found.delete(unit);
  return found.size === 0 ? [] : walk.universe.units.filter((unit) => found.has(unit));
};

/** Where statements change state, the order of what runs while loading is part of the answer. */
const sequence = (walk: Walk): string =>
  walk.universe.units
    .filter((unit) => walk.labels.has(unit) && unit.references.some(({ loading }) => loading))
    .map((unit) => walk.labels.get(unit))
    .join(' ');
