import type { Asked } from '../bundle/package-text.js';
import { sha } from '../digest.js';
import type { Found } from '../reach/find.js';
import type { Module, Unit } from '../reach/module.js';
import { isGenerated, writtenName } from '../reach/place.js';
import { follow, type Universe } from '../reach/universe.js';
import type { Origin } from '../syntax/origin.js';
import type { Node } from '../syntax/syntax.js';
import { awaitsAtTop, editsIn } from './edits.js';
import { DEFAULT, Names, OWN, type WorldKind } from './names.js';
import { type Names as TopNames, wordsOf } from './values.js';
import { type Edit, Writer } from './writer.js';

/** A function of a stage, by the name that the stage has for it. */
export interface Root {
  readonly name: string;
  readonly found: Found;
  /** Names that it is given from outside: then the program has a function that takes them and gives it. */
  readonly given: readonly string[];
}

/** What is hashed, as the text that runs: a function that takes what it imports and gives its functions by name. */
export interface Program {
  readonly digest: string;
  readonly text: string;
  readonly imports: readonly Asked[];
  /** Names at the top of files that run at once, file by file: `VALUES` of the program gives what they are, in this order. */
  readonly tops: TopNames;
  /** The user's place of an offset in the text. */
  readonly origin: (offset: number) => Origin | undefined;
}

interface Around {
  readonly universe: Universe;
  readonly kind: WorldKind;
}

interface Part {
  readonly module: Module;
  readonly units: readonly Unit[];
  readonly roots: readonly Root[];
  readonly edits: readonly Edit[];
  readonly waits: boolean;
}

/** The units that some functions reach, each with its own text, in the order in which the modules run them. */
export const programOf = (roots: readonly Root[], reached: ReadonlySet<Unit>, { universe, kind }: Around): Program => {
  const units = withHelpers(reached, roots, universe);
  const names = new Names(universe, modulesOf(units, roots, universe), kind);
  const wholes = new Map<Module, ReturnType<Names['partsOf']>>();
  const parts: Part[] = [];
  // Modules and namespaces name what others export, which is then part of the program too.
  for (const module of names.modules) {
    parts.push(partOf(module, { units, roots, names }));
    for (const whole of names.wholes) wholes.set(whole, wholes.get(whole) ?? names.partsOf(whole));
  }
  const writer = new Writer();
  const now = modulesNow(roots, names.modules, universe);
  writeProgram(writer, { parts, names, wholes, now });
  const { text } = writer;
  const tops = parts.filter(({ module }) => now.has(module)).map(topsOf);
  return { digest: sha(text), text, imports: names.imports, tops, origin: (offset) => writer.origin(offset) };
};

/** The function of a program that gives the values at its top. */
export const VALUES = `${OWN}values`;

const topsOf = ({ units }: Part) => units.flatMap((unit) => wordsOf(unit).map((word) => ({ unit, word })));

/** What the compiler adds for newer syntax is part of what needs it. */
const withHelpers = (reached: ReadonlySet<Unit>, roots: readonly Root[], universe: Universe): Unit[] => {
  const all = new Set(reached);
  const queue = [...reached, ...roots.map(({ found }) => found.unit)];
  for (let unit = queue.pop(); unit; unit = queue.pop())
    for (const { binding } of unit.references) {
      if (!binding || binding.scope !== unit.module.scopes.top || !isGenerated(binding, unit.module)) continue;
      // Several files of a bundle have their helpers from one.
      const target = follow(universe, unit.module, binding);
      for (const helper of target.is === 'units' ? target.units : [])
        if (!all.has(helper)) {
          all.add(helper);
          queue.push(helper);
        }
    }
  return universe.units.filter((unit) => all.has(unit));
};

const modulesOf = (units: readonly Unit[], roots: readonly Root[], universe: Universe): Module[] => {
  const used = new Set([...units.map(({ module }) => module), ...roots.map(({ found }) => found.module)]);
  const ordered = [...new Set(universe.units.map(({ module }) => module))].filter((module) => used.has(module));
  return [...ordered, ...[...used].filter((module) => !ordered.includes(module))];
};

