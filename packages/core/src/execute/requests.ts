import type { RowsWork } from '../declare/kind.js';

interface Asking {
  readonly work: RowsWork;
  readonly config: unknown;
  readonly run: { readonly node: { readonly stage: { readonly options: object } } };
}

/** How many requests so many rows take, each asked once. */
export const requestsFor = (rows: number, asking: Asking): number => Math.ceil(rows / rowsOfRequest(asking));

export function rowsOfRequest({ work, config, run }: Asking): number {
  const { options } = run.node.stage;
  return Math.max(1, work.rowsOfRequest?.(config, options) ?? work.batch?.(config, options) ?? 1);
}
