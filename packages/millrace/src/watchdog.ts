import { Worker } from 'node:worker_threads';

/** Signals that arrive within this time are one request: a terminal sends one to the group, a parent may forward another. */
export const AS_ONE_MS = 200;

/** How long the main thread may take to hear a signal, in milliseconds. */
interface Patience {
  /** With a second request to stop. */
  readonly second: number;
  /** With a first one that is no Ctrl-C. */
  readonly terminate: number;
  /** To end, once it heard the second. */
  readonly end: number;
}

const PATIENCE: Patience = { second: 3000, terminate: 5000, end: 10_000 };

/**
 * The runtime hands signals to the main thread only, and not while that is stuck in a pattern or a loop. A thread of its
 * own hears them by the runtime's internals, which differ by version: where they are missing, it ends and nothing is lost
 * but the watch.
 */
const THREAD = `
const { state, asOne, patience } = require('node:worker_threads').workerData;
const [HEARD, READY] = [0, 1];
const HANGUP = 1, INTERRUPT = 2, TERMINATE = 15;
let signals = Atomics.load(state, HEARD);
let requests = signals > 0 ? 1 : 0;
let last = -Infinity;
const end = () => process.kill(process.pid, 'SIGKILL');
function hear(signal) {
  const now = performance.now();
  const mine = ++signals;
  if (now - last >= asOne) { requests++; last = now; }
  const endIfStuck = () => { if (Atomics.load(state, HEARD) < mine) end(); };
  if (requests > 1) { setTimeout(endIfStuck, patience.second); setTimeout(end, patience.end); }
  else if (signal !== INTERRUPT) setTimeout(endIfStuck, patience.terminate);
}
try {
  const { Signal } = require('internal/test/binding').internalBinding('signal_wrap');
  for (const signal of [HANGUP, INTERRUPT, TERMINATE]) {
    const handle = new Signal();
    handle.onsignal = () => hear(signal);
    handle.start(signal);
  }
} finally {
  Atomics.store(state, READY, 1);
  Atomics.notify(state, READY);
}
`;

const [HEARD, READY] = [0, 1];
const LONGEST_START_MS = 1000;

export interface Watchdog {
  /** The main thread heard a signal. */
  heard(): void;
  /** Starts the thread, which takes a moment. */
  start(): void;
  /** Waits for that moment: from now on a main thread that no longer hears is ended from outside of it. */
  watch(): void;
  close(): void;
}

export function watchdog(): Watchdog {
  const state = new Int32Array(new SharedArrayBuffer(8));
  let thread: Worker | undefined;
  const start = () => {
    thread ??= threadWith(state);
  };
  return {
    heard: () => void Atomics.add(state, HEARD, 1),
    start,
    watch: () => {
      start();
      Atomics.wait(state, READY, 0, LONGEST_START_MS);
    },
    close: () => void thread?.terminate(),
  };
}

function threadWith(state: Int32Array): Worker {
  const workerData = { state, asOne: AS_ONE_MS, patience: PATIENCE };
  const execArgv = ['--expose-internals', '--no-warnings'];
  const thread = new Worker(THREAD, { eval: true, workerData, execArgv, stdin: false });
  thread.on('error', () => undefined);
  thread.unref();
  return thread;
}
