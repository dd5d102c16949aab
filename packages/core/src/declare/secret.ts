import { inspect } from 'node:util';
import { knowSecret } from './known-secrets.js';

/** The same in every copy of this package: a secret of another one is a secret too. */
const BRAND = Symbol.for('@millrace/core secret');

const values = new WeakMap<Secret, () => string | undefined>();

/**
 * A value that is in no key, store, log, event, error or page. It prints as its name; only `reveal` gives it, at the
 * last moment before it is used.
 */
export class Secret {
  /**
   * From now on its value is looked for in all that is written. `id`: two with one id are known once; null: it is not
   * looked for as a whole, as most of it is public.
   */
  constructor(
    readonly label: string,
    value: () => string | undefined,
    id?: string | null,
  ) {
    values.set(this, value);
    if (id !== null) knowSecret(id ?? this, { label, value });
    Object.freeze(this);
  }

  static [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && BRAND in value;
  }

  get [BRAND](): true {
    return true;
  }

  reveal(): string {
    const value = values.get(this)?.();
    if (value) return value;
    throw new Error(
      `The secret ${this.label} has no value: nothing can be sent with it. Set ${this.label} and run again.`,
    );
  }

  get present(): boolean {
    return Boolean(values.get(this)?.());
  }

  toString(): string {
    return `[secret ${this.label}]`;
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }
}

export const secret = {
  /** Read from the environment when it is used, not when it is declared. */
  env: (name: string): Secret => new Secret(name, () => environment()[name], `env ${name}`),
  value: (value: string, label = 'value'): Secret => new Secret(label, () => value, `value ${value}`),
};

const environment = (): Record<string, string | undefined> => globalThis.process?.env ?? {};
