import type { Origins } from './origin.js';
import type { Scopes } from './scope.js';
import { type FunctionNode, isFunction, keyName, type Node } from './syntax.js';

/** What every loader leaves alone in a function: its syntax, and the last word of each name from outside. */
export interface Form {
  readonly text: string;
  readonly names: readonly string[];
  /** Could this, as some loader has it, be that function of the bundle? */
  readonly agrees: (bundled: Form) => boolean;
  /** Names as the user wrote them. */
  readonly written: () => readonly string[];
}

/** Text that a function stands in, and where it comes from. */
export interface Standing {
  readonly text: string;
  readonly origin?: Origins;
}

export const formOf = (node: FunctionNode, scopes: Scopes, standing: Standing): Form => {
  const outside: { readonly name: string; readonly at: number }[] = [];
  const locals = new Map<unknown, number>();
  const put = (name: string, at: number) => {
    outside.push({ name, at });
    return '?';
  };
  const write = (value: unknown): string => {
    if (Array.isArray(value))
      return `[${value
        .filter((item) => !isNaming(item))
        .map(write)
        .join(',')}]`;
    if (typeof value === 'bigint') return `${value}n`;
    if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '';
    return 'type' in value ? writeNode(undressed(value as Node)) : '';
  };
  const writeNode = (each: Node): string => {
    const name = chainOf(each, scopes, node) ?? inlined(each, standing.text);
    if (name !== undefined) return put(name, each.start);
    if (each.type === 'Identifier') return writeIdentifier(each);
    if (each.type === 'UnaryExpression' && each.operator === 'void') return put('undefined', each.start);
    if (each.type === 'TemplateElement') return JSON.stringify(each.value.cooked);
    const fields = Object.entries(each).filter(([key, value]) => isSaid(key, value, each));
    return `${each.type}{${fields.map(([key, value]) => `${key}:${write(value)}`).join(';')}}`;
  };
  const writeIdentifier = (each: Node & { type: 'Identifier' }): string => {
    const binding = scopes.of.get(each);
    if (!binding) return each.name;
    locals.set(binding, locals.get(binding) ?? locals.size);
    return `%${locals.get(binding)}`;
  };
  const { params, body, async, generator, type } = node;
  const block =
    body.type === 'BlockStatement'
      ? body
      : { type: 'BlockStatement', body: [{ type: 'ReturnStatement', argument: body }] };
  const head = [type === 'ArrowFunctionExpression' ? 'arrow' : 'function', async, generator];
  const text = [...head, ...params.map(write), write(block)].join(' ');
  const names = outside.map(({ name }) => name);
  const written = () =>
    outside.map(({ name, at }) =>
      asWritten(name, standing.origin?.(at)?.text, (standing.origin?.(at)?.column ?? 1) - 1),
    );
  return { text, names, written, agrees: (bundled) => agree(names, bundled) };
};

const IGNORED = new Set(['type', 'start', 'end', 'raw', 'shorthand', 'expression', 'directive']);

const isSaid = (key: string, value: unknown, node: Node) =>
  !(IGNORED.has(key) && !(key === 'expression' && typeof value === 'object')) &&
  value !== null &&
  value !== false &&
  !(key === 'id' && isFunction(node));

/** What loaders put around names: `(0, x.y)` and `__name(f, 'f')`. */
const undressed = (node: Node): Node => {
  const [zero, last] = node.type === 'SequenceExpression' ? node.expressions : [];
  if (last && zero?.type === 'Literal' && zero.value === 0) return last;
  const named = node.type === 'CallExpression' && node.callee.type === 'Identifier' && node.callee.name === '__name';
  return named && node.arguments[0] ? undressed(node.arguments[0]) : node;
};

/** `static { __name(this, 'Box'); }` */
const isNaming = (item: Node | null): boolean => {
  const [only] = item?.type === 'StaticBlock' && item.body.length === 1 ? item.body : [];
  const call = only?.type === 'ExpressionStatement' ? only.expression : undefined;
  return call?.type === 'CallExpression' && call.callee.type === 'Identifier' && call.callee.name === '__name';
};

/** `a.b.c` where `a` comes from outside the function. */
const chainOf = (node: Node, scopes: Scopes, root: FunctionNode): string | undefined => {
  if (node.type === 'MetaProperty') return 'import.meta';
  if (node.type === 'MemberExpression' && !node.computed) {
    const before = chainOf(undressed(node.object), scopes, root);
    return before === undefined ? undefined : `${before}.${keyName(node.property, false)}`;
  }
  if (node.type !== 'Identifier') return undefined;
  const binding = scopes.of.get(node);
  if (!binding) return scopes.free.has(node) ? node.name : undefined;
  const inside =
    binding.scope !== scopes.top && root.start <= binding.scope.node.start && binding.scope.node.end <= root.end;
  return inside ? undefined : node.name;
};

/** A member of an enum that the compiler has put in: its name stands beside it. */
const inlined = (node: Node, text: string): string | undefined => {
  if (node.type !== 'Literal') return undefined;
  return /^ \/\* ([\w$]+) \*\//.exec(text.slice(node.end, node.end + 200))?.[1];
};

const asWritten = (name: string, line: string | undefined, column: number): string => {
  const found = line === undefined ? undefined : /^[\w$]+(\s*\??\.\s*[\w$]+)*/.exec(line.slice(column))?.[0];
  return found?.replace(/[\s?]/g, '') ?? name;
};

/** Each name is the word that the user wrote, or the word under which it was exported. */
const agree = (names: readonly string[], bundled: Form): boolean => {
  const written = bundled.written();
  return names.every((name, at) => {
    const own = bundled.names[at] ?? '';
    const mine = written[at] ?? '';
    return (
      name === own ||
      name === mine ||
      endsAlike(name, own.replace(/\d+$/, '')) ||
      endsAlike(name, mine) ||
      endsAlike(mine, name) ||
      isDefault(name, own)
    );
  });
};

const endsAlike = (name: string, end: string) => end !== '' && name.endsWith(`.${end}`);
/** What is imported as a default goes by whatever name its file gives it. */
const isDefault = (name: string, own: string) => /^[\w$]+\.default$/.test(name) && !own.includes('.');
