import { digestValue } from '../identity/digest.js';
import type { ObjectId, TableOutput } from '../ports/store.js';
import type { KeptFailure } from '../tables/read.js';

type Failed = Pick<TableOutput, 'failed' | 'failures' | 'failedRows'>;

/** What a table says of its failed rows. Accepted ones are kept with their reason, and do not count. */
export async function failedOf(
  failures: readonly KeptFailure[],
  store: { putBytes(bytes: Uint8Array): Promise<ObjectId> },
): Promise<Failed> {
  if (failures.length === 0) return { failed: 0 };
  const sorted = [...failures].sort((a, b) => a.row - b.row);
  const open = sorted.filter(({ accepted }) => !accepted);
  return {
    failed: open.length,
    failures: await store.putBytes(Buffer.from(JSON.stringify(sorted))),
    ...(open.length && { failedRows: digestValue(open.map(({ row }) => row)) }),
  };
}
