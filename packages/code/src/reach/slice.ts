import type { PackageLead } from '../bundle/edges.js';
import { sha } from '../digest.js';
import { isAddress, isLoader, placeAsked } from '../syntax/address.js';
import { isRequire, type Mention, type Reference } from '../syntax/references.js';
import { isWrapper } from '../syntax/shape.js';
import type { Identifier, Node } from '../syntax/syntax.js';
import { besides } from './beside.js';
import { type Effects, type Holder, packageHolder, seesState } from './effects.js';
import { isKnownGlobal, makesCode, type Read, readOfBuiltin, readOfGlobal, readOfMethod } from './impure.js';
import type { Module, Unit } from './module.js';
import { namedBy, namesOf } from './named.js';
import { ANY_PARAM, declaredIn, givesParams, givesSecrets, paramsRead } from './params.js';
import { type Piece, pieceOf, type Reached, type Root, referenceAt, rootPiece } from './piece.js';
import { isGenerated, type Spot, writtenName } from './place.js';
import { resultsReadIn } from './results.js';
import { givenByRuns, unitsAt } from './runs.js';
import { follow, followLead, partsOf, type Target, type Universe } from './universe.js';

export interface Slice {
  readonly digest: string;
  /** The file that the function stands in. */
  readonly home: string;
  readonly units: readonly Reached[];
  /** What it reaches at the top of modules. */
  readonly holds: ReadonlySet<Unit>;
  /** In the order in which they are first named. */
  readonly packages: readonly PackageLead[];
  /** Which of them each word for a package means, where one word means several. */
  readonly mentions: readonly number[];
  /** Packages that may change what it reaches. */
  readonly beside: readonly PackageLead[];
  /** It formats dates, numbers or texts by the data of Node's ICU. */
  readonly formats: boolean;
  readonly reads: readonly (Read & { readonly spot: Spot })[];
  /** Parameters of the pipeline that it reads, or any. */
  readonly params: readonly string[];
  /** Where it reaches for secrets. */
  readonly secrets: readonly Spot[];
  /** Names that nothing in the project explains. */
  readonly strangers: readonly (Spot & { readonly name: string })[];
  /** Code that is made or chosen while it runs. */
  readonly unreadable: readonly (Spot & { readonly name: string })[];
}

interface Walk {
  readonly universe: Universe;
  readonly pieces: Piece[];
  readonly labels: Map<Unit, number>;
  readonly wholes: Set<Module>;
  readonly lines: string[];
  readonly holders: Set<Holder>;
  readonly packages: Map<string, PackageLead>;
  readonly mentions: string[];
  readonly reads: (Read & { readonly spot: Spot })[];
  readonly params: Set<string>;
  readonly secrets: Spot[];
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
    mentions: [],
    reads: [],
    params: new Set(),
    secrets: [],
    strangers: [],
    unreadable: [],
  };
  // A function that is the whole of its declaration is the declaration: calling itself leads back here.
  if (root.unit.node === root.node || root.unit.value === root.node) walk.labels.set(root.unit, 0);
  walk.pieces.push(rootPiece(root));
  drain(walk);
  // A function in a CommonJS file may use all of that file.
  if (root.unit.value && isWrapper(root.unit.value)) label(root.unit, walk);
  drain(walk);
  let changes = false;
  for (let more = missing(walk, effects); more.length > 0; more = missing(walk, effects)) {
    changes = true;
    for (const unit of more) labelChange(unit, walk);
    drain(walk);
  }
  if (changes) walk.lines.push(sequence(walk));
  if (walk.pieces.some((piece) => piece.tellsNames)) walk.lines.push(namesOf(walk.labels.keys()));
  const { packages, reads, params, secrets, strangers, unreadable, pieces } = walk;
  const home = root.module.origin(root.node.start)?.file ?? '';
  const files = new Set([home, ...filesOf(pieces)]);
  const beside = besides(files, new Set(packages.keys()), universe);
  return {
    digest: sha(walk.lines.join('\n')),
    home,
    units: pieces.map((piece) => piece.reached),
    holds: new Set([...walk.labels.keys(), ...importsOf(files, beside, universe)]),
    packages: [...packages.values()],
    mentions: mentionsIn(walk),
    beside,
    formats:
      walk.lines.some((line) => /\bglobal:Intl\b/.test(line)) || pieces.some(({ shape }) => FORMATS.test(shape.text)),
    reads,
    params: [...params].sort(),
    secrets,
    strangers,
    unreadable,
  };
};

const FORMATS = /\bIntl\b|\btoLocale(?:Date|Time)?String\b|\blocaleCompare\b/;

