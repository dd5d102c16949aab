import { Desk } from './desk.js';
import type { BatchRequest, BatchResult } from './service.js';
import type { ViaBatch } from './settings.js';

/** Results as they come. What was paid for is on disk before it counts, and nothing is sent twice that may still arrive. */
export async function* generateViaBatch(requests: readonly BatchRequest[], via: ViaBatch): AsyncGenerator<BatchResult> {
  const desk = new Desk(requests, via);
  try {
    yield* desk.known();
    await desk.plan();
    while (desk.open.length) {
      for (const id of desk.open) yield* desk.step(id);
      if (desk.open.length) await desk.wait();
    }
    via.underway(undefined);
  } catch (error) {
    if (via.signal.aborted) throw await desk.left();
    throw error;
  }
}
