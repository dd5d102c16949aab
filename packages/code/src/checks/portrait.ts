import { types } from 'node:util';
import { sha } from '../digest.js';
import { isObject } from './calls.js';

/** What a value holds: a line for each part, with its path. Of any realm; nothing of the user's is called for it. */
export type Portrait = readonly string[];

/** So many parts are looked at, and so deep. */
const MOST = 2000;
const DEEPEST = 8;

export const portraitOf = (value: unknown): Portrait => {
  const portrait = new Drawing();
  portrait.draw(value, '', 0);
  return portrait.lines;
};

class Drawing {
  readonly lines: string[] = [];
  readonly #seen = new Map<object, string>();

  draw(value: unknown, path: string, depth: number): void {
    if (this.lines.length >= MOST) return;
    if (!isObject(value) && typeof value !== 'function') return this.#add(path, textOf(value));
    if (types.isProxy(value)) return this.#add(path, 'a proxy');
    const before = this.#seen.get(value);
    if (before !== undefined) return this.#add(path, `the same as ${before}`);
    this.#seen.set(value, path || 'itself');
    this.#add(path, headOf(value));
    if (depth < DEEPEST) for (const [name, part] of partsOf(value)) this.draw(part, path + name, depth + 1);
  }

  #add(path: string, text: string): void {
    this.lines.push(`${path}: ${text}`);
  }
}

const textOf = (value: unknown): string => {
  if (typeof value === 'string') return value.length > 200 ? `a text ${sha(value)}` : JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'symbol') return 'a symbol';
  return Object.is(value, -0) ? '-0' : `${value}`;
};

type Parts = readonly (readonly [path: string, value: unknown])[];

const headOf = (value: object): string => {
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (types.isMap(value)) return `a Map of ${sizeOf(Map, value)}`;
  if (types.isSet(value)) return `a Set of ${sizeOf(Set, value)}`;
  if (types.isDate(value)) return `the date ${Date.prototype.getTime.call(value)}`;
  if (types.isRegExp(value)) return `the pattern ${own(value, 'lastIndex')} ${patternOf(value)}`;
  if (ArrayBuffer.isView(value)) return `bytes ${sha(Buffer.from(value.buffer, value.byteOffset, value.byteLength))}`;
  return 'an object';
};

/** By getters of the language, of any realm. */
const sizeOf = (kind: typeof Map | typeof Set, value: object): unknown =>
  Object.getOwnPropertyDescriptor(kind.prototype, 'size')?.get?.call(value);

const patternOf = (value: RegExp): string =>
  ['source', 'flags']
    .map((name) => Object.getOwnPropertyDescriptor(RegExp.prototype, name)?.get?.call(value))
    .join(' ');

const partsOf = (value: object): Parts => {
  if (types.isMap(value))
    return [...Map.prototype.entries.call(value)]
      .slice(0, MOST)
      .flatMap(([key, each], at) => [
        [`.keys[${at}]`, key] as const,
        [isObject(key) ? `.values[${at}]` : `.get(${textOf(key)})`, each] as const,
      ]);
  if (types.isSet(value))
    return [...Set.prototype.values.call(value)].slice(0, MOST).map((each, at) => [`.values[${at}]`, each]);
  if (typeof value === 'function') return [...membersOf(value, OF_FUNCTIONS), ...methodsOf(value)];
  return Array.isArray(value) || isData(value) ? membersOf(value, NONE) : [];
};

const NONE: ReadonlySet<string> = new Set();
const OF_FUNCTIONS: ReadonlySet<string> = new Set(['length', 'name', 'prototype', 'arguments', 'caller']);

/** Its own data, in their order; what a getter gives nobody asks. */
const membersOf = (value: object, but: ReadonlySet<string>): Parts =>
  Object.getOwnPropertyNames(value)
    .slice(0, MOST)
    .flatMap((name) => {
      if (but.has(name)) return [];
      const part = Object.getOwnPropertyDescriptor(value, name);
      const path = Array.isArray(value) ? `[${name}]` : `.${name}`;
      return [[path, part && 'value' in part ? part.value : 'a getter'] as const];
    });

/** Of a class: which methods there are. */
const methodsOf = (value: object): Parts => {
  const prototype = own(value, 'prototype');
  return isObject(prototype)
    ? Object.getOwnPropertyNames(prototype).map((name) => [`.prototype.${name}`, 'a member'] as const)
    : [];
};

/** Plain data, or an object of a class of the user's: what the platform makes is its own business. */
const isData = (value: object): boolean => {
  const up: unknown = Object.getPrototypeOf(value);
  if (up === null || Object.getPrototypeOf(up) === null) return true;
  const maker = own(up as object, 'constructor');
  const name = typeof maker === 'function' ? own(maker, 'name') : undefined;
  return typeof name === 'string' && !Object.hasOwn(globalThis, name) && !types.isPromise(value);
};

const own = (value: object, name: string): unknown => Object.getOwnPropertyDescriptor(value, name)?.value;
