import { type RunAsked, type RunEvent, type RunOutcome, runGraph } from '@millrace/core';
import { Mistake } from '../mistake.js';
import type { Opened } from './opened.js';
import { decided, wouldRun } from './plan.js';
import { onAbort } from './stop.js';

export interface RunCommandAsked extends RunAsked {
  /** Fail if anything would run. */
  readonly frozen?: boolean | undefined;
}

export interface RunPortsOfCommand extends Opened {
  readonly onEvent: (event: RunEvent) => void;
  /** Aborted: everything stops at once. */
  readonly abort?: AbortSignal | undefined;
}

/** Runs a pipeline and gives how it ended. */
export async function run(
  { frozen, ...asked }: RunCommandAsked,
  ports: RunPortsOfCommand,
): Promise<RunOutcome | undefined> {
  if (frozen) await refuseWork(asked, ports);
  return new Promise((resolve, reject) => {
    let outcome: RunOutcome | undefined;
    const running = runGraph(ports.graph, asked, ports.ports).subscribe({
      next: (event) => {
        if (event.is === 'run-finished') outcome = event.outcome;
        ports.onEvent(event);
      },
      error: reject,
      complete: () => resolve(outcome),
    });
    onAbort(ports.abort, () => {
      running.unsubscribe();
      resolve(undefined);
    });
  });
}

async function refuseWork(asked: RunCommandAsked, ports: Opened): Promise<void> {
  const going = (await decided(asked, ports)).steps.filter(wouldRun).map(({ name }) => name);
  if (going.length)
    throw new Mistake(
      `This frozen run would compute ${going.join(', ')}: what it needs is not in the store ${ports.store.where}. Run without --frozen where models may be called, and share that store.`,
    );
}
