import { createHmac } from 'node:crypto';
import type { Store } from '../ports/store.js';

export type Facts = Pick<Store, 'fact' | 'putFact'>;

interface SealedFact {
  /** JSON. */
  readonly text: string;
  readonly seal: string;
}

/**
 * Facts in a store that believe only what this user wrote: whoever else can write the store has no key, so that they can
 * neither make up a fact nor give one another name. Each key has names of its own: users of one store do not displace each
 * other's facts. Without a key nothing is noted.
 */
export function sealedFacts(facts: Facts, key: Uint8Array | undefined): Facts {
  if (!key) return { fact: () => undefined, putFact: () => undefined };
  const hmac = (text: string) => createHmac('sha256', key).update(text).digest('hex').slice(0, 32);
  const whose = hmac('whose').slice(0, 8);
  const sealOf = (name: string, text: string) => hmac(JSON.stringify([name, text]));
  return {
    fact: (name) => {
      const { text, seal } = (facts.fact(`${name}@${whose}`) ?? {}) as Partial<SealedFact>;
      return typeof text === 'string' && seal === sealOf(name, text) ? JSON.parse(text) : undefined;
    },
    putFact: (name, value) => {
      const text = JSON.stringify(value);
      facts.putFact(`${name}@${whose}`, { text, seal: sealOf(name, text) } satisfies SealedFact);
    },
  };
}
