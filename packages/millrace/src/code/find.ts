import { dirname, resolve } from 'node:path';
import { prefixOf } from './bundle.js';
import { readText } from './disk.js';
import type { Module, Unit } from './module.js';
import { originsIn, pointOf } from './place.js';
import { resolveNames, type Scopes } from './scope.js';
import {
  type FunctionNode,
  functionsBelow,
  isFunction,
  keyName,
  type Node,
  parseFunction,
  parseModule,
} from './syntax.js';
import type { Universe } from './universe.js';

/** A function as it stands in a file. */
export interface Found {
  readonly module: Module;
  readonly unit: Unit;
  readonly node: FunctionNode;
}

/** All functions of the user's code, by what can be seen of them from outside. */
export interface Finder {
  /** In code that we bundled: the very text, and from there the very place. */
  readonly byText: (text: string) => readonly Found[];
  /** In code that somebody else has loaded: by form, with names that agree. */
  readonly byForm: (text: string) => readonly Found[];
}

export const finderIn = (universe: Universe, bundleFile: string): Finder => {
  const known = lazily(() => functionsIn(universe));
  const places = lazily(() => new Map(known().map((found) => [placeKey(found), found])));
  const forms = lazily(() => groupBy(known(), (found) => formOf(found.node, found.module.scopes).text));
  const bundled = lazily(() => ({ code: readText(bundleFile) ?? '', map: readText(`${bundleFile}.map`) ?? '' }));
  const ranges = lazily(() => rangesIn(bundled().code));
  const origin = lazily(() => originsIn(bundled().code, bundled().map));
  return {
    byText: (text) => {
      const parsed = parseFunction(text);
      if (!parsed) return [];
      const offset = landmark(parsed.node).start - parsed.shift;
      const { start, end } = parsed.node;
      const all = occurrences(bundled().code, text);
      // The text of one function may be the beginning of another's.
      const whole =
        all.length > 1
          ? all.filter((at) => ranges().has(`${at + start - parsed.shift}:${at + end - parsed.shift}`))
          : all;
      return whole.flatMap((at) => {
        const point = origin()(at + offset);
        return (point && places().get(bundleKey(point, bundleFile, universe))) ?? [];
      });
    },
    byForm: (text) => {
      const parsed = parseFunction(text);
      if (!parsed) return [];
      const form = formOf(parsed.node, resolveNames(parsed.node));
      return (forms().get(form.text) ?? []).filter((found) => agree(found, form));
    },
  };
};

const lazily = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};

const groupBy = <T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> => {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
};

const functionsIn = ({ modules }: Universe): Found[] =>
  [...modules.values()].flatMap((module) =>
    module.functions.flatMap((node) => {
      const unit = module.units.find((each) => each.node.start <= node.start && node.end <= each.node.end);
      return unit ? [{ module, unit, node }] : [];
    }),
  );

/** The place in a function that source maps agree on: names in an expression may move when files are joined. */
const landmark = (node: FunctionNode): Node => (node.body.type === 'BlockStatement' ? node.body : node);

const placeKey = ({ module, node }: Found) => {
  const { line, column } = pointOf(module, landmark(node));
  return `${module.file}:${line}:${column}`;
};

const bundleKey = (
  point: { source: string; line: number; column: number },
  bundleFile: string,
  { modules }: Universe,
) => {
  const file = resolve(dirname(bundleFile), point.source);
  const shift = point.line === 0 ? prefixOf(file, modules.get(file)?.original ?? '').length : 0;
  return `${file}:${point.line}:${point.column - shift}`;
};

const rangesIn = (code: string) =>
  new Set(functionsBelow(parseModule(code, 'module')).map(({ start, end }) => `${start}:${end}`));

const occurrences = (text: string, part: string): number[] => {
  const found: number[] = [];
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) found.push(at);
  return found;
};

/** What loaders leave alone: the syntax, and the last word of each outside name. */
interface Form {
  readonly text: string;
  readonly names: readonly string[];
}

const formOf = (node: FunctionNode, scopes: Scopes): Form => {
  const names: string[] = [];
  const locals = new Map<unknown, number>();
  const write = (value: unknown): string => {
    if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
    if (typeof value === 'bigint') return `${value}n`;
    if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '';
    return 'type' in value ? writeNode(undressed(value as Node)) : '';
  };
  const writeNode = (each: Node): string => {
    const outside = chainOf(each, scopes, node);
    if (outside !== undefined) {
      names.push(outside);
      return '?';
    }
    if (each.type === 'Identifier') return writeIdentifier(each);
    const fields = Object.entries(each).filter(
      ([key, value]) => !IGNORED.has(key) && value !== null && value !== false && !(key === 'id' && isFunction(each)),
    );
    return `${each.type}{${fields.map(([key, value]) => `${key}:${write(value)}`).join(';')}}`;
  };
  const writeIdentifier = (each: Node & { type: 'Identifier' }): string => {
    const binding = scopes.of.get(each);
    if (!binding) return each.name;
    locals.set(binding, locals.get(binding) ?? locals.size);
    return `%${locals.get(binding)}`;
  };
  const { params, body, async, generator, type } = node;
  const kind = type === 'ArrowFunctionExpression' ? 'arrow' : 'function';
  const text = [
    kind,
    async,
    generator,
    ...params.map(write),
    write(body.type === 'BlockStatement' ? body : { type: 'ReturnStatement', argument: body }),
  ];
  return { text: text.join(' '), names };
};

const IGNORED = new Set(['type', 'start', 'end', 'raw', 'shorthand', 'expression', 'directive']);

/** What loaders put around names: `(0, x.y)` and `__name(f, 'f')`. */
const undressed = (node: Node): Node => {
  if (
    node.type === 'SequenceExpression' &&
    node.expressions.length === 2 &&
    node.expressions[0]?.type === 'Literal' &&
    node.expressions[0].value === 0
  )
    return node.expressions[1]!;
  if (
    node.type === 'CallExpression' &&
    node.callee.type === 'Identifier' &&
    node.callee.name === '__name' &&
    node.arguments[0]
  )
    return undressed(node.arguments[0] as Node);
  return node;
};

/** `a.b.c` where `a` comes from outside the function. */
const chainOf = (node: Node, scopes: Scopes, root: FunctionNode): string | undefined => {
  if (node.type === 'MetaProperty') return 'import.meta';
  if (node.type === 'MemberExpression' && !node.computed) {
    const before = chainOf(node.object as Node, scopes, root);
    return before === undefined ? undefined : `${before}.${keyName(node.property, false)}`;
  }
  if (node.type !== 'Identifier') return undefined;
  const binding = scopes.of.get(node);
  if (!binding) return scopes.free.has(node) ? node.name : undefined;
  const inside =
    binding.scope !== scopes.top && root.start <= binding.scope.node.start && binding.scope.node.end <= root.end;
  return inside ? undefined : node.name;
};

/** Each outside name is the same word in both, or the word under which it was imported. */
const agree = ({ module, node }: Found, form: Form): boolean => {
  const own = formOf(node, module.scopes).names;
  return own.every((name, at) => sameName(name, form.names[at] ?? '', module));
};

const sameName = (own: string, other: string, module: Module): boolean => {
  if (own === other) return true;
  const [first = '', ...rest] = own.split('.');
  const binding = module.scopes.top.bindings.get(first);
  const imported = binding && module.imports.get(binding)?.name;
  if (!imported) return other === `exports.${own}`;
  const said = imported === '*' ? rest : [imported, ...rest];
  return other.split('.').slice(1).join('.') === said.join('.');
};
