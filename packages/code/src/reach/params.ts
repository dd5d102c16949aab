import { isFrameworkName } from '../bundle/packages.js';
import type { Reference } from '../syntax/references.js';
import { keyName, type Node } from '../syntax/syntax.js';
import { isParams, type Module, type Unit } from './module.js';
import type { Target } from './universe.js';

/** The text of each parameter that has another value than its default, of these names or of all (`*`). */
export type ParamsOf = (names: readonly string[]) => Readonly<Record<string, string>>;

/** Stands for every parameter, where it cannot be told which are read. */
export const ANY_PARAM = '*';

/** `params`, or all of the framework, which has it. */
export const givesParams = (target: Target): boolean =>
  target.is === 'package' && target.package === 'millrace' && /^(\*\.)?(params|\*)$/.test(target.name);

/** `secret.env(…)`, `new Secret(…)`: whoever reaches it can read the value. */
export const givesSecrets = (target: Target): boolean =>
  target.is === 'package' && isFrameworkName(target.package) && /^(\*\.)?(secret|Secret)(\.|$)/.test(target.name);

/** The parameters that a mention of this declaration reads; undefined where it does not declare any. */
export const paramsRead = (
  unit: Unit,
  index: number,
  mention: Reference | undefined,
): readonly string[] | undefined => {
  const names = declaredIn(unit.node, unit.module);
  if (!names || unit.node.type !== 'VariableDeclarator') return undefined;
  const { id } = unit.node;
  const [member] = mention?.path ?? [];
  const one = id.type === 'ObjectPattern' ? keyOf(id, unit.bindings[index]?.name) : member;
  return one !== undefined && names.includes(one) ? [one] : names;
};

/** `const … = params({ a: 1, b: 2 })`, all names written out. */
export const declaredIn = (node: Node, module: Module): readonly string[] | undefined => {
  const call = node.type === 'VariableDeclarator' ? node.init : undefined;
  if (call?.type !== 'CallExpression' || !isNamed(call.callee) || !isParams(call.callee, module)) return undefined;
  const [defaults] = call.arguments;
  if (defaults?.type !== 'ObjectExpression') return undefined;
  const names = defaults.properties.map((each) =>
    each.type === 'Property' ? keyName(each.key, each.computed) : ANY_PARAM,
  );
  return names.includes(ANY_PARAM) ? undefined : names;
};

const isNamed = (callee: Node) =>
  callee.type === 'Identifier' || (callee.type === 'MemberExpression' && callee.object.type === 'Identifier');

const keyOf = ({ properties }: Node & { type: 'ObjectPattern' }, name: string | undefined): string | undefined => {
  const own = properties.find(
    (each) => each.type === 'Property' && each.value.type === 'Identifier' && each.value.name === name,
  );
  return own?.type === 'Property' ? keyName(own.key, own.computed) : undefined;
};
