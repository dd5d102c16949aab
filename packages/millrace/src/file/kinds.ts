import { engineOptions, nearest, type Settings } from '@millrace/core';
import { registry, type StageEntry } from '@millrace/stages';
import { FUNCTION } from './checking.js';
import type { Say } from './fill.js';
import type { Path } from './mistakes.js';

/** A stage of a file with its kind, not yet checked. */
export interface Kinded {
  readonly entry: StageEntry;
  /** The key that named the kind. */
  readonly key: string;
  /** By role, as written. */
  readonly inputs: ReadonlyMap<string, unknown>;
  /** Under which key in the file each role and field stands. */
  readonly keyOf: (name: string, of: 'input' | 'field') => string;
  readonly config: Record<string, unknown>;
  readonly options: unknown;
}

const NAMES: readonly string[] = registry.map(({ name }) => name);

/** Which kind of stage this is: the first key that names one. */
export function kindOf(given: Record<string, unknown>, path: Path, say: Say): Kinded | undefined {
  const keys = Object.keys(given);
  const key = namingKey(keys);
  const entry = registry.find(({ name }) => name === key);
  return entry && key !== undefined ? taken(entry, key, given) : noKind(keys, path, say);
}

/** Of several keys that could name a kind the one that the others are settings of: `{ limit: rows, rows: 5 }`. */
function namingKey(keys: readonly string[]): string | undefined {
  const named = keys.filter((name) => NAMES.includes(name));
  const fits = (key: string) => {
    const entry = registry.find(({ name }) => name === key);
    const known = { ...entry?.config, ...entry?.inputs };
    return named.every((other) => other === key || Object.hasOwn(known, other));
  };
  return named.find(fits) ?? named[0];
}

function noKind(keys: readonly string[], path: Path, say: Say): undefined {
  const near = keys.map((key) => [key, nearest(key, NAMES)] as const).find(([, close]) => close !== undefined);
  if (near) say([...path, near[0]], `There is no kind of stage ${near[0]}. Did you mean ${near[1]}?`, 'key');
  else
    say(path, `${path.at(-1)} does not say what kind of stage it is. Begin it with one of ${NAMES.join(', ')}.`, 'key');
  return undefined;
}

function taken(entry: StageEntry, key: string, given: Record<string, unknown>): Kinded {
  const inputs = new Map<string, unknown>();
  const config: Record<string, unknown> = {};
  const own = 'input' in entry.own ? entry.own.input : entry.own.field;
  if ('input' in entry.own) inputs.set(own, given[key]);
  else config[own] = given[key];
  for (const [name, value] of Object.entries(given)) {
    if (name === key || name === 'options') continue;
    if (Object.hasOwn(entry.inputs, name) && !Object.hasOwn(entry.config, name)) inputs.set(name, value);
    else config[name] = value;
  }
  const aliased = functionBehindWith(entry, config);
  const isOwn = (name: string, of: 'input' | 'field') => of in entry.own && name === own;
  const keyOf = (name: string, of: 'input' | 'field') => (isOwn(name, of) ? key : name === aliased ? 'with' : name);
  return { entry, key, inputs, keyOf, config, options: given['options'] };
}

/** `{ map: answers, with: ./text.ts#clean }`: the one function that a stage needs may stand behind `with`. */
function functionBehindWith({ config: fields }: StageEntry, config: Record<string, unknown>): string | undefined {
  const needed = Object.entries(fields).find(([, field]) => field.is === 'function' && field.required)?.[0];
  const given = config['with'];
  if (needed === undefined || config[needed] !== undefined || typeof given !== 'string' || !FUNCTION.test(given))
    return undefined;
  config[needed] = given;
  delete config['with'];
  return needed;
}

export const optionFields = ({ options }: StageEntry): Settings => ({ ...engineOptions, ...options });
