import { isFrameworkName } from '../bundle/packages.js';
import { readText } from '../disk.js';
import type { Load, Reference } from '../syntax/references.js';
import type { Unit } from './module.js';
import { follow, type Universe } from './universe.js';

/** Finds the file of a package that has the very text of a function: then nobody can say whose function it is. */
export const alikeIn = (universe: Universe, files: () => readonly string[]): ((text: string) => string | undefined) => {
  let texts: readonly (readonly [file: string, text: string])[] | undefined;
  return (text) => {
    texts ??= passesPackages(universe) ? files().map((file) => [file, readText(file) ?? ''] as const) : [];
    return texts.find(([, its]) => its.includes(text))?.[0];
  };
};

/** Does the program hand on functions of packages, and not just call them? */
const passesPackages = (universe: Universe) =>
  universe.units.some(
    (unit) =>
      unit.references.some((each) => isPassed(each, unit, universe)) ||
      unit.loads.some((each) => loadsPackage(each, unit)),
  );

const isPassed = ({ use, goes, binding, path }: Reference, { module }: Unit, universe: Universe): boolean => {
  if (use !== 'read' || goes === 'nowhere' || !binding || !module.imports.has(binding)) return false;
  const target = follow(universe, module, binding, path[0]);
  return target.is === 'package' && !isFrameworkName(target.package);
};

const loadsPackage = ({ specifier }: Load, { module }: Unit) => {
  const lead = specifier === undefined ? undefined : module.leads.get(specifier);
  return lead !== undefined && 'package' in lead;
};
