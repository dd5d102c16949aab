import type { Digest, Store } from '../ports/store.js';

/** The fact that says up to which commit an entry's data was swept: on purpose, so that it counts as known until it is read. */
export const sweptFact = (fingerprint: Digest): string => `swept:${fingerprint}`;

/** The fact that says up to which commit sweeps were not noted: what is missing of entries before it may have been swept. */
export const SWEPT_UNNOTED = 'swept unnoted';

export function wasSwept(fingerprint: Digest, store: Pick<Store, 'entry' | 'fact'>): boolean {
  const noted = store.fact(sweptFact(fingerprint));
  const upTo = noted === undefined ? store.fact(SWEPT_UNNOTED) : noted;
  const entry = typeof upTo === 'number' ? store.entry(fingerprint) : undefined;
  return entry !== undefined && entry.counter <= (upTo as number);
}

/** Somebody wanted to read it: from now on it is lost, and the next run makes it again. */
export function forgetSweep(fingerprint: Digest, store: Pick<Store, 'entry' | 'fact' | 'putFact'>): void {
  if (wasSwept(fingerprint, store)) store.putFact(sweptFact(fingerprint), null);
}
