import type { CallFailure } from '../models/failure.js';
import type { PlainObject } from '../models/port.js';

/** A provider's service for requests that may take a day. Each provider's is an adapter of this. */
export interface BatchService {
  /** For messages. */
  readonly name: string;
  /** The most that one batch may hold. */
  readonly most: { readonly requests: number; readonly bytes: number };
  /** Gives the provider's reference. A failure that leaves open whether it was taken is of kind network, server, timeout or malformed. */
  submit(requests: readonly BatchRequest[], tag: string, signal: AbortSignal): Promise<string>;
  /** The reference of what was submitted under a tag, if the provider lists it. */
  find(tag: string, since: number, signal: AbortSignal): Promise<string | undefined>;
  status(ref: string, signal: AbortSignal): Promise<BatchStatus>;
  /** In any order, some twice, some never: as the provider has them. `lenient`: what cannot be read is left out. */
  results(ref: string, how: { readonly lenient: boolean; readonly signal: AbortSignal }): AsyncIterable<BatchResult>;
  cancel(ref: string, signal: AbortSignal): Promise<void>;
}

export interface BatchRequest {
  readonly id: string;
  readonly body: PlainObject;
}

export interface BatchStatus {
  readonly is: 'running' | 'ended' | 'cancelled' | 'refused';
  /** The provider's own counts. */
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  /** Why it was refused, in the provider's words. */
  readonly why?: string;
}

export type BatchResult =
  | { readonly id: string; readonly body: PlainObject }
  | { readonly id: string; readonly failure: CallFailure };
