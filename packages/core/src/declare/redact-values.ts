import { inspect } from 'node:util';
import { type Redactor, redactorNow } from './redact.js';

/** A plain value with the secrets in its texts and names replaced; the value itself where it shows none. */
export function redactValue<T>(value: T, redactor: Redactor = redactorNow()): T {
  return redactor.reach === 0 && !redactor.addresses ? value : (new Walk(redactor).value(value) as T);
}

/** An error without secrets in its message, its stack, its causes and its fields. */
export function redactError<E>(error: E, redactor: Redactor = redactorNow()): E {
  return redactValue(error, redactor);
}

/** Instead of a part of a value that holds itself. */
const CIRCLE = '[Circular]';

/** One walk over values that may hold each other, and themselves. */
class Walk {
  readonly #clean = new WeakMap<object, unknown>();

  constructor(readonly redactor: Redactor) {}

  value(value: unknown): unknown {
    if (typeof value === 'string') return this.redactor.redact(value);
    if (typeof value !== 'object' || value === null) return value;
    if (this.#clean.has(value)) return this.#clean.get(value);
    this.#clean.set(value, isError(value) ? value : CIRCLE);
    const clean = this.#object(value);
    this.#clean.set(value, clean);
    return clean;
  }

  #object(value: object): unknown {
    if (isError(value)) return this.#error(value);
    if (Array.isArray(value)) return this.#list(value);
    return isPlain(value) ? this.#record(value) : this.#other(value);
  }

  /** Of an instance of some class only its owner can make another one. Where it shows a secret, what it shows stands for it. */
  #other(value: object): unknown {
    if (ArrayBuffer.isView(value)) return value;
    const shown = inspect(value, { depth: 8 });
    const clean = this.redactor.redact(shown);
    return clean === shown ? value : clean;
  }

  #list(list: readonly unknown[]): readonly unknown[] {
    const clean = list.map((each) => this.value(each));
    return clean.every((each, i) => Object.is(each, list[i])) ? list : clean;
  }

  #record(record: Record<string, unknown>): Record<string, unknown> {
    const entries = Object.entries(record);
    const clean = entries.map(([name, each]): [string, unknown] => [this.redactor.redact(name), this.value(each)]);
    const same = clean.every(([name, each], i) => name === entries[i]?.[0] && Object.is(each, entries[i]?.[1]));
    return same ? record : Object.fromEntries(clean);
  }

  /** Changed where it stands: whoever else holds it shows it too. One that is frozen is told in other words. */
  #error(error: Error): Error {
    const all = Reflect.ownKeys(error).map((name) => this.#field(error, name));
    const message = this.redactor.redact(error.message);
    return all.every(Boolean) && message === error.message ? error : new Error(message);
  }

  #field(error: Error, name: string | symbol): boolean {
    const before = Reflect.get(error, name) as unknown;
    const clean = this.value(before);
    if (clean === before) return true;
    const enumerable = Object.getOwnPropertyDescriptor(error, name)?.enumerable === true;
    return Reflect.defineProperty(error, name, { value: clean, enumerable, writable: true, configurable: true });
  }
}

/** Of this realm or of another, and of the runtime: those are no native errors. */
const isError = (value: object): value is Error => !isPlain(value) && 'stack' in value && 'message' in value;

function isPlain(value: object): value is Record<string, unknown> {
  const above = Object.getPrototypeOf(value) as object | null;
  return above === null || Object.getPrototypeOf(above) === null;
}
