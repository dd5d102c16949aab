import { isAddress } from '../syntax/address.js';
import type { Reference } from '../syntax/references.js';
import type { Analysis } from './analysis.js';
import { readOfGlobal, readOfMethod } from './impure.js';
import type { Unit } from './module.js';
import { natureOf } from './nature.js';
import { isGenerated } from './place.js';
import { follow } from './universe.js';

/**
 * Does the value of a unit follow from the user's own code, so that it is the same whenever that is loaded? What asks the
 * world, a package or Millrace, or goes on after the file was loaded, may be another each time.
 */
export const isSettled = (unit: Unit, analysis: Analysis): boolean => {
  const before = known.get(unit) ?? settles(unit, analysis);
  known.set(unit, before);
  return before;
};

const known = new WeakMap<Unit, boolean>();

const settles = (unit: Unit, { universe, effects }: Analysis): boolean => {
  const seen = new Set<Unit>();
  const queue: Step[] = [];
  const add = (next: Unit, runs: boolean) => {
    if (seen.has(next)) return;
    seen.add(next);
    queue.push({ unit: next, runs });
    for (const changes of [effects.on.get(next), effects.sets.get(next)])
      for (const each of changes ?? []) add(each, false);
  };
  add(unit, false);
  for (let step = queue.pop(); step; step = queue.pop()) {
    const { module, declared, methods, loads, references } = step.unit;
    if (declared || loads.length > 0 || methods.some((method) => readOfMethod(method))) return false;
    for (const reference of references) {
      if (!step.runs && !reference.loading) continue;
      if (!reference.binding && isUnsettled(reference)) return false;
      if (reference.binding?.scope !== module.scopes.top || isAddress(reference.node.name)) continue;
      if (isGenerated(reference.binding, module)) continue;
      const target = follow(universe, module, reference.binding, reference.path[0]);
      if (target.is !== 'units') return false;
      for (const next of target.units) add(next, runsIn(next, reference));
    }
  }
  return true;
};

interface Step {
  readonly unit: Unit;
  /** Its functions run too, and not only what runs while it is loaded. */
  readonly runs: boolean;
}

const isUnsettled = (reference: Reference) => LATER.has(reference.node.name) || readOfGlobal(reference) !== undefined;

const LATER = new Set(['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'process', 'require']);

/** A function whose name is only looked at is not called. */
const runsIn = (unit: Unit, { use, goes }: Reference) =>
  !(use === 'read' && goes === 'nowhere' && natureOf(unit) === 'function');
