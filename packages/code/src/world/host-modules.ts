import assert from 'node:assert';
import { createRequire, isBuiltin } from 'node:module';
import path from 'node:path';
import querystring from 'node:querystring';
import url from 'node:url';
import util from 'node:util';

/** What the built-in modules that are given ask for. */
export interface ModulesHost {
  readonly isBuiltin: (name: string) => boolean;
  readonly namesIn: (name: string) => string;
  readonly path: (kind: 'posix' | 'win32', name: string, ...given: unknown[]) => string | boolean;
  readonly parsePath: (kind: 'posix' | 'win32', given: unknown) => string;
  readonly parseUrl: (text: unknown, query: boolean, slashes: boolean) => string;
  readonly formatUrl: (parts: string) => string;
  readonly formatWhatwg: (href: string, options: string) => string;
  readonly resolveUrl: (from: unknown, to: unknown) => string;
  readonly unescape: (text: string) => string;
  readonly fileUrl: (path: string) => string;
  readonly domain: (name: string, ascii: boolean) => string;
  readonly inspect: (value: unknown, options: string) => string;
  readonly isDeepEqual: (one: unknown, other: unknown, strict: boolean) => boolean;
  readonly withoutColours: (text: string) => string;
  readonly typeNames: () => string;
  readonly isType: (name: string, value: unknown) => boolean;
}

type Tells = Record<string, (...given: unknown[]) => string | boolean>;
const types = util.types as unknown as Record<string, (value: unknown) => boolean>;
const load = createRequire(import.meta.url);

/** As Node has them at its start: `util.inspect.defaultOptions` is everybody's to set. */
const INSPECT = {
  showHidden: false,
  depth: 2,
  colors: false,
  showProxy: false,
  maxArrayLength: 100,
  maxStringLength: 10_000,
  breakLength: 80,
  compact: 3,
  sorted: false,
  getters: false,
  numericSeparator: false,
};

export const modulesHost = (): ModulesHost => ({
  isBuiltin: (name) => isBuiltin(name) && !name.startsWith('node:'),
  // It warns each process that loads it.
  namesIn: (name) => (name === 'punycode' ? '[]' : JSON.stringify(Object.keys(load(`node:${name}`)))),
  path: (kind, name, ...given) => (path[kind] as unknown as Tells)[name]?.(...given) ?? '',
  parsePath: (kind, given) => JSON.stringify(path[kind].parse(given as string)),
  parseUrl: (text, query, slashes) => JSON.stringify(url.parse(text as string, query, slashes)),
  formatUrl: (parts) => url.format(JSON.parse(parts)),
  formatWhatwg: (href, options) => url.format(new URL(href), JSON.parse(options)),
  resolveUrl: (from, to) => url.resolve(from as string, to as string),
  unescape: (text) => querystring.unescape(text),
  fileUrl: (given) => url.pathToFileURL(given).href,
  domain: (name, ascii) => (ascii ? url.domainToASCII(name) : url.domainToUnicode(name)),
  inspect: (value, options) => util.inspect(value, { ...INSPECT, ...JSON.parse(options), customInspect: false }),
  isDeepEqual: (one, other, strict) => (strict ? util.isDeepStrictEqual(one, other) : isLooselyEqual(one, other)),
  withoutColours: (text) => util.stripVTControlCharacters(text),
  typeNames: () => Object.keys(types).join(','),
  isType: (name, value) => types[name]?.(value) ?? false,
});

const isLooselyEqual = (one: unknown, other: unknown) => {
  try {
    assert.deepEqual(one, other);
    return true;
  } catch (error) {
    if (error instanceof assert.AssertionError) return false;
    throw error;
  }
};
