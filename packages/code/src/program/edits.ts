import type { Module } from '../reach/module.js';
import { isAddress } from '../syntax/address.js';
import { isRequire } from '../syntax/references.js';
import { eachChild, type Identifier, isFunction, type Node } from '../syntax/syntax.js';
import { importedAs, missing, type Names, NoProgram } from './names.js';
import type { Edit } from './writer.js';

/** What becomes of the imports in a piece of a module, once it stands in a program. */
export const editsIn = (root: Node, module: Module, names: Names): Edit[] => {
  const edits: Edit[] = [];
  const visit = (node: Node, parent: Node | undefined) => {
    const edit = editOf(node, parent, { module, names });
    if (edit) edits.push(edit);
    else eachChild(node, (child) => visit(child, node));
  };
  visit(root, undefined);
  return edits;
};

interface Standing {
  readonly module: Module;
  readonly names: Names;
}

const editOf = (node: Node, parent: Node | undefined, { module, names }: Standing): Edit | undefined => {
  const put = (text: string): Edit => ({ start: node.start, end: node.end, text });
  if (node.type === 'Identifier') return editOfName(node, parent, { module, names });
  if (node.type === 'MetaProperty' && node.meta.name === 'import') throw new NoProgram('it asks for its own place');
  if (node.type === 'ImportExpression') return put(names.loaded(module, textIn(node.source)));
  if (node.type !== 'CallExpression' || !isRequire(node.callee)) return undefined;
  const from = textIn(node.arguments[0]);
  const lead = module.leads.get(from);
  if (!lead || 'output' in lead) return put(`(() => { throw ${missing(from)}; })()`);
  return put(names.parameter(from, lead, 'require'));
};

const textIn = (node: Node | undefined): string => {
  if (node?.type === 'Literal' && typeof node.value === 'string') return node.value;
  throw new NoProgram('it chooses what it loads while it runs');
};

const editOfName = (node: Identifier, parent: Node | undefined, { module, names }: Standing): Edit | undefined => {
  if (isAddress(node.name)) return { start: node.start, end: node.end, text: placeIn(node, module, names) };
  const imported = importedAs(node, module);
  if (!imported) return undefined;
  const word = names.imported(module, imported);
  const put = (text: string): Edit => ({ start: node.start, end: node.end, text });
  if (parent?.type === 'Property' && parent.shorthand) return put(`${node.name}: ${word}`);
  // A function that is taken from a namespace is called without it.
  const isCalled =
    (parent?.type === 'CallExpression' && parent.callee === node) ||
    (parent?.type === 'TaggedTemplateExpression' && parent.tag === node);
  return put(isCalled ? `(0, ${word})` : word);
};

/** The place of the user's file, as the bundle has it at its top. */
const placeIn = (node: Identifier, module: Module, { kind }: Names): string => {
  const binding = module.scopes.of.get(node);
  const [unit] = (binding && module.unitsOf.get(binding)) ?? [];
  if (kind === 'real' && unit?.value?.type === 'Literal') return JSON.stringify(unit.value.value);
  throw new NoProgram('it asks for its own place');
};

/** Whether a piece waits while its module loads. */
export const awaitsAtTop = (node: Node): boolean => {
  if (node.type === 'AwaitExpression' || (node.type === 'ForOfStatement' && node.await)) return true;
  if (isFunction(node)) return false;
  let found = false;
  eachChild(node, (child) => {
    found ||= awaitsAtTop(child);
  });
  return found;
};
