import type * as Acorn from 'acorn';
import { keyName, type Node } from './syntax.js';

/** What becomes of a value that is given to a call. */
export const receiver = (callee: Node): 'builtin' | 'callback' | 'out' => {
  if (isPureBuiltin(callee)) return 'builtin';
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

/** Calls of the language that neither keep nor change what they are given. */
const isPureBuiltin = (callee: Node): boolean => {
  if (callee.type === 'Identifier')
    return ['String', 'Number', 'Boolean', 'Set', 'Map', 'RegExp'].includes(callee.name);
  if (callee.type !== 'MemberExpression' || callee.object.type !== 'Identifier') return false;
  const { name } = callee.object;
  const method = keyName(callee.property, callee.computed);
  if (name === 'Object') return ['keys', 'values', 'entries', 'fromEntries', 'freeze', 'hasOwn', 'is'].includes(method);
  if (name === 'Array') return ['from', 'isArray', 'of'].includes(method);
  return name === 'Math' || name === 'console' || name === 'JSON' || name === 'Number';
};

/** Can a function given to this method see what the method belongs to? It is the last thing that it is called with. */
export const exposesWhole = ({ callee, arguments: given }: Acorn.CallExpression | Acorn.NewExpression): boolean => {
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