const filesOf = (pieces: readonly Piece[]) =>
  pieces.flatMap(({ reached: { spot } }) => spot.module.origin(spot.node.start)?.file ?? []);

/** The statements by which its own files import packages for their effect. */
const importsOf = (
  files: ReadonlySet<string>,
  beside: readonly PackageLead[],
  { units, surroundings: { imports } }: Universe,
): Unit[] => {
  const own = new Set([...files].flatMap((file) => imports.get(file) ?? []));
  const addresses = new Set(beside.flatMap(({ address }) => (own.has(address) ? [address] : [])));
  if (addresses.size === 0) return [];
  return units.filter(({ node }) => node.type === 'ImportDeclaration' && addresses.has(`${node.source.value}`));
};

/** The text has the name of a package only: two that are installed under one name are told apart by their places in it. */
const mentionsIn = ({ packages, mentions }: Walk): readonly number[] => {
  const names = new Set([...packages.values()].map(({ specifier }) => specifier));
  if (names.size === packages.size) return [];
  const order = [...packages.keys()];
  return mentions.map((address) => order.indexOf(address));
};

const drain = (walk: Walk) => {
  for (let at = walk.lines.length; at < walk.pieces.length; at++) walk.lines.push(lineOf(walk.pieces[at]!, walk));
};

/** A piece's own form and what each of its open places stands for. */
const lineOf = (piece: Piece, walk: Walk): string => {
  look(piece, walk);
  const words = piece.shape.slots.map((slot) => {
    if ('specifier' in slot) {
      const target = loaded(slot.specifier, piece, walk);
      if (givesParams(target)) walk.params.add(ANY_PARAM);
      return wordOf(target, walk);
    }
    return nameWord(slot.name, referenceAt(slot.name, piece), piece, walk);
  });
  return `${piece.reached.digest} ${words.join(' ')}`;
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
  const asked = placeAsked(node.name);
  if (asked) walk.reads.push({ word: 'place', name: asked, node, spot: { module, node } });
  if (isAddress(node.name)) return 'address';
  if (reference && isRequire(node) && !isLoaded(reference)) walk.unreadable.push({ module, node, name: 'require' });
  if (isGenerated(binding, module)) return `helper:${node.name.replace(/\d+$/, '')}`;
  const target = follow(walk.universe, module, binding, reference?.path[0]);
  if (reference) watch(target, reference, piece, walk);
  if (givesSecrets(target)) walk.secrets.push({ module, node });
  // Who reads a declared parameter says which one; the declaration itself reads none.
  if (givesParams(target) && !declaredIn(piece.reached.spot.node, module)) walk.params.add(ANY_PARAM);
  if (!binding.identifiers.includes(node)) readParams(target, reference, walk);
  return wordOf(target, walk, module, node) + namedBy(target, reference);
};

/** `require('x')` is followed as a load; `typeof require` and `require.main` load nothing. */
const isLoaded = ({ use, path: [member], goes }: Reference) =>
  member === undefined ? use === 'call' || goes === 'nowhere' : ['main', 'extensions'].includes(member);

const globalWord = (node: Identifier, reference: Reference | undefined, { module }: Piece, walk: Walk): string => {
  const spot = { module, node };
  if (!isKnownGlobal(node.name)) walk.strangers.push({ ...spot, name: node.name });
  const read = reference && readOfGlobal(reference);
  if (read) walk.reads.push({ ...read, spot });
  if (reference && makesCode(reference)) walk.unreadable.push({ ...spot, name: node.name });
  return `global:${node.name}`;
};

const readParams = (target: Target, mention: Reference | undefined, { params }: Walk) => {
  if (target.is !== 'units') return;
  for (const unit of target.units) for (const name of paramsRead(unit, target.index, mention) ?? []) params.add(name);
};

/** Notes what a mention makes the slice depend on besides the text. */
const watch = (target: Target, reference: Reference, { module }: Piece, walk: Walk) => {
  if (target.is === 'units') for (const unit of target.units) if (seesState(unit, reference)) walk.holders.add(unit);
  if (target.is === 'package') walk.holders.add(packageHolder(target.package));
  if (target.is !== 'builtin') return;
  const path = target.name.includes('.') ? reference.path.slice(1) : reference.path;
  watchBuiltin(target, { ...reference, path }, module, walk);
};

const watchBuiltin = (
  { builtin, name }: Target & { is: 'builtin' },
  mention: Mention & { readonly node: Node },
  module: Module,
  walk: Walk,
) => {
  const { node } = mention;
  const read = readOfBuiltin(builtin, name, mention);
  if (read) walk.reads.push({ ...read, spot: { module, node } });
  if (RUNS_TEXT.test(`${builtin} ${[name, ...mention.path, ...(mention.takes ?? [])].join('.')}`))
    walk.unreadable.push({ module, node, name: node.type === 'Identifier' ? node.name : builtin });
};

