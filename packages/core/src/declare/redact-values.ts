import { type Redactor, redactorNow } from './redact.js';

/** A plain value with the secrets in its texts and names replaced; the value itself where it shows none. */
export function redactValue<T>(value: T, redactor: Redactor = redactorNow()): T {
  return redactor.reach === 0 && !redactor.addresses ? value : (new Walk(redactor).value(value) as T);
}

/** An error without secrets in its message, its stack, its causes and its fields. */
export function redactError<E>(error: E, redactor: Redactor = redactorNow()): E {
  return redactValue(error, redactor);
}

/** One walk over values that may refer to themselves. */
class Walk {
  readonly #seen = new WeakSet<object>();

  constructor(readonly redactor: Redactor) {}

  value(value: unknown): unknown {
    if (typeof value === 'string') return this.redactor.redact(value);
    if (typeof value !== 'object' || value === null || this.#seen.has(value)) return value;
    this.#seen.add(value);
    if (value instanceof Error) return this.#error(value);
    if (Array.isArray(value)) return this.#list(value);
    return isPlain(value) ? this.#record(value) : value;
  }

  #list(list: readonly unknown[]): readonly unknown[] {
    const clean = list.map((each) => this.value(each));
    return clean.every((each, i) => each === list[i]) ? list : clean;
  }

  #record(record: Record<string, unknown>): Record<string, unknown> {
    const entries = Object.entries(record);
    const clean = entries.map(([name, each]): [string, unknown] => [this.redactor.redact(name), this.value(each)]);
    const same = clean.every(([name, each], i) => name === entries[i]?.[0] && each === entries[i]?.[1]);
    return same ? record : Object.fromEntries(clean);
  }

  /** Changed where it stands: whoever else holds it shows it too. One that is frozen is told in other words. */
  #error(error: Error): Error {
    const all = Object.getOwnPropertyNames(error).map((name) => this.#field(error, name));
    return all.every(Boolean) ? error : new Error(this.redactor.redact(error.message));
  }

  #field(error: Error, name: string): boolean {
    const before = Reflect.get(error, name) as unknown;
    const clean = this.value(before);
    if (clean === before) return true;
    const enumerable = Object.getOwnPropertyDescriptor(error, name)?.enumerable === true;
    return Reflect.defineProperty(error, name, { value: clean, enumerable, writable: true, configurable: true });
  }
}

const isPlain = (value: unknown): value is Record<string, unknown> => {
  if (typeof value !== 'object' || value === null) return false;
  const above = Object.getPrototypeOf(value);
  return above === Object.prototype || above === null;
};
