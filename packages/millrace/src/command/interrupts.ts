import type { RunEvent } from '@millrace/core';
import { type Clock, onInterrupt, processClock } from '../process.js';
import { follow, type Live, NOTHING_LIVE } from '../render/live.js';
import { AS_ONE_MS, type Watchdog, watchdog } from '../watchdog.js';
import { wouldRun } from './plan.js';
import type { Screen } from './screen.js';
import type { Session } from './session.js';

export interface Interrupts {
  /** Take no more work. */
  readonly drain: AbortSignal;
  /** Stop at once. */
  readonly abort: AbortSignal;
  /**
   * Listens, as it does by itself once a stage is about to run. Before that nothing is in flight, and a signal that nobody
   * hears ends the process, also where the user's code never gives the thread back.
   */
  listen(): void;
  /** Listens no more: the user's code is loaded. */
  rest(): void;
  /** What happens in the run, so that it can be said what is waited for. */
  see(event: RunEvent): void;
  /** Listens no more, once no signal can be a part of the last request: one that nobody heard would end the process. */
  release(): Promise<void>;
}

/** Where requests to stop come from; a test has its own. */
export interface Signals {
  readonly clock: Clock;
  readonly hear: (stop: () => void) => () => void;
  readonly watchdog: Watchdog;
}

const ofProcess = (): Signals => ({ clock: processClock, hear: onInterrupt, watchdog: watchdog() });

/**
 * The first request to stop takes no more work and keeps what is in flight; the second stops at once. The sentence that
 * invites to a second one comes when no signal counts as part of the first any more.
 */
export function interruptsOf(
  { json }: Pick<Session, 'json'>,
  screen: Pick<Screen, 'note'>,
  { clock, hear, watchdog: guard }: Signals = ofProcess(),
): Interrupts {
  const drain = new AbortController();
  const abort = new AbortController();
  const note = noteLater(screen, clock);
  let live = NOTHING_LIVE;
  let requested = Number.NEGATIVE_INFINITY;
  const onRequest = () => {
    guard.heard();
    const now = clock.now();
    if (now - requested < AS_ONE_MS) return;
    requested = now;
    if (drain.signal.aborted) abort.abort();
    else if (!json) note.write(stoppingText(live));
    drain.abort();
  };
  let deafen: (() => void) | undefined;
  const listen = () => {
    deafen ??= hear(onRequest);
  };
  const rest = () => {
    deafen?.();
    deafen = undefined;
  };
  return {
    drain: drain.signal,
    abort: abort.signal,
    listen,
    rest,
    see: (event) => {
      live = follow(live, event, clock.now());
      if (event.is === 'planned' && event.plan.steps.some(wouldRun)) {
        guard.start();
        listen();
      }
      if (event.is === 'stage-started') guard.watch();
      if (event.is === 'run-finished') note.flush();
    },
    release: async () => {
      note.flush();
      const left = requested + AS_ONE_MS - clock.now();
      if (left > 0) await new Promise<void>((over) => clock.after(left, over));
      rest();
      guard.close();
    },
  };
}

function stoppingText(live: Live): string {
  const waited = live.size ? `: finishing what is in flight in ${[...live.keys()].join(', ')}` : '';
  return `stopping${waited}; once more to stop at once`;
}

function noteLater(screen: Pick<Screen, 'note'>, clock: Clock): { write(text: string): void; flush(): void } {
  let text: string | undefined;
  let cancel = (): void => undefined;
  const flush = () => {
    cancel();
    if (text !== undefined) screen.note(text);
    text = undefined;
  };
  const write = (said: string) => {
    text = said;
    cancel = clock.after(AS_ONE_MS, flush);
  };
  return { write, flush };
}
