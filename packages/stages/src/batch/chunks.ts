import type { BatchRequest, BatchService } from './service.js';

/** As few batches as the provider's limits allow. */
export function chunksOf(requests: readonly BatchRequest[], most: BatchService['most']): BatchRequest[][] {
  const chunks: BatchRequest[][] = [];
  let bytes = 0;
  for (const request of requests) {
    const size = JSON.stringify(request.body).length * 2 + 200;
    const last = chunks.at(-1);
    if (last && last.length < most.requests && bytes + size <= most.bytes) {
      last.push(request);
      bytes += size;
    } else {
      chunks.push([request]);
      bytes = size;
    }
  }
  return chunks;
}
