import type { Above } from './patterns.js';
import { type CallNode, isCall, keyName, type Node } from './syntax.js';

/** What becomes of a value that is given to a call. */
export const receiver = (call: CallNode, above: Above): 'builtin' | 'spread' | 'callback' | 'out' => {
  const { callee } = call;
  if (isBuiltin(callee, LOOKS) || looksAsText(call)) return 'builtin';
  if (handsBack(call)) return isKept(above) ? 'builtin' : 'spread';
  return callee.type === 'MemberExpression' && ITERATIONS.has(keyName(callee.property, callee.computed))
    ? 'callback'
    : 'out';
};

/** Methods that call what they are given and do not look at it otherwise. */
const ITERATIONS = new Set(
  'map filter forEach some every find findIndex findLast flatMap reduce reduceRight sort toSorted replace replaceAll then catch finally'.split(
    ' ',
  ),
);

/** Calls of the language that neither keep nor change what they are given; `X.*`: all methods. */
const LOOKS = new Set(
  'String Number Boolean RegExp Object.keys Object.hasOwn Object.is Array.isArray Math.* console.* Number.*'.split(' '),
);

/** These as well, but its members are in what they give. */
const HAND_BACK = new Set(
  'Set Map Object.values Object.entries Object.fromEntries Object.freeze Array.from'.split(' '),
);

const isBuiltin = (callee: Node, names: ReadonlySet<string>): boolean => {
  if (callee.type === 'Identifier') return names.has(callee.name);
  if (callee.type !== 'MemberExpression' || callee.object.type !== 'Identifier') return false;
  const { name } = callee.object;
  return names.has(`${name}.*`) || names.has(`${name}.${keyName(callee.property, callee.computed)}`);
};

/** `JSON.stringify(x, null, 2)`: a function in the second place is shown every member. */
const looksAsText = ({ callee, arguments: [, second] }: CallNode) =>
  isBuiltin(callee, JSON_METHODS) && (second === undefined || second.type === 'Literal');

const JSON_METHODS = new Set(['JSON.*']);

const handsBack = (call: CallNode) => call.arguments.length === 1 && isBuiltin(call.callee, HAND_BACK);

/** Does what a call gives just get a name at the top? Changes through that name are followed from there. */
const isKept = ({ parents, at }: Above): boolean => {
  const parent = parents[at];
  if (!parent) return true;
  if (parent.type === 'VariableDeclarator') return at === 0;
  return isCall(parent) && handsBack(parent) && isKept({ parents, at: at - 1 });
};

/** Can a function given to this method see what the method belongs to? It is the last thing that it is called with. */
export const exposesWhole = ({ callee, arguments: given }: CallNode): boolean => {
  if (callee.type !== 'MemberExpression') return false;
  const method = keyName(callee.property, callee.computed);
  const before = method.startsWith('reduce') ? 3 : 2;
  return HANDS_ON.has(method) && !(given[0] && takesFew(given[0], before));
};

const takesFew = (given: Node, most: number): boolean => {
  if (given.type === 'Identifier') return ['String', 'Number', 'Boolean'].includes(given.name);
  if (given.type !== 'ArrowFunctionExpression') return false;
  return given.params.length <= most && given.params.every(({ type }) => type !== 'RestElement');
};

const HANDS_ON = new Set(
  'every filter find findIndex findLast findLastIndex flatMap forEach map reduce reduceRight some'.split(' '),
);
