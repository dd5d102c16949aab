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

/** Reads the parser in while the bundler works in its own process. */
export const prepareParser = () => {
  acorn();
};

export const parseModule = (text: string): Acorn.Program =>
  acorn().parse(text, { ecmaVersion: 'latest', sourceType: 'module', allowHashBang: true });

export const parseScript = (text: string): Acorn.Program =>
  acorn().parse(text, {
    ecmaVersion: 'latest',
    sourceType: 'script',
    allowHashBang: true,
    allowReturnOutsideFunction: true,
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
    return find(parseModule(text), isFunction) as FunctionNode | undefined;
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

export type CallNode = Acorn.CallExpression | Acorn.NewExpression;

export const isCall = (node: Node): node is CallNode => node.type === 'CallExpression' || node.type === 'NewExpression';

export const isNode = (value: unknown): value is Node =>
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

const FLAT = [
  'type',
  'start',
  'end',
  'name',
  'raw',
  'operator',
  'kind',
  'computed',
  'async',
  'generator',
  'optional',
  'static',
  'method',
  'shorthand',
];
const plainFields = new Map<string, readonly string[]>();
const computedFields = new Map<string, readonly string[]>();

/** The fields of a node that may hold nodes, asked once for each type: the walks are most of a cold start. */
export const fieldsOf = (node: Node): readonly string[] => {
  const known = 'computed' in node && node.computed ? computedFields : plainFields;
  let fields = known.get(node.type);
  if (!fields) {
    const skip = [...namesOnly(node), ...FLAT];
    fields = Object.keys(node).filter((key) => !skip.includes(key));
    known.set(node.type, fields);
  }
  return fields;
};

/** Visits the nodes below a node in which names are looked up, in the order of the text. */
export const eachChild = (node: Node, visit: (child: Node) => void) => {
  for (const field of fieldsOf(node)) {
    const value = (node as unknown as Record<string, unknown>)[field];
    if (Array.isArray(value)) for (const item of value) isNode(item) && visit(item);
    else if (isNode(value)) visit(value);
  }
};

export const childrenOf = (node: Node): Node[] => {
  const children: Node[] = [];
  eachChild(node, (child) => children.push(child));
  return children;
};

/** The name of a key or a member where the text gives it, `*` where it is computed. */
export const keyName = (key: Node, computed: boolean): string => {
  if (!computed && (key.type === 'Identifier' || key.type === 'PrivateIdentifier')) return key.name;
  if (key.type === 'Literal' && (typeof key.value === 'string' || typeof key.value === 'number')) return `${key.value}`;
  return '*';
};
