import type { Lead } from '../bundle/edges.js';
import type { Asked } from '../bundle/package-text.js';
import { isFrameworkName } from '../bundle/packages.js';
import { ALL, type Imported, type Module } from '../reach/module.js';
import type { Universe } from '../reach/universe.js';
import type { Identifier } from '../syntax/syntax.js';

/** What a program is written for. The real world has places, and Millrace itself. */
export type WorldKind = 'made' | 'real';

/** Why a program cannot be made of what a function reaches. */
export class NoProgram extends Error {}

/** The names that a program has beside the user's own. */
export const OWN = '__millrace_';

/** What the imported names of all modules stand for in the one text. */
export class Names {
  readonly imports: Asked[] = [];
  /** Local names that other modules see, by module. */
  readonly seen = new Map<Module, Set<string>>();
  /** Modules that are seen as a whole. */
  readonly wholes = new Set<Module>();
  /** Those of them that `import('…')` asks for. */
  readonly loads = new Set<Module>();

  constructor(
    readonly universe: Universe,
    /** Those that others name are added to them: a file may hold nothing but what it exports of others. */
    readonly modules: Module[],
    readonly kind: WorldKind,
  ) {}

  number(module: Module): number {
    const at = this.modules.indexOf(module);
    return at < 0 ? this.modules.push(module) - 1 : at;
  }

  /** What stands for an imported name; a member access, for most. */
  imported(module: Module, { from, name }: Imported): string {
    const lead = module.leads.get(from);
    if (!lead) throw new NoProgram(`nobody knows ${from}`);
    if (!('output' in lead)) return this.#member(this.parameter(from, lead, 'import'), name);
    const other = this.#module(lead.output);
    const own = other.exports.get(name);
    if (!own) return name === ALL ? this.whole(other) : this.#missing(name, other);
    if ('from' in own) return this.imported(other, own);
    if ('unit' in own) return this.local(other, DEFAULT);
    const further = other.imports.get(own.binding);
    return further ? this.imported(other, further) : this.local(other, own.binding.name);
  }

  /** The parameter of the program that gets a package or a built-in module. */
  parameter(from: string, lead: Lead, how: Asked['how']): string {
    if (this.kind === 'made' && 'package' in lead && isFrameworkName(lead.package))
      throw new NoProgram(`it uses ${lead.package} itself`);
    const known = this.imports.findIndex((each) => each.from === from && each.how === how);
    return `${OWN}${known < 0 ? this.imports.push({ from, how }) - 1 : known}`;
  }

  /** A name of another module, as the value that it has then. */
  local(module: Module, name: string): string {
    this.seen.set(module, (this.seen.get(module) ?? new Set()).add(name));
    return `${OWN}m${this.number(module)}.${name}`;
  }

  whole(module: Module): string {
    this.wholes.add(module);
    return `${OWN}n${this.number(module)}`;
  }

  /** What `import('…')` gives. */
  loaded(module: Module, specifier: string): string {
    const lead = module.leads.get(specifier);
    if (!lead) return `Promise.reject(${missing(specifier)})`;
    if (!('output' in lead)) return `(async () => ${this.parameter(specifier, lead, 'later')}())()`;
    const other = this.#module(lead.output);
    this.whole(other);
    this.loads.add(other);
    return `${OWN}l${this.number(other)}()`;
  }

  /** Names of a namespace and what they stand for in the module itself. */
  partsOf(module: Module): readonly (readonly [name: string, word: string])[] {
    return [...module.exports]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, own]) => {
        if ('from' in own) return [name, this.imported(module, own)];
        if ('unit' in own) return [name, DEFAULT];
        const further = module.imports.get(own.binding);
        return [name, further ? this.imported(module, further) : own.binding.name];
      });
  }

  #module(output: string): Module {
    const module = this.universe.modules.get(output);
    if (module) return module;
    throw new NoProgram(`${output} is in no bundle`);
  }

  #member(parameter: string, name: string): string {
    return name === ALL
      ? parameter
      : /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)
        ? `${parameter}.${name}`
        : `${parameter}[${JSON.stringify(name)}]`;
  }

  #missing(name: string, { name: module }: Module): never {
    throw new NoProgram(`${module} exports no ${name}`);
  }
}

/** Where nothing is installed under a name, asking for it fails, as it does in the program. */
export const missing = (specifier: string) =>
  `Object.assign(new Error(${JSON.stringify(`Cannot find '${specifier}'`)}), { code: 'ERR_MODULE_NOT_FOUND' })`;

/** The name of a default export that has none. */
export const DEFAULT = `${OWN}default`;

export const importedAs = (node: Identifier, module: Module): Imported | undefined => {
  const binding = module.scopes.of.get(node);
  return binding && module.imports.get(binding);
};
