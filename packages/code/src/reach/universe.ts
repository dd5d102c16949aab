import type { Lead, PackageLead } from '../bundle/edges.js';
import type { Binding } from '../syntax/scope.js';
import { ALL, type Exported, type Imported, type Module, type Unit } from './module.js';

/** What is known of the files of the program beside their text. */
export interface Surroundings {
  /** What each file imports: other files, and packages by address. */
  readonly imports: ReadonlyMap<string, readonly string[]>;
  readonly packages: ReadonlyMap<string, PackageLead>;
  /** Which other packages a package loads, and may change. */
  readonly loads: (address: string) => readonly string[];
}

/** All the user's code that one survey sees. */
export interface Universe {
  readonly modules: ReadonlyMap<string, Module>;
  /** All units, in the order in which they are evaluated. */
  readonly units: readonly Unit[];
  /** Root that places are shown from. */
  readonly root: string;
  readonly surroundings: Surroundings;
}

export const NO_SURROUNDINGS: Surroundings = { imports: new Map(), packages: new Map(), loads: () => [] };

/** What a name stands for. */
export type Target =
  | { readonly is: 'units'; readonly units: readonly Unit[]; readonly index: number }
  | { readonly is: 'whole'; readonly module: Module }
  | ({ readonly is: 'package'; readonly name: string } & PackageLead)
  | { readonly is: 'builtin'; readonly builtin: string; readonly name: string }
  | { readonly is: 'missing'; readonly name: string };

/** Follows a top-level name to what it stands for; `member` is the first member that is read off it. */
export const follow = (universe: Universe, module: Module, binding: Binding, member?: string): Target => {
  const imported = module.imports.get(binding);
  if (imported) return followImport(universe, module, imported, member);
  const units = module.unitsOf.get(binding) ?? [];
  return { is: 'units', units, index: units[0]?.bindings.indexOf(binding) ?? 0 };
};

const followImport = (universe: Universe, { leads }: Module, { from, name }: Imported, member?: string): Target => {
  const lead = leads.get(from);
  return lead ? followLead(universe, lead, name, member) : { is: 'missing', name: from };
};

export const followLead = (universe: Universe, lead: Lead, name: string, member?: string): Target => {
  const said = (name === ALL || name === 'default') && member ? `${name}.${member}` : name;
  if ('builtin' in lead) return { is: 'builtin', builtin: lead.builtin, name: said };
  if ('package' in lead) return { is: 'package', ...lead, name: said };
  const module = universe.modules.get(lead.output);
  if (!module) return { is: 'missing', name: lead.output };
  const own = module.exports.get(name);
  if (own) return fromExport(universe, module, own);
  return name === ALL ? { is: 'whole', module } : { is: 'missing', name };
};

const fromExport = (universe: Universe, module: Module, own: Exported): Target => {
  if ('unit' in own) return { is: 'units', units: [own.unit], index: 0 };
  return 'binding' in own ? follow(universe, module, own.binding) : followImport(universe, module, own);
};

/** What a module that is loaded later gives, by name. */
export const partsOf = (universe: Universe, module: Module): readonly (readonly [name: string, target: Target])[] =>
  [...module.exports]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, own]) => [name, fromExport(universe, module, own)]);