/** What Node offers to load or run code by name or text. */
const RUNS_TEXT =
  /^(vm|repl) |^module (?!(\*\.|default\.)?(isBuiltin|builtinModules|SourceMap|stripTypeScriptTypes)\b)/;

const look = (piece: Piece, walk: Walk) => {
  const { module, loads, methods } = piece;
  for (const load of loads) {
    const target = load.specifier === undefined ? undefined : loaded(load.specifier, piece, walk);
    if (!target) walk.unreadable.push({ module, node: load.node, name: 'import' });
    else if (target.is === 'builtin') watchBuiltin(target, load, module, walk);
  }
  for (const { word, name, node } of resultsReadIn({ module, node: piece.reached.spot.node }))
    if (word) walk.reads.push({ word, name, node, spot: { module, node } });
    else walk.unreadable.push({ module, node, name });
  for (const method of methods) {
    const read = readOfMethod(method);
    if (read) walk.reads.push({ ...read, spot: { module, node: method.node } });
    // Whose constructor this is nobody knows: that of a function makes code.
    if (method.name === 'constructor') walk.unreadable.push({ module, node: method.node, name: 'constructor' });
  }
};

const wordOf = (target: Target, walk: Walk, module?: Module, node?: Identifier): string => {
  switch (target.is) {
    case 'units':
      if (module && node && target.units.some((unit) => givenByRuns(walk.universe).has(unit))) {
        walk.strangers.push({ module, node, name: node.name });
        return `run:${node.name}`;
      }
      return target.units.map((unit) => `${label(unit, walk)}.${target.index}`).join('+');
    case 'whole':
      return labelWhole(target.module, walk);
    case 'package':
      walk.packages.set(target.address, leadIn(target));
      walk.mentions.push(target.address);
      return `package:${target.specifier}#${target.name}`;
    case 'builtin':
      return `builtin:${target.builtin}#${target.name}`;
    case 'missing':
      if (module && node) walk.strangers.push({ module, node, name: target.name });
      return `missing:${target.name}`;
  }
};

const leadIn = ({ package: name, folder, specifier, address }: PackageLead): PackageLead => ({
  package: name,
  folder,
  specifier,
  address,
});

const label = (unit: Unit, walk: Walk): number => {
  const known = walk.labels.get(unit);
  if (known !== undefined) return known;
  const number = walk.pieces.length;
  walk.labels.set(unit, number);
  walk.pieces.push(pieceOf(unit));
  return number;
};

/** A statement that changes something reached. */
const labelChange = (unit: Unit, walk: Walk): void => {
  const { universe, labels, strangers } = walk;
  if (givenByRuns(universe).has(unit)) {
    const reached = unit.references.find((each) => unitsAt(each, unit, universe).some((of) => labels.has(of)));
    const { module, node, name } = unit;
    if (reached || strangers.length === 0) strangers.push({ module, node, name: reached?.node.name ?? name });
  }
  label(unit, walk);
};

const labelWhole = (module: Module, walk: Walk): string => {
  if (walk.wholes.has(module)) return `again:${[...walk.wholes].indexOf(module)}`;
  walk.wholes.add(module);
  const parts = partsOf(walk.universe, module);
  // Whatever is in it may be read through it.
  for (const [, part] of parts) hold(part, walk);
  return `whole:(${parts.map(([name, part]) => `${name}=${wordOf(part, walk)}`).join(' ')})`;
};

const hold = (target: Target, walk: Walk) => {
  if (target.is === 'units') for (const unit of target.units) walk.holders.add(unit);
  if (target.is === 'package') walk.holders.add(packageHolder(target.package));
  if (givesParams(target)) walk.params.add(ANY_PARAM);
  readParams(target, undefined, walk);
};

/** Units not yet in that may change what is. */
const missing = (walk: Walk, effects: Effects): Unit[] => {
  const found = new Set(effects.onGlobals);
  for (const holder of walk.holders) for (const unit of effects.on.get(holder) ?? []) found.add(unit);
  for (const labelled of walk.labels.keys()) for (const unit of effects.sets.get(labelled) ?? []) found.add(unit);
  for (const unit of found) if (walk.labels.has(unit)) found.delete(unit);
  return found.size === 0 ? [] : walk.universe.units.filter((unit) => found.has(unit));
};

/** Where statements change state, the order of what runs while loading is part of the answer. */
const sequence = (walk: Walk): string =>
  walk.universe.units
    .filter((unit) => walk.labels.has(unit) && unit.references.some(({ loading }) => loading))
    .map((unit) => walk.labels.get(unit))
    .join(' ');
