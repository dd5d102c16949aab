import { Secret } from '@millrace/core';
import type { ModelOptions } from './config.js';

/** A model that can't be declared: thrown at once, before anything is looked at or spent. */
export function refuse(name: string, why: string, way: string): never {
  throw new Error(`model(${JSON.stringify(name)}) is refused: ${why}. ${way}`);
}

export function onlyKnown(name: string, given: object, fields: readonly string[]): void {
  for (const [field, value] of Object.entries(given))
    if (value !== undefined && !fields.includes(field))
      refuse(
        name,
        `it has no setting ${JSON.stringify(field)}, so it would be dropped in silence`,
        `It has: ${fields.join(', ')}.`,
      );
}

export function oneOf(name: string, field: Readonly<Record<string, string>>, values: readonly string[]): void {
  for (const [key, value] of Object.entries(field))
    if (!values.includes(value))
      refuse(name, `${key} ${JSON.stringify(value)} is not known`, `Pass one of ${values.join(', ')}.`);
}

const AMOUNTS = {
  requestsPerMinute: { holds: (n: number) => n > 0, says: 'a number above 0' },
  tokensPerMinute: { holds: (n: number) => n > 0, says: 'a number above 0' },
  timeout: { holds: (n: number) => n > 0, says: 'a number of milliseconds above 0' },
  concurrency: { holds: (n: number) => Number.isInteger(n) && n >= 1, says: 'a whole number of at least 1' },
  threads: { holds: (n: number) => Number.isInteger(n) && n >= 1, says: 'a whole number of at least 1' },
  retries: { holds: (n: number) => Number.isInteger(n) && n >= 0, says: 'a whole number of at least 0' },
} as const;

const PRICES = ['input', 'output', 'cached'] as const;

/** A limit that lets nothing through would be waited for without end, and a price that is no number keeps no budget. */
export function checkAmounts(name: string, options: ModelOptions): void {
  for (const [field, { holds, says }] of Object.entries(AMOUNTS)) {
    const value = options[field as keyof typeof AMOUNTS];
    if (value !== undefined && !(typeof value === 'number' && holds(value)))
      refuse(name, `its option ${field} is ${String(value)}`, `Pass ${says}, or leave it out.`);
  }
  for (const field of PRICES) {
    const value = options.price?.[field];
    if (
      options.price &&
      !(field === 'cached' && value === undefined) &&
      !(Number.isFinite(value) && Number(value) >= 0)
    )
      refuse(name, `its price has ${field}: ${String(value)}`, 'Pass dollars for a million tokens, from 0 on.');
  }
}

const SECRET_HEADER = /authorization|key|token|cookie|secret/i;

/** The text of a key is never printed, not even to say that it should be a secret. */
export function checkSecrets(name: string, { apiKey, headers = {} }: ModelOptions): void {
  const bare = Object.entries({ apiKey, ...headers }).find(
    ([field, value]) =>
      value !== undefined && !(value instanceof Secret) && (field === 'apiKey' || SECRET_HEADER.test(field)),
  );
  if (bare) refuse(name, `${bare[0]} is a plain text that could reach a log`, `Pass ${bare[0]}: secret.env("NAME").`);
}

/** A frozen copy; secrets are shared, as they have no content to copy. */
export function frozen<T>(value: T): T {
  if (value === null || typeof value !== 'object' || value instanceof Secret) return value;
  const copy = Array.isArray(value)
    ? value.map(frozen)
    : Object.fromEntries(Object.entries(value).flatMap(([k, v]) => (v === undefined ? [] : [[k, frozen(v)]])));
  return Object.freeze(copy) as T;
}
