import { isFunction, keyName, type Node } from '../syntax/syntax.js';
import type { Unit } from './module.js';

/** What can change in a value while modules load: the less, the fewer statements have to be taken in. */
export type Nature = 'declared' | 'primitive' | 'function' | 'class' | 'literal' | 'opaque';

export const natureOf = (unit: Unit): Nature => {
  if (unit.declared) return 'declared';
  if (unit.kind === 'function') return 'function';
  if (unit.kind === 'class') return 'class';
  return unit.node.type === 'VariableDeclarator' && unit.node.id.type !== 'Identifier'
    ? 'opaque'
    : natureOfValue(unit.value);
};

const natureOfValue = (value: Node | undefined): Nature => {
  if (!value || isPrimitive(value)) return 'primitive';
  if (isFunction(value)) return 'function';
  if (value.type === 'ClassExpression') return 'class';
  return literalIn(value) ? 'literal' : 'opaque';
};

const isPrimitive = (value: Node): boolean => {
  switch (value.type) {
    case 'Literal':
      return !value.regex || !/[gy]/.test(value.regex.flags);
    case 'TemplateLiteral':
    case 'UnaryExpression':
    case 'BinaryExpression':
      return true;
    case 'Identifier':
      return value.name === 'undefined' || value.name === 'NaN' || value.name === 'Infinity';
    default:
      return false;
  }
};

/** The literal that a value is made of, through `freeze` and fresh sets and maps; an enum counts as one. */
const literalIn = (value: Node): Node | undefined => {
  if (value.type === 'ObjectExpression' || value.type === 'ArrayExpression') return value;
  const call = value.type === 'CallExpression' || value.type === 'NewExpression' ? value : undefined;
  const [first] = call?.arguments ?? [];
  if (!call || !first) return call?.type === 'NewExpression' && isCollection(call.callee) ? call : undefined;
  if (isEnum(value)) return value;
  return isCollection(call.callee) || isFreeze(call.callee) ? literalIn(first as Node) : undefined;
};

const isCollection = (callee: Node) => callee.type === 'Identifier' && (callee.name === 'Set' || callee.name === 'Map');

const isFreeze = (callee: Node) =>
  callee.type === 'MemberExpression' &&
  callee.object.type === 'Identifier' &&
  callee.object.name === 'Object' &&
  keyName(callee.property, callee.computed) === 'freeze';

/** The function that a TypeScript enum becomes: it only sets members to primitive values. */
const isEnum = (value: Node): boolean => {
  if (value.type !== 'CallExpression' || !isFunction(value.callee) || value.callee.body.type !== 'BlockStatement')
    return false;
  return value.callee.body.body.every(
    (statement) =>
      statement.type === 'ReturnStatement' ||
      (statement.type === 'ExpressionStatement' && setsMember(statement.expression)),
  );
};

const setsMember = (node: Node): boolean =>
  node.type === 'AssignmentExpression' &&
  node.left.type === 'MemberExpression' &&
  (isPrimitive(node.right) || setsMember(node.right));

/** Is what a path leads to surely a value that nobody can change? */
export const isLeaf = (unit: Unit, path: readonly string[]): boolean => {
  const literal = unit.value && literalIn(unit.value);
  return literal ? leafAt(literal, path) : false;
};

const leafAt = (node: Node, path: readonly string[]): boolean => {
  if (isPrimitive(node)) return true;
  const [first, ...rest] = path;
  if (first === undefined) return false;
  if (node.type === 'CallExpression') return isEnum(node);
  const members = membersOf(node, first);
  return members.length > 0 && members.every((member) => member !== undefined && leafAt(member, rest));
};

const membersOf = (node: Node, name: string): (Node | undefined)[] => {
  if (node.type === 'ArrayExpression')
    return node.elements.map((element) => (element?.type === 'SpreadElement' ? undefined : (element ?? undefined)));
  if (node.type !== 'ObjectExpression') return [undefined];
  return node.properties
    .filter(
      (property) =>
        property.type !== 'Property' || name === '*' || [name, '*'].includes(keyName(property.key, property.computed)),
    )
    .map((property) => (property.type === 'Property' ? property.value : undefined));
};

/** No member of it, at any depth a path of one can reach, is more than a primitive value. */
export const isFlat = (unit: Unit): boolean => isLeaf(unit, ['*']);