/** Modules that run at once: those of the functions, and what these import; others when they are asked for. */
const modulesNow = (roots: readonly Root[], modules: readonly Module[], universe: Universe): ReadonlySet<Module> => {
  const now = modulesWith(
    roots.map(({ found }) => found.module),
    universe,
  );
  return new Set(modules.filter((module) => now.has(module)));
};

/** With all that they import. */
const modulesWith = (first: readonly Module[], universe: Universe): ReadonlySet<Module> => {
  const all = new Set<Module>();
  const visit = (module: Module) => {
    if (all.has(module)) return;
    all.add(module);
    for (const next of importedBy(module, universe)) visit(next);
  };
  for (const module of first) visit(module);
  return all;
};

const importedBy = ({ sources }: Module, { modules }: Universe): Module[] =>
  sources.flatMap((from) => modules.get(from.replace(/^\.\//, '')) ?? []);

interface From {
  readonly units: readonly Unit[];
  readonly roots: readonly Root[];
  readonly names: Names;
}

const partOf = (module: Module, { units, roots, names }: From): Part => {
  const own = units.filter((unit) => unit.module === module);
  const its = roots.filter(({ found }) => found.module === module);
  const nodes = [...own.map(({ node }) => node), ...its.map(({ found }) => found.node)];
  const bare = own.flatMap(({ node }) => (node.type === 'ImportDeclaration' ? `${node.source.value}` : []));
  for (const from of bare) {
    const lead = module.leads.get(from);
    if (lead && !('output' in lead)) names.parameter(from, lead, 'import');
  }
  const edits = nodes
    .filter(({ type }) => type !== 'ImportDeclaration')
    .flatMap((node) => editsIn(node, module, names));
  return { module, units: own, roots: its, edits: unique(edits), waits: own.some(({ node }) => awaitsAtTop(node)) };
};

/** A function may stand inside of a unit that is in the program too. */
const unique = (edits: readonly Edit[]): Edit[] => [...new Map(edits.map((edit) => [edit.start, edit])).values()];

interface Whole {
  readonly parts: readonly Part[];
  readonly names: Names;
  readonly wholes: ReadonlyMap<Module, ReturnType<Names['partsOf']>>;
  readonly now: ReadonlySet<Module>;
}

const writeProgram = (writer: Writer, { parts, names, wholes, now }: Whole) => {
  const first = parts.filter(({ module }) => now.has(module));
  const later = modulesWith(
    [...wholes.keys()].filter((module) => names.loads.has(module)),
    names.universe,
  );
  const isWaited = ({ module, waits }: Part) => waits || later.has(module);
  const async = first.some(isWaited) ? 'async ' : '';
  writer.add(`${async}(${names.imports.map((_, at) => `${OWN}${at}`).join(', ')}) => {\n'use strict';\n`);
  writer.add(`const ${OWN}f = {}, ${OWN}p = [];\n`);
  for (const { module } of parts) {
    const at = names.number(module);
    writer.add(`let ${OWN}m${at}, ${OWN}n${at}, ${OWN}v${at};\n`);
    if (names.loads.has(module)) writer.add(`${loaderOf(module, parts, names)}\n`);
  }
  for (const part of parts) {
    const at = names.number(part.module);
    const [isNow, isLater] = [now.has(part.module), later.has(part.module)];
    writer.add(isLater ? `async function ${OWN}r${at}() {\n` : `${part.waits ? 'await (async ' : '('}() => {\n`);
    writePart(writer, part, { names, wholes, isNow });
    writer.add(isLater ? '}\n' : '})();\n');
    if (isLater && isNow) writer.add(`await (${OWN}p[${at}] ??= ${OWN}r${at}());\n`);
  }
  const values = first.map(({ module }) => `${OWN}v${names.number(module)}()`);
  writer.add(`${OWN}f.${VALUES} = () => [${values.join(', ')}];\nreturn ${OWN}f;\n}`);
};

/** What `import('…')` of one of the user's own modules does: runs it, once, with what it imports, which may be before its turn. */
const loaderOf = (module: Module, parts: readonly Part[], names: Names): string => {
  const at = names.number(module);
  const before = modulesWith([module], names.universe);
  const runs = parts.filter((part) => before.has(part.module)).map((part) => names.number(part.module));
  const run = runs.map((each) => `await (${OWN}p[${each}] ??= ${OWN}r${each}()); `).join('');
  return `const ${OWN}l${at} = async () => { ${run}return ${OWN}n${at}; };`;
};

const writePart = (
  writer: Writer,
  part: Part,
  { names, wholes, isNow }: Pick<Whole, 'names' | 'wholes'> & { readonly isNow: boolean },
) => {
  const { module, units, roots, edits } = part;
  const at = names.number(module);
  const seen = [...(names.seen.get(module) ?? [])].sort();
  if (seen.length > 0)
    writer.add(`${OWN}m${at} = { ${seen.map((name) => `get ${name}() { return ${name}; }`).join(', ')} };\n`);
  const whole = wholes.get(module);
  if (whole) writer.add(`${OWN}n${at} = ${namespaceOf(whole)};\n`);
  for (const unit of units) writeUnit(writer, unit, edits);
  for (const root of roots) writeRoot(writer, root, edits, units);
  const words = topsOf(part).map(({ word }) => word);
  if (isNow) writer.add(`${OWN}v${at} = () => [${words.join(', ')}];\n`);
};

const namespaceOf = (parts: ReturnType<Names['partsOf']>): string => {
  const getters = parts.map(([name, word]) => `get ${JSON.stringify(name)}() { return ${word}; }`);
  return `Object.freeze(Object.defineProperty({ ${['__proto__: null', ...getters].join(', ')} }, Symbol.toStringTag, { value: 'Module' }))`;
};

const writeUnit = (writer: Writer, { node, module, kind, bindings }: Unit, edits: readonly Edit[]) => {
  if (node.type === 'ImportDeclaration') return;
  const isNameless = kind !== 'statement' && node.type !== 'VariableDeclarator' && bindings.length === 0;
  writer.add(node.type === 'VariableDeclarator' ? 'var ' : isNameless ? `var ${DEFAULT} = ` : '');
  writer.copy(node, module, edits);
  writer.add(';\n');
};

const writeRoot = (writer: Writer, { name, found, given }: Root, edits: readonly Edit[], units: readonly Unit[]) => {
  const { module, unit, node } = found;
  writer.add(`${OWN}f[${JSON.stringify(name)}] = `);
  if (given.length > 0) writer.add(`({ ${givenNames(found, given).join(', ')} }) => `);
  const whole = units.includes(unit) && (unit.node === node || unit.value === node);
  if (whole) writer.add(unit.bindings[0]?.name ?? DEFAULT);
  else {
    writer.add(`(${isMethod(node, module) ? methodHead(node) : ''}`);
    writer.copy(node, module, edits);
    writer.add(')');
  }
  writer.add(';\n');
};

/** Names as the user wrote them, with those that the bundler gave them. */
const givenNames = ({ module, unit, node }: Found, given: readonly string[]): string[] => {
  const inside = unit.references.filter((each) => node.start <= each.node.start && each.node.end <= node.end);
  const named = new Map(
    inside.map((each) => [writtenName({ module, node: each.node }, each.node.name), each.node.name]),
  );
  return given.map((name) => `${name}: ${named.get(name) ?? name}`);
};

/** The node of a method begins at its parameters. */
const isMethod = (node: Node, { text }: Module) => node.type === 'FunctionExpression' && text[node.start] === '(';

const methodHead = (node: Found['node']) => `${node.async ? 'async ' : ''}function${node.generator ? '*' : ''} `;
