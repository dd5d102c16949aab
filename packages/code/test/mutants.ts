import * as acorn from 'acorn';

/** A change of a program that a person could make by mistake. */
export interface Mutant {
  readonly what: string;
  readonly text: string;
}

type Node = acorn.AnyNode;

const SWAPS: Readonly<Record<string, string>> = {
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
  '%': '*',
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
  '==': '!=',
  '!=': '==',
  '&&': '||',
  '||': '&&',
  '??': '||',
  '&': '|',
  '|': '&',
  '^': '&',
  '<<': '>>',
  '>>': '<<',
  '>>>': '>>',
  '+=': '-=',
  '-=': '+=',
  '|=': '&=',
  '&=': '|=',
  '++': '--',
  '--': '++',
  in: 'instanceof',
};

/** At least one mutant for each statement, and more for what is in it. */
export const mutantsOf = (text: string): Mutant[] => {
  const mutants: Mutant[] = [];
  const put = (node: Node, to: string, what: string) =>
    mutants.push({ what: `${what} at ${node.start}`, text: text.slice(0, node.start) + to + text.slice(node.end) });
  const walk = (node: Node) => {
    mutate(node, text, (to, what) => put(node, to, what));
    for (const child of childrenOf(node)) walk(child);
  };
  walk(acorn.parse(text, { ecmaVersion: 'latest', sourceType: 'module' }));
  return mutants.filter(({ text: changed }) => parses(changed));
};

const parses = (text: string) => {
  try {
    return Boolean(acorn.parse(text, { ecmaVersion: 'latest', sourceType: 'module' }));
  } catch {
    return false;
  }
};

const mutate = (node: Node, text: string, put: (to: string, what: string) => void) => {
  const source = (part: Node) => text.slice(part.start, part.end);
  switch (node.type) {
    case 'Literal':
      if (typeof node.value === 'number') put(`${node.value + 1}`, 'number');
      if (typeof node.value === 'string') put(JSON.stringify(`${node.value}x`), 'string');
      if (typeof node.value === 'boolean') put(`${!node.value}`, 'boolean');
      if (node.regex) put(`/x${node.regex.pattern}/${node.regex.flags}`, 'pattern');
      return;
    case 'BinaryExpression':
    case 'LogicalExpression':
    case 'AssignmentExpression': {
      const swapped = SWAPS[node.operator];
      if (swapped) put(`${source(node.left)} ${swapped} ${source(node.right)}`, node.operator);
      return;
    }
    case 'UpdateExpression':
      return put(
        node.prefix ? SWAPS[node.operator] + source(node.argument) : source(node.argument) + SWAPS[node.operator],
        node.operator,
      );
    case 'UnaryExpression':
      return node.operator === '!' || node.operator === '-' || node.operator === '~'
        ? put(`(${source(node.argument)})`, node.operator)
        : undefined;
    case 'IfStatement':
      return put(
        `if (!(${source(node.test)})) ${source(node.consequent)}${node.alternate ? ` else ${source(node.alternate)}` : ''}`,
        'if',
      );
    case 'ReturnStatement':
      return node.argument ? put('return;', 'return') : undefined;
    case 'ExpressionStatement':
      return node.directive ? undefined : put('', 'statement');
    case 'ThrowStatement':
    case 'BreakStatement':
    case 'ContinueStatement':
      return put(';', node.type);
    default:
      return undefined;
  }
};

const childrenOf = (node: Node): Node[] => {
  if (/^Import/.test(node.type) || node.type === 'ExportAllDeclaration') return [];
  if (node.type === 'ExportNamedDeclaration' && !node.declaration) return [];
  if (node.type === 'ExpressionStatement' && node.directive) return [];
  return Object.values(node)
    .flatMap((value) => (Array.isArray(value) ? value : [value]))
    .filter((value): value is Node => typeof value?.type === 'string');
};
