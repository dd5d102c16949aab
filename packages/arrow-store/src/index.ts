export { StoreError } from './failure.js';
export type { Listed } from './list.js';
export { type FileStore, type Maintenance, openStore, type StoreOptions, temporaryStore } from './store.js';
export type { SweepOptions, Swept } from './sweep.js';
export type { Verified, VerifyOptions } from './verify.js';
