import type { PackageLead } from '../bundle/edges.js';
import { isFrameworkName } from '../bundle/packages.js';
import type { Module } from './module.js';
import type { Surroundings, Universe } from './universe.js';

/**
 * Packages that change what is reached although nothing names them: those that its files, and the files that these
 * import, import for their effect alone, and those that load a package that is reached.
 */
export const besides = (
  files: Iterable<string>,
  reached: ReadonlySet<string>,
  { surroundings: { imports, packages, loads }, modules }: Universe,
): PackageLead[] => {
  const near = closure(files, imports);
  const bare = bareImports(modules);
  const isBeside = (address: string) => bare.has(address) || loads(address).some((other) => reached.has(other));
  const addresses = new Set([...near].flatMap((file) => imports.get(file) ?? []));
  return [...addresses].flatMap((address) => {
    const lead = packages.get(address);
    return lead && !isFrameworkName(lead.package) && !reached.has(address) && isBeside(address) ? [lead] : [];
  });
};

const closure = (files: Iterable<string>, imports: Surroundings['imports']): ReadonlySet<string> => {
  const all = new Set(files);
  for (const file of all) for (const next of imports.get(file) ?? []) if (imports.has(next)) all.add(next);
  return all;
};

const known = new WeakMap<Universe['modules'], ReadonlySet<string>>();

const bareImports = (modules: Universe['modules']): ReadonlySet<string> => {
  const found = known.get(modules) ?? new Set([...modules.values()].flatMap(bareIn));
  known.set(modules, found);
  return found;
};

const bareIn = ({ units }: Module) =>
  units.flatMap(({ node }) => (node.type === 'ImportDeclaration' ? [`${node.source.value}`] : []));
