/** A timer of Node's that is set for longer fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The milliseconds that a timer is set for: what a user or a server names may be longer than a timer can be. */
export const timerMs = (ms: number): number =>
  Number.isFinite(ms) ? Math.min(Math.max(0, Math.ceil(ms)), LONGEST_TIMER_MS) : LONGEST_TIMER_MS;

/** The longest wait that a run obeys. Who names more is asked again by a later run. */
const LONGEST_OBEYED_MS = 3_600_000;

export const isTooLong = (waitMs: number | undefined): boolean => waitMs !== undefined && waitMs > LONGEST_OBEYED_MS;

/** What to do where a server asks for a wait that no run takes upon itself. */
export function laterText(waitMs: number, now: number): string {
  const at = new Date(now + Math.min(waitMs, TEN_YEARS_MS)).toISOString().slice(0, 16).replace('T', ' ');
  return `The server asks to wait until ${at} UTC, and a run waits for an hour at most: it is not asked before. Run again then; what is answered by now is kept.`;
}

const TEN_YEARS_MS = 3650 * 86_400_000;
