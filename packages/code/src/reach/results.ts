import type { Scopes } from '../syntax/scope.js';
import { type CallNode, eachChild, isCall, isFunction, keyName, type Node } from '../syntax/syntax.js';
import { RESULTS, wordOfResult } from './impure.js';
import type { Spot } from './place.js';

/** A read of the world by way of what a call gives; without a word it is a way to make code. */
export interface ResultRead {
  readonly word?: string;
  /** `Event.timeStamp` */
  readonly name: string;
  readonly node: Node;
}

const known = new WeakMap<Node, readonly ResultRead[]>();

/** `new Event('x').timeStamp`, `const { stack } = new Error()`, and members of variables that hold one. */
export const resultsReadIn = ({ module, node }: Spot): readonly ResultRead[] => {
  const before = known.get(node);
  if (before) return before;
  const found = RESULTS.test(module.text.slice(node.start, node.end)) ? readsIn(node, module.scopes) : [];
  known.set(node, found);
  return found;
};

const readsIn = (root: Node, scopes: Scopes): ResultRead[] => {
  const found: ResultRead[] = [];
  const visit = (node: Node, parent: Node) => {
    for (const member of membersIn(node, parent)) found.push(...readOf(member, scopes));
    eachChild(node, (child) => visit(child, node));
  };
  visit(root, root);
  return found;
};

interface Member {
  readonly node: Node;
  readonly name: string;
  /** What it is read off. */
  readonly of: Node;
  /** Number of arguments, where it is called. */
  readonly called?: number;
}

const membersIn = (node: Node, parent: Node): Member[] => {
  if (node.type === 'MemberExpression') {
    const called = isCall(parent) && parent.callee === node ? { called: argumentsOf(parent) } : {};
    return [{ node, name: keyName(node.property, node.computed), of: node.object, ...called }];
  }
  if (node.type !== 'VariableDeclarator' || node.id.type !== 'ObjectPattern' || !node.init) return [];
  const { init, id } = node;
  return id.properties.flatMap((each) =>
    each.type === 'Property' ? [{ node, name: keyName(each.key, each.computed), of: init }] : [],
  );
};

/** `format(undefined)` is `format()`. */
const argumentsOf = ({ arguments: [first, ...more] }: CallNode) =>
  first?.type === 'Identifier' && first.name === 'undefined' ? 0 : first ? 1 + more.length : 0;

const readOf = ({ node, name, of, called }: Member, scopes: Scopes): ResultRead[] => {
  if (name === 'constructor') return isSomeFunction(of) ? [{ name, node }] : [];
  const call = madeBy(name === 'now' ? instanceOf(of) : of, scopes);
  const made = call && globalIn(call.callee, scopes);
  if (!made) return [];
  const word = wordOfResult({
    made,
    given: call.arguments.length,
    member: name,
    ...(called !== undefined && { called }),
  });
  return word ? [{ word, name: `${made}.${name}`, node }] : [];
};

/** Of `date.constructor` the date. */
const instanceOf = (node: Node): Node =>
  node.type === 'MemberExpression' && keyName(node.property, node.computed) === 'constructor' ? node.object : node;

/** The call that a value comes from, at once or by way of a variable. */
const madeBy = (node: Node, scopes: Scopes): CallNode | undefined => {
  if (node.type === 'ChainExpression') return madeBy(node.expression, scopes);
  if (isCall(node)) return node;
  const binding = node.type === 'Identifier' ? scopes.of.get(node) : undefined;
  return binding && scopes.made.get(binding);
};

/** `Intl.DateTimeFormat`, where `Intl` is the one of the language. */
const globalIn = (node: Node, scopes: Scopes): string | undefined => {
  if (node.type === 'Identifier') return scopes.of.has(node) ? undefined : node.name;
  if (node.type !== 'MemberExpression') return undefined;
  const outer = globalIn(node.object, scopes);
  const own = keyName(node.property, node.computed);
  return outer === 'globalThis' || outer === 'global' ? own : outer && `${outer}.${own}`;
};

/** A function written out, or what all of its kind have in common: its constructor makes functions of texts. */
const isSomeFunction = (node: Node): boolean => {
  if (isFunction(node)) return true;
  if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression') return false;
  const [first] = node.arguments;
  return (
    keyName(node.callee.property, node.callee.computed) === 'getPrototypeOf' && first !== undefined && isFunction(first)
  );
};
