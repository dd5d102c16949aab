import type * as Acorn from 'acorn';
import { declarationIn, namesOf } from './patterns.js';
import {
  type CallNode,
  eachChild,
  type FunctionNode,
  fieldsOf,
  type Identifier,
  isCall,
  isFunction,
  isNode,
  type Node,
} from './syntax.js';

/** A variable: where its name is valid and where it is introduced. */
export interface Binding {
  readonly name: string;
  readonly scope: Scope;
  readonly identifiers: Identifier[];
}

export interface Scope {
  readonly parent?: Scope;
  /** Absent while nothing is declared: most blocks declare nothing. */
  bindings?: Map<string, Binding>;
  readonly node: Node;
}

export interface Scopes {
  readonly top: Scope;
  /** Each identifier that introduces or mentions a variable. One that is absent is a global of the language or the host. */
  readonly of: Map<Identifier, Binding>;
  readonly free: Set<Identifier>;
  /** What a variable is first set to, where that is made by a call. */
  readonly made: Map<Binding, CallNode>;
  readonly ownArguments: Map<FunctionNode, Binding>;
  /** Outer ones first. */
  readonly functions: FunctionNode[];
}

/** Sees each node on the way, with its name already resolved. */
export interface Watcher {
  readonly enter: (node: Node) => void;
  readonly leave: () => void;
}

const UNSEEN: Watcher = { enter: () => undefined, leave: () => undefined };

const scopesOf = (root: Node): Scopes => ({
  top: { node: root },
  of: new Map(),
  free: new Set(),
  made: new Map(),
  ownArguments: new Map(),
  functions: [],
});

/** The top level of a module, with its names in; what stands there is resolved piece by piece. */
export const openModule = (program: Acorn.Program): Scopes => {
  const scopes = scopesOf(program);
  for (const statement of program.body) hoistVars(statement, scopes.top, scopes);
  for (const statement of program.body) declareLexical(statement, scopes.top, scopes);
  return scopes;
};

/** Resolves every name in a piece of a module. The one walk over it: whoever needs to see it watches. */
export const resolveIn = (scopes: Scopes, node: Node, watcher: Watcher) => visit(node, scopes.top, { scopes, watcher });

/** Resolves every name of a lone function. */
export const resolveNames = (root: Node): Scopes => {
  const scopes = scopesOf(root);
  resolveIn(scopes, root, UNSEEN);
  return scopes;
};

interface Walk {
  readonly scopes: Scopes;
  readonly watcher: Watcher;
}

const child = (parent: Scope, node: Node): Scope => ({ parent, node });

const declare = (identifier: Identifier, scope: Scope, scopes: Scopes) => {
  scope.bindings ??= new Map();
  const binding = scope.bindings.get(identifier.name) ?? { name: identifier.name, scope, identifiers: [] };
  scope.bindings.set(identifier.name, binding);
  binding.identifiers.push(identifier);
  scopes.of.set(identifier, binding);
};

const enterBody = (body: readonly Node[], scope: Scope, walk: Walk) => {
  for (const statement of body) hoistVars(statement, scope, walk.scopes);
  for (const statement of body) declareLexical(statement, scope, walk.scopes);
};

const hoistVars = (node: Node, scope: Scope, scopes: Scopes) => {
  if (node.type === 'VariableDeclaration') {
    if (node.kind === 'var') declareAll(node, scope, scopes);
  } else if (HOLDS_STATEMENTS.has(node.type)) eachChild(node, (below) => hoistVars(below, scope, scopes));
};

/** Where a `var` can stand: the walk need not look into expressions. */
const HOLDS_STATEMENTS = new Set([
  'BlockStatement',
  'IfStatement',
  'ForStatement',
  'ForInStatement',
  'ForOfStatement',
  'WhileStatement',
  'DoWhileStatement',
  'TryStatement',
  'CatchClause',
  'SwitchStatement',
  'SwitchCase',
  'LabeledStatement',
  'ExportNamedDeclaration',
]);

const declareAll = (node: Acorn.VariableDeclaration, scope: Scope, scopes: Scopes) => {
  for (const { id, init } of node.declarations) {
    for (const name of namesOf(id)) declare(name, scope, scopes);
    const binding = id.type === 'Identifier' ? scopes.of.get(id) : undefined;
    if (binding && init && isCall(init)) scopes.made.set(binding, init);
  }
};

