import type { Realm } from '../realm.js';

type Pair = [name: string, value: string];

/** Addresses, read and written by the host's own parser. @internal */
export const url = ({ host, methods, coded }: Realm) => {
  interface Parts {
    readonly href: string;
    readonly search: string;
  }
  const { parse, stringify } = JSON;
  let changed: (params: URLSearchParams, tell: () => void) => void;
  let fill: (params: URLSearchParams, text: string) => void;

  class URLSearchParams {
    #pairs: Pair[] = [];
    #tell = () => {};
    static {
      changed = (params, tell) => {
        params.#tell = tell;
      };
      fill = (params, text) => {
        params.#pairs = parse(host.params(text));
      };
    }
    constructor(given: unknown = '') {
      if (typeof given === 'object' && given !== null) this.#pairs = pairsOf(given);
      else if (given !== null) fill(this, `${given}`.replace(/^\?/, ''));
    }
    get size() {
      return this.#pairs.length;
    }
    append(name: unknown, value: unknown) {
      this.#pairs.push([text(name), text(value)]);
      this.#tell();
    }
    delete(name: unknown, value?: unknown) {
      this.#pairs = this.#pairs.filter(
        (pair) => pair[0] !== text(name) || (value !== undefined && pair[1] !== text(value)),
      );
      this.#tell();
    }
    get(name: unknown) {
      return this.#pairs.find((pair) => pair[0] === text(name))?.[1] ?? null;
    }
    getAll(name: unknown) {
      return this.#pairs.filter((pair) => pair[0] === text(name)).map((pair) => pair[1]);
    }
    has(name: unknown, value?: unknown) {
      return this.#pairs.some((pair) => pair[0] === text(name) && (value === undefined || pair[1] === text(value)));
    }
    set(name: unknown, value: unknown) {
      const first = this.#pairs.find((pair) => pair[0] === text(name));
      if (!first) return this.append(name, value);
      first[1] = text(value);
      this.#pairs = this.#pairs.filter((pair) => pair === first || pair[0] !== first[0]);
      this.#tell();
    }
    sort() {
      this.#pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
      this.#tell();
    }
    forEach(call: (value: string, name: string, all: URLSearchParams) => void, self?: unknown) {
      for (const [name, value] of this.#pairs) Reflect.apply(call, self, [value, name, this]);
    }
    *entries(): IterableIterator<Pair> {
      for (const [name, value] of this.#pairs) yield [name, value];
    }
    *keys() {
      for (const [name] of this.#pairs) yield name;
    }
    *values() {
      for (const [, value] of this.#pairs) yield value;
    }
    [Symbol.iterator]() {
      return this.entries();
    }
    toString() {
      return host.paramsText(stringify(this.#pairs));
    }
    get [Symbol.toStringTag]() {
      return 'URLSearchParams';
    }
  }
  const text = (value: unknown) => `${value}`.toWellFormed();
  const pairsOf = (given: object): Pair[] => {
    const list = Symbol.iterator in given ? [...(given as Iterable<Iterable<unknown>>)] : Object.entries(given);
    return list.map((each) => {
      const [name, value, ...more] = [...each];
      if (value === undefined || more.length > 0)
        throw coded(TypeError, 'Each query pair must be an iterable [name, value] tuple', 'ERR_INVALID_TUPLE');
      return [text(name), text(value)];
    });
  };

  class URL {
    #parts: Parts;
    readonly #params = new URLSearchParams();
    static {
      for (const name of [
        'href',
        'protocol',
        'username',
        'password',
        'host',
        'hostname',
        'port',
        'pathname',
        'search',
        'hash',
      ])
        methods(URL.prototype, {
          get [name]() {
            return URL.#read(this, name);
          },
          set [name](value: unknown) {
            URL.#write(this, name, `${value}`);
          },
        });
      methods(URL.prototype, {
        get origin() {
          return URL.#read(this, 'origin');
        },
      });
    }
    static #read(own: unknown, name: string) {
      return ((own as URL).#parts as unknown as Record<string, string>)[name];
    }
    static #write(own: unknown, name: string, value: string) {
      const made = own as URL;
      made.#parts = parse(host.urlWith(made.#parts.href, name, value));
      fill(made.#params, made.#parts.search.slice(1));
    }
    constructor(input: unknown, base?: unknown) {
      this.#parts = parse(host.url(`${input}`, base === undefined ? undefined : `${base}`));
      fill(this.#params, this.#parts.search.slice(1));
      changed(this.#params, () => {
        this.#parts = parse(host.urlWith(this.#parts.href, 'search', this.#params.toString()));
      });
    }
    static canParse(input: unknown, base?: unknown) {
      try {
        return Boolean(new URL(input, base));
      } catch {
        return false;
      }
    }
    static createObjectURL() {
      throw new TypeError('URL.createObjectURL() gives a random address, which is another one in each run.');
    }
    static revokeObjectURL() {}
    get searchParams() {
      return this.#params;
    }
    toString() {
      return this.#parts.href;
    }
    toJSON() {
      return this.#parts.href;
    }
    get [Symbol.toStringTag]() {
      return 'URL';
    }
  }
  return { URL, URLSearchParams };
};
