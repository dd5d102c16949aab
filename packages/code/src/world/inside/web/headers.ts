type Entry = [name: string, value: unknown];

/** Lists of names and values as requests have them. @internal */
export const headers = () => {
  const nameOf = (name: unknown) => {
    const text = `${name}`.toLowerCase();
    if (!/^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(text)) throw new TypeError(`Headers: ${name} is an invalid header name.`);
    return text;
  };
  const trimmed = (value: unknown) => `${value}`.replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, '');
  const entriesOf = (given: unknown): Entry[] => {
    if (given === undefined || given === null) return [];
    return Symbol.iterator in Object(given) ? [...(given as Iterable<Entry>)] : Object.entries(given as object);
  };
  class Headers {
    readonly #all = new Map<string, string[]>();
    constructor(given?: unknown) {
      for (const [name, value] of entriesOf(given)) this.append(name, value);
    }
    append(name: unknown, value: unknown) {
      this.#all.set(nameOf(name), [...(this.#all.get(nameOf(name)) ?? []), trimmed(value)]);
    }
    set(name: unknown, value: unknown) {
      this.#all.set(nameOf(name), [trimmed(value)]);
    }
    get(name: unknown) {
      return this.#all.get(nameOf(name))?.join(', ') ?? null;
    }
    getSetCookie() {
      return [...(this.#all.get('set-cookie') ?? [])];
    }
    has(name: unknown) {
      return this.#all.has(nameOf(name));
    }
    delete(name: unknown) {
      this.#all.delete(nameOf(name));
    }
    forEach(call: (value: string, name: string, all: Headers) => void, self?: unknown) {
      for (const [name, value] of this) Reflect.apply(call, self, [value, name, this]);
    }
    *entries(): IterableIterator<[string, string]> {
      for (const name of [...this.#all.keys()].sort()) {
        const values = this.#all.get(name) ?? [];
        if (name !== 'set-cookie') yield [name, values.join(', ')];
        else for (const value of values) yield [name, value];
      }
    }
    *keys() {
      for (const [name] of this.entries()) yield name;
    }
    *values() {
      for (const [, value] of this.entries()) yield value;
    }
    [Symbol.iterator]() {
      return this.entries();
    }
    get [Symbol.toStringTag]() {
      return 'Headers';
    }
  }
  class FormData {
    #all: Entry[] = [];
    append(name: unknown, value: unknown) {
      this.#all.push([`${name}`, typeof value === 'object' ? value : `${value}`]);
    }
    set(name: unknown, value: unknown) {
      const at = this.#all.findIndex(([each]) => each === `${name}`);
      if (at < 0) return this.append(name, value);
      this.#all[at] = [`${name}`, typeof value === 'object' ? value : `${value}`];
      this.#all = this.#all.filter(([each], index) => index <= at || each !== `${name}`);
    }
    get(name: unknown) {
      return this.#all.find(([each]) => each === `${name}`)?.[1] ?? null;
    }
    getAll(name: unknown) {
      return this.#all.filter(([each]) => each === `${name}`).map(([, value]) => value);
    }
    has(name: unknown) {
      return this.#all.some(([each]) => each === `${name}`);
    }
    delete(name: unknown) {
      this.#all = this.#all.filter(([each]) => each !== `${name}`);
    }
    forEach(call: (value: unknown, name: string, all: FormData) => void, self?: unknown) {
      for (const [name, value] of this.#all) Reflect.apply(call, self, [value, name, this]);
    }
    *entries(): IterableIterator<Entry> {
      for (const [name, value] of this.#all) yield [name, value];
    }
    *keys() {
      for (const [name] of this.#all) yield name;
    }
    *values() {
      for (const [, value] of this.#all) yield value;
    }
    [Symbol.iterator]() {
      return this.entries();
    }
    get [Symbol.toStringTag]() {
      return 'FormData';
    }
  }
  return { Headers, FormData };
};
