import { DamagedError } from '../ports/store.js';

/** Whether lost bytes are behind an error, also where a stage's code wrapped it in one of its own. */
export function isDamage(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof DamagedError) return true;
  return false;
}
