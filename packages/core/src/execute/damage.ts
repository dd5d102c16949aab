import { DamagedError } from '../ports/store.js';

/** The lost bytes that are behind an error, also where a stage's code wrapped it in one of its own. */
export function damageIn(error: unknown): DamagedError | undefined {
  for (let at = error; at instanceof Error; at = at.cause as Error) if (at instanceof DamagedError) return at;
  return undefined;
}
