import type { Lock } from '@millrace/core';
import type { BatchService } from './service.js';

export interface ViaBatch {
  readonly service: BatchService;
  /** A folder that belongs to the row identity, and outlives edits and processes. */
  readonly intents: string;
  readonly lock: (name: string) => Promise<Lock>;
  /** Aborted: nobody waits any longer. */
  readonly signal: AbortSignal;
  readonly note: (text: string) => void;
  /** For `plan`: what goes on when this process ends. */
  readonly underway: (text: string | undefined) => void;
  /** Whether a failed request may be sent once more. Default: it may. */
  readonly mayRetry?: (calls: number) => boolean;
  /** So many requests go out now. */
  readonly sent?: (calls: number) => void;
  /** What was collected before does not count: the rows are asked once more. */
  readonly again?: boolean;
  readonly settings: BatchSettings;
}

export interface BatchSettings {
  /** Between two looks at the provider's counts. */
  readonly pollMs?: number;
  /** How long what was sent may be absent from the provider's list before it is sent again. */
  readonly graceMs?: number;
  /** What happens to batches under way when the run is stopped. */
  readonly onStop?: 'leave' | 'cancel';
  /** How often a request that failed for a passing reason is put into another batch. */
  readonly retries?: number;
}
