import type * as Acorn from 'acorn';
import { isRequire } from './references.js';
import type { Binding, Scopes } from './scope.js';
import type { Identifier, Node } from './syntax.js';

/** A place in a piece of code that stands for something outside of it. */
export type Slot = { readonly name: Identifier } | { readonly specifier: string };

/** Code without its names, places, comments and layout: what two printings of one program have in common. */
export interface Shape {
  readonly text: string;
  readonly slots: readonly Slot[];
}

interface Writing {
  readonly scopes: Scopes;
  readonly locals: Map<Binding, number>;
  readonly slots: Slot[];
  /** The text so far, in pieces. */
  readonly out: string[];
  /** How many tags stand around. */
  tags: number;
  readonly isInside: (binding: Binding) => boolean;
}

/** The form of a tree of syntax, written by us from the tree, so that no printer's version is in the key. */
export const shapeOf = (node: Node, scopes: Scopes): Shape => {
  const isInside = (binding: Binding) =>
    binding.scope !== scopes.top && node.start <= binding.scope.node.start && binding.scope.node.end <= node.end;
  const writing: Writing = { scopes, locals: new Map(), slots: [], out: [], tags: 0, isInside };
  write(rootOf(node), writing);
  return { text: writing.out.join(''), slots: writing.slots };
};

/** A declaration is what it declares; its name is nobody's business. */
const rootOf = (node: Node): unknown => {
  if (node.type === 'FunctionDeclaration' || node.type === 'ClassDeclaration') return { ...node, id: null };
  if (node.type === 'VariableDeclarator' && node.id.type === 'Identifier')
    return { type: 'Value', init: node.init ?? null };
  return node;
};

const write = (value: unknown, writing: Writing): void => {
  if (typeof value !== 'object' || value === null) writing.out.push(JSON.stringify(value) ?? 'undefined');
  else if (Array.isArray(value)) writeList(value, writing);
  else if ('type' in value) writeNode(value as Node, writing);
  else writing.out.push(JSON.stringify(value));
};

const writeList = (items: readonly unknown[], writing: Writing) => {
  let between = '[';
  for (const item of items) {
    if ((item as Node | null)?.type === 'EmptyStatement') continue;
    writing.out.push(between);
    between = ',';
    write(item, writing);
  }
  writing.out.push(between === '[' ? '[]' : ']');
};

const writeNode = (node: Node, writing: Writing): void => {
  switch (node.type) {
    case 'Identifier':
      writing.out.push(nameText(node, writing));
      return;
    case 'Literal':
      writing.out.push(literalText(node));
      return;
    case 'TemplateLiteral': {
      const plain = writing.tags > 0 ? undefined : plainText(node);
      if (plain === undefined) return writeFields(node, writing);
      writing.out.push(`s${JSON.stringify(plain)}`);
      return;
    }
    case 'TemplateElement':
      // Only a tag sees how a text was written.
      writing.out.push(JSON.stringify(writing.tags > 0 ? [node.value.cooked, node.value.raw] : node.value.cooked));
      return;
    case 'TaggedTemplateExpression':
      writing.tags++;
      writeFields(node, writing);
      writing.tags--;
      return;
    case 'ImportDeclaration':
      writing.slots.push({ specifier: `${node.source.value}` });
      writing.out.push('import $');
      return;
    case 'ImportExpression':
    case 'CallExpression':
      if (isWrapper(node)) writeWrapper(node, writing);
      else if (!writeLoad(node, writing)) writeFields(node, writing);
      return;
    case 'UnaryExpression':
      if (node.operator === 'void' && node.argument.type === 'Literal') writing.out.push('undefined');
      else writeFields(node, writing);
      return;
    default:
      writeFields(node, writing);
  }
};

const NOT_IN_THE_KEY = new Set(['type', 'start', 'end', 'loc', 'range', 'raw', 'shorthand', 'directive', 'sourceType']);
const BODIES = new Set(['body', 'consequent', 'alternate']);
const NAMED_FOR_PEOPLE = new Set(['FunctionExpression', 'ClassExpression']);

const fieldsByType = new Map<string, readonly string[]>();

/** Fields by name, whatever the order in which a parser makes them. */
const fieldsOf = (node: Node): readonly string[] => {
  let fields = fieldsByType.get(node.type);
  if (!fields) {
    const named = NAMED_FOR_PEOPLE.has(node.type) ? ['id', ...NOT_IN_THE_KEY] : [...NOT_IN_THE_KEY];
    fields = Object.keys(node)
      .filter((key) => !named.includes(key))
      .sort();
    fieldsByType.set(node.type, fields);
  }
  return fields;
};

