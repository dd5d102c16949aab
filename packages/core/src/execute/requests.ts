import type { RowsWork } from '../declare/kind.js';

interface Asking {
  readonly work: RowsWork;
  readonly config: unknown;
  readonly run: { readonly node: { readonly stage: { readonly options: object } } };
}

/** How many requests so many rows take, each asked once. */
export function requestsFor(rows: number, { work, config, run }: Asking): number {
  const { options } = run.node.stage;
  const together = work.rowsOfRequest?.(config, options) ?? work.batch?.(config, options) ?? 1;
  return Math.ceil(rows / Math.max(1, together));
}
