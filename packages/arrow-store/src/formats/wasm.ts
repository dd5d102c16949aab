import type * as Wasm from 'parquet-wasm';

/** Compiled when first needed: it takes 30 ms. */
export const wasm = (): Promise<typeof Wasm> => import('parquet-wasm');