const writeFields = (node: Node, writing: Writing): void => {
  const key = plainKey(node);
  writing.out.push(`${node.type}{`);
  for (const field of fieldsOf(node)) {
    const value = (node as unknown as Record<string, unknown>)[field];
    if (value === null || value === undefined || value === false) continue;
    // An arrow function says with `expression` how it was written, other nodes hold one.
    if (field === 'expression' && typeof value !== 'object') continue;
    if (key !== undefined && field === 'computed') continue;
    if (key !== undefined && (field === 'property' || field === 'key')) writing.out.push(`.${JSON.stringify(key)};`);
    else {
      writing.out.push(`${field}:`);
      if (BODIES.has(field)) writeBody(value, node, writing);
      else write(value, writing);
      writing.out.push(';');
    }
  }
  writing.out.push('}');
};

const writeBody = (value: unknown, parent: Node, writing: Writing): void => {
  if (parent.type !== 'ArrowFunctionExpression' || parent.body.type === 'BlockStatement')
    return write(unwrapped(value, parent), writing);
  writing.out.push('BlockStatement{body:[ReturnStatement{argument:');
  write(value, writing);
  writing.out.push(';}];}');
};

/** `if (a) { b(); }` is `if (a) b();`. */
const unwrapped = (value: unknown, parent: Node): unknown => {
  const body = value as Node;
  if (!/^(If|For|While|DoWhile|ForIn|ForOf)(Statement)$/.test(parent.type) || body.type !== 'BlockStatement')
    return value;
  const [only, ...more] = body.body;
  return only && more.length === 0 && !/Declaration$/.test(only.type) ? only : value;
};

/** `a.b` is `a['b']`, `{ a: 1 }` is `{ 'a': 1 }`. */
const plainKey = (node: Node): string | undefined => {
  switch (node.type) {
    case 'MemberExpression':
      return keyText(node.property, node.computed);
    case 'Property':
    case 'MethodDefinition':
    case 'PropertyDefinition':
      return keyText(node.key, node.computed);
    default:
      return undefined;
  }
};

const keyText = (key: Node, computed: boolean): string | undefined => {
  if (!computed && key.type === 'Identifier') return key.name;
  // Written out, this key sets the prototype; computed, it is a key like any other.
  const isText = key.type === 'Literal' && typeof key.value === 'string' && !(computed && key.value === '__proto__');
  return isText ? `${key.value}` : undefined;
};

const nameText = (node: Identifier, writing: Writing): string => {
  const binding = writing.scopes.of.get(node);
  if (!binding && node.name === 'undefined') return 'undefined';
  if (!binding && !writing.scopes.free.has(node)) return JSON.stringify(node.name);
  if (binding && writing.isInside(binding)) {
    const known = writing.locals.get(binding) ?? writing.locals.size;
    writing.locals.set(binding, known);
    return `%${known}`;
  }
  writing.slots.push({ name: node });
  return '$';
};

const plainText = (node: Node & { type: 'TemplateLiteral' }) =>
  node.expressions.length === 0 ? (node.quasis[0]?.value.cooked ?? undefined) : undefined;

const literalText = (node: Node & { type: 'Literal' }): string => {
  if (node.regex) return `r${JSON.stringify([node.regex.pattern, node.regex.flags])}`;
  if (node.bigint) return `b${BigInt(node.bigint.replaceAll('_', ''))}`;
  return typeof node.value === 'string' ? `s${JSON.stringify(node.value)}` : `l${node.value}`;
};

/** The file that is loaded counts, not the words that lead to it. */
const writeLoad = (node: Node & { type: 'ImportExpression' | 'CallExpression' }, writing: Writing): boolean => {
  const source =
    node.type === 'ImportExpression' ? node.source : isRequire(node.callee) ? node.arguments[0] : undefined;
  if (source?.type !== 'Literal' || typeof source.value !== 'string') return false;
  writing.slots.push({ specifier: source.value });
  writing.out.push(node.type === 'ImportExpression' ? 'import($)' : 'require($)');
  return true;
};

/** How the bundler keeps a module that must not run before it is asked for: a call with the one method, named after the file. */
export const isWrapper = (node: Node): node is Acorn.CallExpression =>
  node.type === 'CallExpression' && node.callee.type === 'Identifier' && WRAPPERS.has(node.callee.name);

const WRAPPERS = new Set(['__commonJS', '__esm']);

const writeWrapper = (node: Acorn.CallExpression, writing: Writing) => {
  const [modules] = node.arguments;
  const properties = modules?.type === 'ObjectExpression' ? modules.properties : [];
  let between = 'module(';
  for (const property of properties) {
    writing.out.push(between);
    between = ',';
    if (property.type === 'Property') write(property.value, writing);
  }
  writing.out.push(properties.length > 0 ? ')' : 'module()');
};
