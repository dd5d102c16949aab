import type { RunEvent } from '@millrace/core';
import { onInterrupt } from '../process.js';
import { follow, NOTHING_LIVE } from '../render/live.js';
import type { Screen } from './screen.js';
import type { Session } from './session.js';

export interface Interrupts {
  /** Take no more work. */
  readonly drain: AbortSignal;
  /** Stop at once. */
  readonly abort: AbortSignal;
  /** What happens in the run, so that it can be said what is waited for. */
  see(event: RunEvent): void;
  release(): void;
}

/** The exit code of a run that was asked to stop. */
export const INTERRUPTED = 130;

/** The first request to stop takes no more work and keeps what is in flight; the second stops at once. */
export function interruptsOf(session: Session, screen: Pick<Screen, 'note'>): Interrupts {
  const drain = new AbortController();
  const abort = new AbortController();
  let live = NOTHING_LIVE;
  const release = onInterrupt(() => {
    const waited = live.size ? `: finishing what is in flight in ${[...live.keys()].join(', ')}` : '';
    if (drain.signal.aborted) abort.abort();
    else if (!session.json) screen.note(`stopping${waited}; once more to stop at once`);
    drain.abort();
  });
  const see = (event: RunEvent) => {
    live = follow(live, event, Date.now());
  };
  return { drain: drain.signal, abort: abort.signal, see, release };
}
