import { Worker } from 'node:worker_threads';
import { Gate, newGate } from './gate.js';
import type { Ended } from './replica.js';
import { type Outcome, type ScheduleOptions, SIDES } from './schedule.js';

export interface Simulated extends ScheduleOptions {
  readonly code: string;
  readonly worker: string;
  readonly seeds: Iterable<number>;
  /** Gets each outcome; false ends it. */
  readonly each: (outcome: Outcome) => boolean | undefined;
}

const MAIN = SIDES.length;

/** A process lives for milliseconds: what it made is garbage before a larger space is full. */
const resourceLimits = { maxYoungGenerationSizeMb: 128 };

/** Schedules one after the other, on four threads that are kept. */
export async function simulate({ code, worker, seeds, each, ...options }: Simulated): Promise<void> {
  const shared = newGate(MAIN);
  const gate = new Gate(shared, MAIN);
  const workers = SIDES.map(
    (me) => new Worker(worker, { workerData: { shared, code, me, main: MAIN }, resourceLimits }),
  );
  await Promise.all(
    workers.map((thread) => new Promise((resolve, reject) => thread.once('online', resolve).once('error', reject))),
  );
  const outcomeOf = (seed: number): Outcome => {
    gate.begin();
    gate.put({ seed, options });
    gate.hand(SIDES[0]);
    const ended = gate.take() as Ended;
    if ('error' in ended) throw new Error(`seed ${seed}: ${ended.error}`);
    return ended.outcome;
  };
  try {
    for (const seed of seeds) if (each(outcomeOf(seed)) === false) break;
  } finally {
    await Promise.all(workers.map((thread) => thread.terminate()));
  }
}
