import { type Identifier, keyName, type Node } from './syntax.js';

/** The identifiers that a pattern introduces. */
export const namesOf = (pattern: Node): Identifier[] => {
  switch (pattern.type) {
    case 'Identifier':
      return [pattern];
    case 'ObjectPattern':
      return pattern.properties.flatMap((property) =>
        namesOf(property.type === 'Property' ? property.value : property),
      );
    case 'ArrayPattern':
      return pattern.elements.flatMap((element) => (element ? namesOf(element) : []));
    case 'AssignmentPattern':
      return namesOf(pattern.left);
    case 'RestElement':
      return namesOf(pattern.argument);
    default:
      return [];
  }
};

/** Looks through `export`. */
export const declarationIn = (statement: Node): Node =>
  (statement.type === 'ExportNamedDeclaration' || statement.type === 'ExportDefaultDeclaration') &&
  statement.declaration
    ? statement.declaration
    : statement;

/** The members that a pattern names, unless it leaves the rest in one piece. */
export const takenBy = (pattern: Node): readonly string[] | undefined => {
  if (pattern.type !== 'ObjectPattern') return undefined;
  const keys = pattern.properties.map((property) =>
    property.type === 'Property' ? keyName(property.key, property.computed) : '*',
  );
  return keys.includes('*') ? undefined : keys;
};

/** The nodes above one, up to a certain one. */
export interface Above {
  readonly parents: readonly Node[];
  readonly at: number;
}

/** `[a, b.c] = …` and `({ x: a } = …)` write through a pattern. */
export const isAssigned = (current: Node, { parents, at: from }: Above): boolean => {
  let below = current;
  for (let at = from; at >= 0; at--) {
    const parent = parents[at]!;
    if (parent.type === 'AssignmentPattern' && parent.right === below) return false;
    if (parent.type === 'AssignmentExpression' || parent.type === 'ForOfStatement' || parent.type === 'ForInStatement')
      return parent.left === below;
    if (parent.type === 'Property' ? parent.value !== below : !PATTERNS.has(parent.type)) return false;
    below = parent;
  }
  return false;
};

const PATTERNS = new Set(['ArrayPattern', 'ObjectPattern', 'AssignmentPattern', 'RestElement']);
