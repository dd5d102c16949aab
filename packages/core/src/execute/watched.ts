import type { Lock } from '../ports/store.js';

const LOOK_EVERY_MS = 200;

/**
 * Asked before each call whether the lock is still ours; looks again when the last look was a while ago. A stopped process
 * sees that on the steady clock, a machine that slept on the other only.
 */
export function watched(lock: Lock): () => boolean {
  let held = true;
  let looked = clocks();
  return () => {
    const now = clocks();
    const recent = now.every((clock, i) => Math.abs(clock - (looked[i] as number)) < LOOK_EVERY_MS);
    if (!held || recent) return held;
    looked = now;
    held = lock.held();
    return held;
  };
}

const clocks = (): readonly number[] => [performance.now(), Date.now()];
