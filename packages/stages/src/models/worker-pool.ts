import { Worker } from 'node:worker_threads';
import { callError } from './failure.js';
import type { Embed, Embedded, Failed, Generate, Generated, Job, Outcome, Setup } from './local-jobs.js';

export interface PoolOptions {
  readonly size: number;
  readonly setup: Setup;
  /** The worker's file. */
  readonly entry: URL;
}

/** Workers that each hold one copy of a model and do one job at a time. They start with the first jobs and keep no process alive. */
export interface WorkerPool {
  run(job: Embed, signal: AbortSignal): Promise<Embedded>;
  run(job: Generate, signal: AbortSignal): Promise<Generated>;
  close(): Promise<void>;
}

interface Task {
  readonly job: Job;
  readonly settle: (outcome: Outcome) => void;
}

interface Slot {
  readonly worker: Worker;
  task: Task | undefined;
}

interface State {
  readonly options: PoolOptions;
  readonly waiting: Task[];
  readonly slots: Set<Slot>;
}

export function workerPool(options: PoolOptions): WorkerPool {
  const state: State = { options, waiting: [], slots: new Set() };
  return {
    run: (job: Job, signal: AbortSignal) => enqueue(state, job, signal) as Promise<never>,
    close: () => close(state),
  };
}

function enqueue(state: State, job: Job, signal: AbortSignal): Promise<Embedded | Generated> {
  return new Promise((resolve, reject) => {
    const cancel = () => drop(state, task);
    const task: Task = {
      job,
      settle: (outcome) => {
        signal.removeEventListener('abort', cancel);
        if ('value' in outcome) resolve(outcome.value);
        else reject(failedAs(outcome.failed));
      },
    };
    signal.addEventListener('abort', cancel, { once: true });
    state.waiting.push(task);
    next(state);
  });
}

const failedAs = ({ kind, message, ...details }: Failed['failed']) => callError(kind, message, details);

const CANCELLED: Failed = { failed: { kind: 'cancelled', message: 'Cancelled before it was computed.' } };

function drop(state: State, task: Task): void {
  const place = state.waiting.indexOf(task);
  if (place >= 0) {
    state.waiting.splice(place, 1);
    task.settle(CANCELLED);
  }
  for (const slot of state.slots) if (slot.task === task) slot.worker.postMessage('cancel');
}

function next(state: State): void {
  const idle = [...state.slots].find((slot) => !slot.task);
  if (state.waiting.length === 0 || (!idle && state.slots.size >= state.options.size)) return;
  const slot = idle ?? start(state);
  const task = state.waiting.shift()!;
  slot.task = task;
  slot.worker.ref();
  slot.worker.postMessage({ job: task.job });
  next(state);
}

function start(state: State): Slot {
  const worker = new Worker(state.options.entry, { workerData: state.options.setup });
  const slot: Slot = { worker, task: undefined };
  state.slots.add(slot);
  worker.on('message', (outcome: Outcome) => finish(state, slot, outcome));
  worker.on('error', (error) => lose(state, slot, `stopped: ${error.message}`));
  worker.on('exit', (code) => lose(state, slot, `ended with code ${code}`));
  return slot;
}

function finish(state: State, slot: Slot, outcome: Outcome): void {
  const { task } = slot;
  slot.task = undefined;
  slot.worker.unref();
  task?.settle(outcome);
  next(state);
}

function lose(state: State, slot: Slot, how: string): void {
  if (!state.slots.delete(slot)) return;
  const message = `The worker that computes ${state.options.setup.name} ${how}. Another is started for the next call; is there memory enough for the model?`;
  slot.task?.settle({ failed: { kind: 'server', message, perhapsOneRow: true } });
  next(state);
}

async function close({ slots, waiting }: State): Promise<void> {
  const open = [...slots];
  slots.clear();
  for (const task of [...waiting.splice(0), ...open.flatMap(({ task }) => (task ? [task] : []))])
    task.settle(CANCELLED);
  await Promise.all(open.map(({ worker }) => worker.terminate()));
}
