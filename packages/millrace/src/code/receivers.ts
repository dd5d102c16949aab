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
