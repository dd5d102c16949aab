import type { Digest, Store } from '../ports/store.js';

/** The fact that names calls of an identity, by their keys, whose failure a person accepted, and why they failed. */
export const acceptedFailures = (identity: Digest): string => `accepted failures:${identity}`;

export type AcceptedFailures = Readonly<Record<string, string>>;

export const failuresAccepted = (identity: Digest, store: Pick<Store, 'fact'>): AcceptedFailures | undefined =>
  (store.fact(acceptedFailures(identity)) ?? undefined) as AcceptedFailures | undefined;

/** As a fact of the stage, for people. */
export const acceptedFact = (rows: number): string => `${rows} failed`;

export const keyOfCall = (keys: Uint8Array, call: number): string =>
  Buffer.from(keys.subarray(call * 16, call * 16 + 16)).toString('hex');

/** Why a call failed, where that was accepted: it counts as answered, with nothing. */
export const acceptedReason = (
  { keys, accepted }: { readonly keys: Uint8Array; readonly accepted: AcceptedFailures | undefined },
  call: number,
): string | undefined => accepted?.[keyOfCall(keys, call)];