const declareLexical = (statement: Node, scope: Scope, scopes: Scopes) => {
  const node = declarationIn(statement);
  if (node.type === 'VariableDeclaration' && node.kind !== 'var') declareAll(node, scope, scopes);
  if ((node.type === 'FunctionDeclaration' || node.type === 'ClassDeclaration') && node.id)
    declare(node.id, scope, scopes);
  if (node.type === 'ImportDeclaration') for (const { local } of node.specifiers) declare(local, scope, scopes);
};

const mention = (identifier: Identifier, scope: Scope, scopes: Scopes) => {
  if (scopes.of.has(identifier)) return;
  for (let at: Scope | undefined = scope; at; at = at.parent) {
    const binding = at.bindings?.get(identifier.name) ?? argumentsOf(at, identifier.name, scopes);
    if (!binding) continue;
    scopes.of.set(identifier, binding);
    return;
  }
  scopes.free.add(identifier);
};

/** `arguments` is a variable of every function but arrow functions. */
const argumentsOf = (scope: Scope, name: string, scopes: Scopes): Binding | undefined => {
  if (name !== 'arguments' || !isFunction(scope.node) || scope.node.type === 'ArrowFunctionExpression')
    return undefined;
  const known = scopes.ownArguments.get(scope.node) ?? { name, scope, identifiers: [] };
  scopes.ownArguments.set(scope.node, known);
  return known;
};

const visit = (node: Node, scope: Scope, walk: Walk): void => {
  if (node.type === 'Identifier') mention(node, scope, walk.scopes);
  walk.watcher.enter(node);
  if (isFunction(node)) visitFunction(node, scope, walk);
  else {
    const inner = innerScope(node, scope, walk.scopes);
    for (const field of fieldsOf(node)) visitIn((node as unknown as Record<string, unknown>)[field], inner, walk);
  }
  walk.watcher.leave();
};

const visitIn = (value: unknown, scope: Scope, walk: Walk) => {
  if (Array.isArray(value)) for (const item of value) isNode(item) && visit(item, scope, walk);
  else if (isNode(value)) visit(value, scope, walk);
};

const OPENS = new Set([
  'BlockStatement',
  'StaticBlock',
  'SwitchStatement',
  'ForStatement',
  'ForInStatement',
  'ForOfStatement',
  'CatchClause',
  'ClassExpression',
]);

/** The scope that a node opens for what stands in it, with its names already in. */
const innerScope = (node: Node, scope: Scope, scopes: Scopes): Scope => {
  if (!OPENS.has(node.type)) return scope;
  const inner = child(scope, node);
  switch (node.type) {
    case 'BlockStatement':
      for (const statement of node.body) declareLexical(statement, inner, scopes);
      return inner;
    case 'StaticBlock':
      for (const statement of node.body) hoistVars(statement, inner, scopes);
      for (const statement of node.body) declareLexical(statement, inner, scopes);
      return inner;
    case 'SwitchStatement':
      for (const { consequent } of node.cases) for (const each of consequent) declareLexical(each, inner, scopes);
      return inner;
    case 'ForStatement':
      if (node.init) declareLexical(node.init, inner, scopes);
      return inner;
    case 'ForInStatement':
    case 'ForOfStatement':
      declareLexical(node.left, inner, scopes);
      return inner;
    case 'CatchClause':
      if (node.param) for (const name of namesOf(node.param)) declare(name, inner, scopes);
      return inner;
    case 'ClassExpression':
      if (node.id) declare(node.id, inner, scopes);
      return inner;
    default:
      return scope;
  }
};

const visitFunction = (node: FunctionNode, scope: Scope, walk: Walk) => {
  const { scopes } = walk;
  scopes.functions.push(node);
  const outer = node.type === 'FunctionExpression' && node.id ? child(scope, node) : scope;
  if (node.type === 'FunctionExpression' && node.id) declare(node.id, outer, scopes);
  const params = child(outer, node);
  for (const param of node.params) for (const name of namesOf(param)) declare(name, params, scopes);
  for (const param of node.params) visit(param, params, walk);
  if (node.body.type !== 'BlockStatement') return visit(node.body, params, walk);
  // Defaults of parameters do not see the variables of the body.
  const body = child(params, node);
  enterBody(node.body.body, body, walk);
  walk.watcher.enter(node.body);
  for (const statement of node.body.body) visit(statement, body, walk);
  walk.watcher.leave();
};
