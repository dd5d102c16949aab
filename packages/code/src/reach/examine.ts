import type { Binding } from '../syntax/scope.js';
import { isWrapper } from '../syntax/shape.js';
import { childrenOf, isFunction, type Node } from '../syntax/syntax.js';
import type { Found } from './find.js';
import type { Unit } from './module.js';
import { writtenName } from './place.js';

/** What a function takes from around it that no file can tell. */
export interface Taken {
  readonly names: readonly string[];
  readonly node: Node;
}

/** Local variables of functions and blocks around it: their values differ from call to call. */
export const capturedBy = ({ module, unit, node }: Found, given: readonly string[]): Taken | undefined => {
  const captured = unit.references.filter(
    ({ node: name, binding }) =>
      node.start <= name.start &&
      name.end <= node.end &&
      binding !== undefined &&
      binding.scope !== module.scopes.top &&
      !(node.start <= binding.scope.node.start && binding.scope.node.end <= node.end) &&
      !isModuleScope(binding, unit),
  );
  const named = captured
    .map(({ node: each }) => ({ node: each, name: writtenName({ module, node: each }, each.name) }))
    .filter(({ name }) => !given.includes(name));
  const [first] = named;
  return first && { names: [...new Set(named.map(({ name }) => name))], node: first.node };
};

/** `this` and `super` of its own, or of what stands around an arrow function. */
export const thisIn = (found: Found): Taken | undefined => {
  const node = [...found.node.params, found.node.body].map(ownThis).find((each) => each !== undefined);
  return node && { names: [node.type === 'Super' ? 'super' : 'this'], node };
};

const ownThis = (node: Node): Node | undefined => {
  if (node.type === 'ThisExpression' || node.type === 'Super') return node;
  if (isFunction(node) && node.type !== 'ArrowFunctionExpression') return undefined;
  if (node.type === 'ClassBody') return undefined;
  for (const child of childrenOf(node)) {
    const found = ownThis(child);
    if (found) return found;
  }
  return undefined;
};

/** Names given as `uses` that the function never mentions: most likely misspelt. */
export const unmentioned = ({ module, unit, node }: Found, given: readonly string[]): string[] => {
  if (given.length === 0) return [];
  const own = unit.references.filter(({ node: { start, end } }) => node.start <= start && end <= node.end);
  const names = new Set(own.map(({ node: each }) => writtenName({ module, node: each }, each.name)));
  return given.filter((name) => !names.has(name));
};

/** The top level of a CommonJS file is a function only since it was bundled. */
const isModuleScope = ({ scope }: Binding, { value }: Unit): boolean => {
  if (!value || !isWrapper(value)) return false;
  const [modules] = value.arguments;
  const [only] = modules?.type === 'ObjectExpression' ? modules.properties : [];
  return only?.type === 'Property' && only.value === scope.node;
};
