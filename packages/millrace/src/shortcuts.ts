import { type Facts, sealedFacts } from '@millrace/core/private';
import { userKey } from '@millrace/stages/process';

/** Facts of a store that decide what runs: parsed files, digests of files. Only those that this user noted are believed. */
export const shortcutsIn = (store: Facts): Facts => sealedFacts(store, userKey());
