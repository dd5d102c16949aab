import type { Reference } from '../syntax/references.js';
import { isFrameworkCall, type Unit } from './module.js';
import { follow, type Universe } from './universe.js';

const GIVES = new Set(['run', 'last', 'plan', 'events']);

const known = new WeakMap<Universe, ReadonlySet<Unit>>();

/** What holds something that a run of a pipeline gave, at once or by way of another: its text does not tell the value. */
export const givenByRuns = (universe: Universe): ReadonlySet<Unit> => {
  const found = known.get(universe) ?? spread(universe.units.filter(asksForRun), universe);
  known.set(universe, found);
  return found;
};

/** `await pipeline({ … }).run()` */
const asksForRun = ({ methods, module }: Unit): boolean =>
  methods.some(
    ({ name, node }) => GIVES.has(name) && node.type === 'CallExpression' && isFrameworkCall(node.callee, module),
  );

const spread = (first: readonly Unit[], universe: Universe): ReadonlySet<Unit> => {
  const found = new Set(first);
  if (found.size === 0) return found;
  for (let size = 0; size < found.size; ) {
    size = found.size;
    for (const unit of universe.units) {
      if (!found.has(unit) && unit.references.some((each) => unitsAt(each, unit, universe).some((of) => found.has(of))))
        found.add(unit);
      if (found.has(unit))
        for (const each of unit.references)
          if (each.use === 'write') for (const written of unitsAt(each, unit, universe)) found.add(written);
    }
  }
  return found;
};

/** What a name at the top of modules stands for. */
export const unitsAt = ({ binding, path }: Reference, { module }: Unit, universe: Universe): readonly Unit[] => {
  if (binding?.scope !== module.scopes.top) return [];
  const target = follow(universe, module, binding, path[0]);
  return target.is === 'units' ? target.units : [];
};
