import { isBuiltin } from 'node:module';
import { eachChild, type Node, parseModule, parseScript } from './syntax.js';

const HINT = /__dirname|__filename|import\.meta|createRequire|\brequire\b|\bimport\s*\(/;

/** Does a file load what its text does not name: files beside it, modules by a name that is made while it runs? */
export const loadsUnseen = (text: string): boolean => {
  if (!HINT.test(text.replace(NAMED, ''))) return false;
  const program = parsed(text);
  return program === undefined || isUnseen(program);
};

/** Most files only do this: it need not be parsed. */
const NAMED = /(?<![.\w$])(?:require|import)\s*\(\s*(?:"[^"\n]*"|'[^'\n]*')\s*\)/g;

const parsed = (text: string): Node | undefined => {
  for (const parse of [parseModule, parseScript]) {
    try {
      return parse(text);
    } catch {}
  }
  return undefined;
};

const OWN_PLACE = ['__dirname', '__filename', 'createRequire'];

const isUnseen = (node: Node): boolean => {
  switch (node.type) {
    case 'MetaProperty':
      return node.meta.name === 'import';
    case 'ImportExpression':
      return !isText(node.source) || below(node);
    case 'Identifier':
      return node.name === 'require' || OWN_PLACE.includes(node.name);
    case 'UnaryExpression':
      return !(node.operator === 'typeof' && node.argument.type === 'Identifier') && below(node);
    case 'CallExpression':
      if (node.callee.type === 'Identifier' && node.callee.name === 'require')
        return !isText(node.arguments[0]) || node.arguments.length > 1;
      // `module.require('util')`
      if (isRequireOf(node.callee) && isText(node.arguments[0])) return !isBuiltin(textOf(node.arguments[0]));
      return below(node);
    case 'LogicalExpression':
      return [node.left, node.right].some((each) => !isRequireOf(each) && isUnseen(each));
    case 'MemberExpression':
      // `module.require`, and `require.main`, `require.extensions`, which load nothing.
      if (isRequireOf(node)) return true;
      if (node.object.type === 'Identifier' && node.object.name === 'require' && node.property.type === 'Identifier')
        return !['main', 'extensions'].includes(node.property.name);
      return below(node);
    default:
      return below(node);
  }
};

const isRequireOf = (node: Node) =>
  node.type === 'MemberExpression' &&
  !node.computed &&
  node.property.type === 'Identifier' &&
  node.property.name === 'require';

const isText = (node: Node | undefined) => node?.type === 'Literal' && typeof node.value === 'string';
const textOf = (node: Node | undefined) => (node?.type === 'Literal' ? `${node.value}` : '');

const below = (node: Node): boolean => {
  let found = false;
  eachChild(node, (child) => {
    found ||= isUnseen(child);
  });
  return found;
};
