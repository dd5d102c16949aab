import type { Module } from './module.js';

type Modules = ReadonlyMap<string, Module>;

/** Depth first, as modules are evaluated; what is loaded later comes last, in the order in which it is asked for. */
export const inOrder = (modules: Modules): Module[] => {
  const order = new Set<Module>();
  for (const module of modules.values()) {
    addTo(order, module, modules);
    // Those that are added are looked at as well.
    for (const each of order) for (const later of loadedBy(each, modules)) addTo(order, later, modules);
  }
  return [...order];
};

/** As 0.1 had it: what is loaded later in the order of its names in the bundle, which any edit may change. */
export const formerOrder = (modules: Modules): Module[] => {
  const order = new Set<Module>();
  for (const module of modules.values()) addTo(order, module, modules);
  return [...order];
};

const addTo = (order: Set<Module>, first: Module, modules: Modules) => {
  const seen = new Set(order);
  const visit = (module: Module) => {
    if (seen.has(module)) return;
    seen.add(module);
    for (const from of module.sources) {
      const next = modules.get(from.replace(/^\.\//, ''));
      if (next) visit(next);
    }
    order.add(module);
  };
  visit(first);
};

const loadedBy = ({ units, leads }: Module, modules: Modules): Module[] =>
  units.flatMap(({ loads }) =>
    loads.flatMap(({ specifier = '' }) => {
      const lead = leads.get(specifier);
      return (lead && 'output' in lead && modules.get(lead.output)) || [];
    }),
  );
