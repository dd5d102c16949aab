import { Worker } from 'node:worker_threads';
import { newGate, SchedulerSide } from './gate.js';
import { type Outcome, Schedule, type Weather, type Without } from './schedule.js';

export interface Simulated {
  readonly code: string;
  readonly worker: string;
  readonly seeds: Iterable<number>;
  readonly without?: Without;
  readonly traced?: boolean;
  readonly weather?: Partial<Weather>;
  /** Gets each outcome; false ends it. */
  readonly each: (outcome: Outcome) => boolean | undefined;
}

const PROCESSES = 4;

/** Schedules one after the other, on four threads that are kept. */
export async function simulate({ code, worker, seeds, each, ...options }: Simulated): Promise<void> {
  const gates = Array.from({ length: PROCESSES }, newGate);
  const workers = gates.map((gate) => new Worker(worker, { workerData: { gate, code } }));
  await Promise.all(
    workers.map((thread) => new Promise((resolve, reject) => thread.once('online', resolve).once('error', reject))),
  );
  const sides = gates.map((gate) => new SchedulerSide(gate));
  for (const side of sides) side.question();
  try {
    for (const seed of seeds) if (each(new Schedule(seed, sides, options).run()) === false) break;
  } finally {
    for (const side of sides) side.answer({ now: 0 });
    await Promise.all(workers.map((thread) => thread.terminate()));
  }
}
