import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { timerMs } from '@millrace/core';

export interface PatternUse {
  readonly source: string;
  readonly flags: string;
  /** The group, or the named groups, whose text is the value. */
  readonly take: number | string | readonly string[];
}

export const LATE = Symbol('late');

/** What the pattern found in one text; LATE where it took too long. */
export type Found = readonly unknown[] | typeof LATE;

interface Limits {
  /** For each text. */
  readonly limitMs: number;
  /** Aborted: the answers are no longer waited for. */
  readonly stop: AbortSignal;
}

/** Plain text, so that it runs from sources and from built files alike. */
const THREAD = `
const { parentPort, workerData: { source, flags, take } } = require('node:worker_threads');
const READY = 'ready';
const pattern = new RegExp(source, flags);
const taken = (found) => {
  if (typeof take === 'number') return found[take];
  if (typeof take === 'string') return found.groups?.[take];
  return Object.fromEntries(take.map((name) => [name, found.groups?.[name] ?? null]));
};
const valuesIn = (text) => Array.from(text.matchAll(pattern), taken).filter((value) => value !== undefined);
parentPort.postMessage(READY);
parentPort.on('message', (texts) => { for (const text of texts) parentPort.postMessage(valuesIn(text)); });
`;

/** A thread that looks for a pattern, and is ended and started again where that takes too long. One batch at a time. */
export class PatternThread {
  #worker: Worker | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(readonly use: PatternUse) {}

  /** What is found in each text, in order. */
  find(texts: readonly string[], limits: Limits): Promise<readonly Found[]> {
    const found = this.#last.then(() => this.#all(texts, limits));
    this.#last = found.catch(() => undefined);
    return found;
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  async #all(texts: readonly string[], limits: Limits): Promise<readonly Found[]> {
    const found: Found[] = [];
    while (found.length < texts.length) {
      const ended = await this.#some(texts.slice(found.length), found, limits);
      if (ended) continue;
      found.push(LATE);
      await this.close();
    }
    return found;
  }

  /** How long a thread takes to begin does not count. */
  async #ready(): Promise<Worker> {
    if (this.#worker) return this.#worker;
    const worker = new Worker(THREAD, { eval: true, workerData: this.use, execArgv: [], stdin: false });
    this.#worker = worker;
    await once(worker, 'message');
    return worker;
  }

  /** False where a text takes too long: found is what those before it gave. */
  async #some(texts: readonly string[], found: Found[], { limitMs, stop }: Limits): Promise<boolean> {
    const wanted = found.length + texts.length;
    const worker = await this.#ready();
    return new Promise((resolve, reject) => {
      const late = lateTimer(limitMs, () => end(() => resolve(false)));
      const end = (how: () => void) => {
        late.cancel();
        worker.off('message', hear).off('error', fail).off('exit', gone);
        stop.removeEventListener('abort', leave);
        how();
      };
      const hear = (values: readonly unknown[]) => {
        found.push(values);
        late.begin();
        if (found.length === wanted) end(() => resolve(true));
      };
      const fail = (error: Error) => end(() => reject(error));
      const gone = () => fail(new Error('The thread that looks for a pattern ended before it answered. Run again.'));
      const leave = () => end(() => void this.close().then(() => reject(interrupted())));
      worker.on('message', hear).on('error', fail).on('exit', gone);
      if (stop.aborted) return leave();
      stop.addEventListener('abort', leave, { once: true });
      worker.postMessage(texts);
      return late.begin();
    });
  }
}

/** Calls back when so long nothing came; what came while this thread was busy with other things is heard first. */
function lateTimer(ms: number, call: () => void): { begin(): void; cancel(): void } {
  let round = 0;
  let timer: NodeJS.Timeout | undefined;
  const cancel = () => {
    round++;
    clearTimeout(timer);
  };
  const begin = () => {
    cancel();
    const now = round;
    timer = setTimeout(() => setImmediate(() => now === round && call()), timerMs(ms));
  };
  return { begin, cancel };
}

const interrupted = (): Error =>
  Object.assign(new Error('The run was stopped while a pattern was looked for.'), {
    failure: { message: 'The run was stopped while a pattern was looked for.', interrupted: true },
  });
