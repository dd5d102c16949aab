import type { Lead } from '../bundle/edges.js';
import { isFrameworkName } from '../bundle/packages.js';
import type { Origin } from '../syntax/origin.js';
import { declarationIn, namesOf } from '../syntax/patterns.js';
import { type Load, lookAt, type MethodCall, type Reference, type Sight } from '../syntax/references.js';
import { type Binding, openModule, type Scopes } from '../syntax/scope.js';
import { keyName, type Node, parseModule } from '../syntax/syntax.js';

/** A top-level declaration or statement: the grain in which code is reached. */
export interface Unit {
  readonly module: Module;
  readonly at: number;
  readonly name: string;
  readonly kind: 'function' | 'class' | 'variable' | 'statement';
  readonly node: Node;
  /** What a variable, a default export or a content module is set to. */
  readonly value?: Node;
  readonly bindings: readonly Binding[];
  readonly references: readonly Reference[];
  readonly loads: readonly Load[];
  readonly methods: readonly MethodCall[];
  /** Set by a call of the framework: a declared stage, a pipeline. Reading one changes nothing. */
  readonly declared: boolean;
}

export type Exported =
  | { readonly binding: Binding }
  | { readonly unit: Unit }
  | { readonly from: string; readonly name: string };

export type Imported = { readonly from: string; readonly name: string };

/** One file of the bundle: the user's files as one program, or a part of it that is loaded later. */
export interface Module {
  readonly name: string;
  readonly text: string;
  /** Where a place in the text comes from. */
  readonly origin: (offset: number) => Origin | undefined;
  readonly scopes: Scopes;
  readonly units: Unit[];
  readonly unitsOf: Map<Binding, Unit[]>;
  readonly imports: Map<Binding, Imported>;
  readonly exports: Map<string, Exported>;
  /** Addresses of what it imports, in order. */
  readonly sources: readonly string[];
  /** What each address in the text stands for. */
  readonly leads: ReadonlyMap<string, Lead>;
}

export const ALL = '*';

export type ModuleSource = Pick<Module, 'name' | 'text' | 'origin' | 'leads'>;

export const readModule = (source: ModuleSource): Module => {
  const program = parseModule(source.text);
  const module: Module = {
    ...source,
    scopes: openModule(program),
    units: [],
    unitsOf: new Map(),
    imports: new Map(),
    exports: new Map(),
    sources: program.body.flatMap((each) => ('source' in each && each.source ? [`${each.source.value}`] : [])),
  };
  for (const statement of program.body) addImports(statement, module);
  for (const statement of program.body) addUnits(statement, module);
  for (const statement of program.body) addExports(statement, module);
  return module;
};

const addImports = (statement: Node, module: Module) => {
  if (statement.type !== 'ImportDeclaration') return;
  for (const specifier of statement.specifiers) {
    const binding = module.scopes.of.get(specifier.local);
    if (!binding) continue;
    const name =
      specifier.type === 'ImportSpecifier'
        ? nameIn(specifier.imported)
        : specifier.type === 'ImportDefaultSpecifier'
          ? 'default'
          : ALL;
    module.imports.set(binding, { from: `${statement.source.value}`, name });
  }
};

const nameIn = (node: Node) =>
  node.type === 'Identifier' ? node.name : node.type === 'Literal' ? `${node.value}` : '';

const addUnits = (statement: Node, module: Module) => {
  const node = declarationIn(statement);
  // An import for its effect alone may set up a package that others use.
  if (node.type === 'ImportDeclaration' && node.specifiers.length === 0) addUnit(node, 'statement', module);
  if (node.type === 'ImportDeclaration' || node.type === 'ExportAllDeclaration' || node.type === 'EmptyStatement')
    return;
  if (node.type === 'ExportNamedDeclaration') return;
  if (node.type === 'VariableDeclaration') for (const each of node.declarations) addUnit(each, 'variable', module);
  else if (node.type === 'FunctionDeclaration') addUnit(node, 'function', module);
  else if (node.type === 'ClassDeclaration') addUnit(node, 'class', module);
  else addUnit(node, statement.type === 'ExportDefaultDeclaration' ? 'variable' : 'statement', module);
};

