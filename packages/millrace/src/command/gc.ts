import type { SweepOptions, Swept } from '@millrace/arrow-store';
import type { OpenedStore } from './opened.js';

/** Lets go what nothing holds, and what is too old or too much. */
export const gc = (asked: SweepOptions, { store }: Pick<OpenedStore, 'store'>): Swept => store.gc(asked);
