import type { Store } from '../../packages/core/src/index.js';

export interface Opened {
  readonly store: Store;
  /** Ends this one as an ended process does, and opens what it left. */
  restart(): Promise<Store>;
  /** Another process on the same store, while the first is there. Not every store can be shared. */
  readonly second?: () => Promise<Store>;
  /** The object is gone, or its content is broken. */
  lose(object: string): void;
  dispose(): Promise<void>;
}

export const never = new AbortController().signal;