const addUnit = (node: Node, kind: Unit['kind'], module: Module) => {
  const isFramework = (callee: Node) => isFrameworkCall(callee, module);
  const sight: Sight = lookAt(node, { scopes: module.scopes, isFramework });
  const value = node.type === 'VariableDeclarator' ? node.init : kind === 'variable' ? node : undefined;
  const bindings = bindingsIn(node, kind, module);
  const unit: Unit = {
    module,
    at: module.units.length,
    name: bindings[0]?.name ?? (kind === 'variable' ? 'default' : 'statement'),
    kind,
    node,
    ...(value ? { value } : {}),
    bindings,
    ...sight,
    declared: value ? isDeclared(value, module) : false,
  };
  module.units.push(unit);
  for (const binding of bindings) module.unitsOf.set(binding, [...(module.unitsOf.get(binding) ?? []), unit]);
};

const bindingsIn = (node: Node, kind: Unit['kind'], module: Module): Binding[] => {
  const names =
    node.type === 'VariableDeclarator'
      ? namesOf(node.id)
      : 'id' in node && node.id?.type === 'Identifier'
        ? [node.id]
        : [];
  if (kind === 'statement')
    return [...(module.scopes.top.bindings?.values() ?? [])].filter((binding) => standsIn(binding, node));
  return names.flatMap((name) => module.scopes.of.get(name) ?? []);
};

const standsIn = (binding: Binding, node: Node) =>
  binding.identifiers.some(({ start, end }) => node.start <= start && end <= node.end);

/** `map(…)`, `source.jsonl(…)`, and methods of what they gave. */
export const isFrameworkCall = (callee: Node, module: Module): boolean => {
  let root = callee;
  while (root.type === 'MemberExpression' || root.type === 'CallExpression')
    root = root.type === 'CallExpression' ? root.callee : root.object;
  if (root.type !== 'Identifier') return false;
  const binding = module.scopes.of.get(root);
  // What it gives is plain data, which whoever holds it may change.
  if (!binding || isParams(callee, module)) return false;
  const lead = module.leads.get(module.imports.get(binding)?.from ?? '');
  if (lead) return 'package' in lead && isFrameworkName(lead.package);
  return module.unitsOf.get(binding)?.every((unit) => unit.declared) ?? false;
};

/** Imported from the framework itself: what another file makes of it is followed like any code. */
export const isParams = (callee: Node, { scopes, imports, leads }: Module): boolean => {
  const path: string[] = [];
  let root = callee;
  while (root.type === 'MemberExpression' || root.type === 'CallExpression') {
    if (root.type === 'MemberExpression') path.unshift(keyName(root.property, root.computed));
    root = root.type === 'CallExpression' ? root.callee : root.object;
  }
  const binding = root.type === 'Identifier' ? scopes.of.get(root) : undefined;
  const imported = binding && imports.get(binding);
  const lead = imported && leads.get(imported.from);
  if (!imported || !lead || !('package' in lead) || lead.package !== 'millrace') return false;
  return imported.name === 'params' || (imported.name === '*' && path[0] === 'params');
};

const isDeclared = (value: Node, module: Module): boolean => {
  if (value.type === 'AwaitExpression') return isDeclared(value.argument, module);
  if (value.type === 'CallExpression') return isFrameworkCall(value.callee, module);
  return value.type === 'MemberExpression' && isFrameworkCall(value, module);
};

const addExports = (statement: Node, module: Module) => {
  if (statement.type === 'ExportAllDeclaration') {
    const from = `${statement.source.value}`;
    if (statement.exported) module.exports.set(nameIn(statement.exported), { from, name: ALL });
  }
  if (statement.type === 'ExportDefaultDeclaration') addDefault(statement.declaration, module);
  if (statement.type === 'ExportNamedDeclaration') addNamed(statement, module);
};

const addDefault = (node: Node, module: Module) => {
  const unit = module.units.find((each) => each.node === node);
  if (unit) module.exports.set('default', { unit });
};

const addNamed = (statement: Node & { type: 'ExportNamedDeclaration' }, module: Module) => {
  const { declaration } = statement;
  if (declaration) {
    const names =
      declaration.type === 'VariableDeclaration'
        ? declaration.declarations.flatMap(({ id }) => namesOf(id))
        : [declaration.id];
    for (const name of names) addExport(name.name, name, module);
  }
  for (const { exported, local } of statement.specifiers) {
    if (statement.source)
      module.exports.set(nameIn(exported), { from: `${statement.source.value}`, name: nameIn(local) });
    else addExport(nameIn(exported), local, module);
  }
};

const addExport = (exported: string, local: Node, module: Module) => {
  const binding = local.type === 'Identifier' ? module.scopes.top.bindings?.get(local.name) : undefined;
  const imported = binding && module.imports.get(binding);
  if (imported) module.exports.set(exported, imported);
  else if (binding) module.exports.set(exported, { binding });
};
