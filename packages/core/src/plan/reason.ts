import type { Plain } from '../declare/plain.js';

/** Why a stage is not simply reused. Data: the sentences are in `report`. */
export type Reason =
  | { readonly is: 'new' }
  | {
      readonly is: 'changed';
      readonly path: string;
      /** What a person calls it, where the path says nothing: the name of a file. */
      readonly what?: string;
      readonly before?: Plain;
      readonly after?: Plain;
    }
  | { readonly is: 'code'; readonly fn: string; readonly units: readonly ChangedUnit[] }
  | { readonly is: 'upstream'; readonly role: string; readonly stage: string }
  /** The same recipe above, but other content: a redraw. */
  | { readonly is: 'content'; readonly role: string }
  | { readonly is: 'forced' }
  | { readonly is: 'failed rows'; readonly rows: number }
  /** Swept by a sweep of the store, noticed as damaged in this run, or gone without a word of why: cleared, or set aside before. */
  | { readonly is: 'lost'; readonly how: 'swept' | 'damaged' | 'gone' }
  | { readonly is: 'not remembered' };

export interface ChangedUnit {
  readonly name: string;
  readonly place: string;
  readonly change: 'changed' | 'added' | 'removed';
}
