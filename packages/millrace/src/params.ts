import { toPlain } from '@millrace/core';
import { Mistake } from './mistake.js';
import { spelled } from './render/spelling.js';

type ParamValue = string | number | boolean | readonly unknown[] | { readonly [name: string]: unknown } | null;

let given: Readonly<Record<string, unknown>> = {};
/** By name: whether the value is another one than a default. */
let asked = new Map<string, boolean>();

/** Set by the command from `--set` before a pipeline file is loaded. */
export function giveParams(values: Readonly<Record<string, unknown>>): void {
  given = values;
  asked = new Map();
}

/** Of what was given, what no `params()` asked for. */
export const unasked = (): string[] => Object.keys(given).filter((name) => !asked.has(name));
export const known = (): string[] => [...asked.keys()];

/** Parameters of a pipeline: these defaults, or what `--set name=value` says. */
export function params<const D extends Readonly<Record<string, ParamValue>>>(
  defaults: D,
): { readonly [K in keyof D]: Widened<D[K]> } {
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(defaults)) {
    values[name] = Object.hasOwn(given, name) ? fitting(name, given[name], value) : value;
    asked.set(name, asked.get(name) === true || textOf(values[name]) !== textOf(value));
  }
  return values as { readonly [K in keyof D]: Widened<D[K]> };
}

/** What stands in the key of a function that reads parameters: each that was set, by its text. `*` is all of them. */
export function paramsSet(names: readonly string[]): Record<string, string> {
  const all = Object.entries(given).filter(([name]) => asked.get(name) !== false);
  return Object.fromEntries(
    all.filter(([name]) => names.includes(name) || names.includes('*')).map(([name, value]) => [name, textOf(value)]),
  );
}

/** With the order of keys, which a function can see too. */
const textOf = (value: unknown): string => JSON.stringify([toPlain(value), value]);

type Widened<V> = V extends string ? string : V extends number ? number : V extends boolean ? boolean : V;

/** A value on the command line has the type of the default that it takes the place of. */
function fitting(name: string, value: unknown, usual: unknown): unknown {
  if (typeof usual === 'string') return typeof value === 'object' ? JSON.stringify(value) : String(value);
  if (usual === null || typeof usual === typeof value) return value;
  throw new Mistake(
    `Cannot set ${name} to ${JSON.stringify(value)}: it is a ${typeof usual} in the pipeline (${JSON.stringify(usual)}). Give a ${typeof usual}.`,
  );
}

export const noSuchParam = (name: string, names: readonly string[]): Mistake =>
  new Mistake(
    `Cannot set ${name}: the pipeline has no parameter of that name. ${spelled(name, names, 'Its parameters')}`,
  );
