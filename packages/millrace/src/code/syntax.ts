import { createRequire } from 'node:module';
import type * as Acorn from 'acorn';

export type Node = Acorn.AnyNode;
export type Identifier = Acorn.Identifier;
export type FunctionNode =
  | Acorn.FunctionDeclaration
  | Acorn.AnonymousFunctionDeclaration
  | Acorn.FunctionExpression
  | Acorn.ArrowFunctionExpression;

// Read on the first miss only: a run with nothing new parses nothing.
const acorn = (): typeof Acorn => createRequire(import.meta.url)('acorn');

export const parseModule = (text: string, format: 'module' | 'script'): Acorn.Program =>
  acorn().parse(text, {
    ecmaVersion: 'latest',
    sourceType: format,
    allowHashBang: true,
    allowReturnOutsideFunction: format === 'script',
  });

/** What `Function.prototype.toString` gives: an expression, or a method that only stands inside an object or a class. */
export const parseFunction = (
  text: string,
): { readonly node: FunctionNode; readonly shift: number; readonly source: string } | undefined => {
  for (const [before, after] of [
    ['(', ')'],
    ['({', '})'],
    ['(class { static ', '})'],
    ['(class extends Object { static ', '})'],
  ] as const) {
    const node = firstFunction(before + text + after);
    if (node) return { node, shift: before.length, source: before + text + after };
  }
  return undefined;
};

const firstFunction = (text: string): FunctionNode | undefined => {
  try {
    const program = acorn().parse(text, { ecmaVersion: 'latest', sourceType: 'module' });
    return find(program, isFunction) as FunctionNode | undefined;
  } catch {
    return undefined;
  }
};

const find = (node: Node, wanted: (node: Node) => boolean): Node | undefined => {
  if (wanted(node)) return node;
  for (const child of childrenOf(node)) {
    const found = find(child, wanted);
    if (found) return found;
  }
  return undefined;
};

export const isFunction = (node: Node): node is FunctionNode =>
  node.type === 'FunctionDeclaration' || node.type === 'FunctionExpression' || node.type === 'ArrowFunctionExpression';

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';

/** Parts of a node that name nothing: keys, labels, the far side of imports. */
const namesOnly = (node: Node): string[] => {
  switch (node.type) {
    case 'MemberExpression':
      return node.computed ? [] : ['property'];
    case 'Property':
    case 'MethodDefinition':
    case 'PropertyDefinition':
      return node.computed ? [] : ['key'];
    case 'LabeledStatement':
    case 'BreakStatement':
    case 'ContinueStatement':
      return ['label'];
    case 'MetaProperty':
      return ['meta', 'property'];
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
      return ['specifiers', 'source', 'exported', 'attributes'];
    case 'ExportNamedDeclaration':
      return ['specifiers', 'source', 'attributes'];
    default:
      return [];
  }
};

/** The nodes below a node in which names are looked up, in the order of the text. */
export const childrenOf = (node: Node): Node[] => {
  const skip = namesOnly(node);
  const children: Node[] = [];
  for (const [key, value] of Object.entries(node)) {
    if (skip.includes(key)) continue;
    for (const item of Array.isArray(value) ? value : [value]) if (isNode(item)) children.push(item);
  }
  return children;
};

/** The name of a key or a member where the text gives it, `*` where it is computed. */
export const keyName = (key: Node, computed: boolean): string => {
  if (!computed && (key.type === 'Identifier' || key.type === 'PrivateIdentifier')) return key.name;
  if (key.type === 'Literal' && (typeof key.value === 'string' || typeof key.value === 'number')) return `${key.value}`;
  return '*';
};

/** Every function in a tree, outer ones first. */
export const functionsBelow = (root: Node): FunctionNode[] => {
  const found: FunctionNode[] = [];
  const walk = (node: Node) => {
    if (isFunction(node)) found.push(node);
    for (const below of childrenOf(node)) walk(below);
  };
  walk(root);
  return found;
};
