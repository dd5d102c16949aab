import { ALL, type Exported, type Imported, type Lead, type Module, type Unit } from './module.js';
import type { Binding } from './scope.js';

/** All the user's code that one survey sees. */
export interface Universe {
  readonly modules: ReadonlyMap<string, Module>;
  /** Imported files that are data: JSON, text. */
  readonly contents: ReadonlyMap<string, string>;
  /** Files in the order in which they are evaluated. */
  readonly order: readonly string[];
  /** Root that places are shown from. */
  readonly root: string;
}

/** What a name stands for. */
export type Target =
  | { readonly is: 'units'; readonly units: readonly Unit[]; readonly index: number }
  | { readonly is: 'whole'; readonly file: string }
  | { readonly is: 'package'; readonly package: string; readonly folder: string; readonly name: string }
  | { readonly is: 'builtin'; readonly builtin: string; readonly name: string }
  | { readonly is: 'missing'; readonly name: string };

/** Follows a top-level name to what it stands for; `member` is the first member that is read off it. */
export const follow = (universe: Universe, module: Module, binding: Binding, member?: string): Target => {
  const imported = module.imports.get(binding);
  if (imported) return followImport(universe, module, imported, member);
  const units = module.unitsOf.get(binding) ?? [];
  return { is: 'units', units, index: units[0]?.bindings.indexOf(binding) ?? 0 };
};

export const followImport = (universe: Universe, module: Module, imported: Imported, member?: string): Target => {
  const lead = module.leads.get(imported.from);
  if (!lead) return { is: 'missing', name: imported.from };
  return followLead(universe, lead, imported.name, member);
};

export const followLead = (universe: Universe, lead: Lead, name: string, member?: string): Target => {
  if ('builtin' in lead) return { is: 'builtin', builtin: lead.builtin, name: named(name, member) };
  if ('package' in lead)
    return { is: 'package', package: lead.package, folder: lead.folder, name: named(name, member) };
  const module = universe.modules.get(lead.file);
  if (!module || module.common) return { is: 'whole', file: lead.file };
  if (name === ALL)
    return member && member !== ALL ? exported(universe, module, member) : { is: 'whole', file: lead.file };
  return exported(universe, module, name);
};

const named = (name: string, member?: string) =>
  (name === ALL || name === 'default') && member ? `${name}.${member}` : name;

const exported = (universe: Universe, module: Module, name: string): Target =>
  search(universe, module, name, new Set()) ?? { is: 'missing', name };

const search = (universe: Universe, module: Module, name: string, seen: Set<Module>): Target | undefined => {
  if (seen.has(module)) return undefined;
  seen.add(module);
  const own = module.exports.get(name);
  if (own) return fromExport(universe, module, own);
  for (const star of name === 'default' ? [] : module.stars) {
    const lead = module.leads.get(star);
    const next = lead && 'file' in lead ? universe.modules.get(lead.file) : undefined;
    const found = next ? search(universe, next, name, seen) : lead && followLead(universe, lead, name);
    if (found && found.is !== 'missing') return found;
  }
  return undefined;
};

const fromExport = (universe: Universe, module: Module, own: Exported): Target => {
  if ('unit' in own) return { is: 'units', units: [own.unit], index: 0 };
  return 'binding' in own ? follow(universe, module, own.binding) : followImport(universe, module, own);
};

/** Everything in a file, for those who take it as a whole. */
export const partsOf = (universe: Universe, file: string): readonly Target[] => {
  const module = universe.modules.get(file);
  if (!module) return [];
  const own: Target[] = module.units.map((unit) => ({ is: 'units', units: [unit], index: 0 }));
  const passed = [...module.exports.values()].flatMap((each) =>
    'from' in each ? [followImport(universe, module, each)] : [],
  );
  const stars = module.stars.flatMap((from) => followImport(universe, module, { from, name: ALL }));
  return [...own, ...passed, ...stars];
};

/** Units in the order in which they are evaluated. */
export const inOrder = (universe: Universe): Unit[] =>
  universe.order.flatMap((file) => universe.modules.get(file)?.units ?? []);
