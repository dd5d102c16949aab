import { formOf } from '../syntax/form.js';
import { resolveNames } from '../syntax/scope.js';
import { type FunctionNode, parseFunction } from '../syntax/syntax.js';
import type { Module, Unit } from './module.js';
import type { Universe } from './universe.js';

/** A function as it stands in the bundle. */
export interface Found {
  readonly module: Module;
  readonly unit: Unit;
  readonly node: FunctionNode;
}

/** All functions of the user's code, by what can be seen of them from outside. */
export interface Finder {
  /** Where the bundle itself was imported: the very text. */
  readonly byText: (text: string) => readonly Found[];
  /** Where somebody else has loaded the files: the same form, with names that agree. */
  readonly byForm: (text: string) => readonly Found[];
}

export const finderIn = ({ modules }: Universe): Finder => {
  const all = lazily(() =>
    [...modules.values()].flatMap((module) => module.scopes.functions.flatMap((node) => inModule(module, node))),
  );
  const forms = lazily(() => groupBy(all(), ({ node, module }) => formOf(node, module.scopes, module).text));
  return {
    byText: (text) => {
      const alone = lazily(() => parseFunction(text));
      return [...modules.values()].flatMap((module) =>
        occurrences(module.text, text).flatMap((at) => {
          const exact = standing(module, at, at + text.length);
          return exact.length > 0 ? exact : asMethod(module, at, alone());
        }),
      );
    },
    byForm: (text) => {
      const parsed = parseFunction(text);
      if (!parsed) return [];
      const form = formOf(parsed.node, resolveNames(parsed.node), { text: parsed.source });
      const alike = forms().get(form.text) ?? [];
      return alike.filter(({ node, module }) => form.agrees(formOf(node, module.scopes, module)));
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

const groupBy = <T, K>(items: readonly T[], key: (item: T) => K): Map<K, T[]> => {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const name = key(item);
    const group = groups.get(name);
    if (group) group.push(item);
    else groups.set(name, [item]);
  }
  return groups;
};

const inModule = (module: Module, node: FunctionNode): Found[] => {
  const unit = module.units.find((each) => each.node.start <= node.start && node.end <= each.node.end);
  return unit ? [{ module, unit, node }] : [];
};

const byStart = new WeakMap<Module, Map<number, FunctionNode[]>>();

/** The text of one function may be the beginning of another's: only a whole function counts. */
const standing = (module: Module, start: number, end: number): Found[] => {
  const known = byStart.get(module) ?? groupBy(module.scopes.functions, (node) => node.start);
  byStart.set(module, known);
  return (known.get(start) ?? []).filter((node) => node.end === end).flatMap((node) => inModule(module, node));
};

/** The text of a method begins with its name. */
const asMethod = (module: Module, at: number, parsed: ReturnType<typeof parseFunction>): Found[] =>
  parsed ? standing(module, at + parsed.node.start - parsed.shift, at + parsed.node.end - parsed.shift) : [];

const occurrences = (text: string, part: string): number[] => {
  const found: number[] = [];
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) found.push(at);
  return found;
};
