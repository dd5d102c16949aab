import { Worker } from 'node:worker_threads';
import type { AnyFunction, Row, RowAnswer } from '@millrace/core';

/** What runs in a thread: a function that finds only its own text there, the values and functions it `uses`, and its config. */
export interface Threaded {
  readonly fn: AnyFunction;
  readonly uses: Readonly<Record<string, unknown>>;
  readonly given: unknown;
}

type Said = readonly { readonly answer?: Row; readonly message?: string; readonly stack?: string }[];

interface Waiting {
  readonly resolve: (said: Said) => void;
  readonly reject: (error: Error) => void;
}

/** Plain text, so that it runs from sources and from built files alike. A method's text is a function only inside an object. */
const WORKER = `
const { parentPort, workerData } = require('node:worker_threads');
const { values, functions, text } = workerData;
const parses = (text) => { try { return !!new Function('return (' + text + ')'); } catch { return false; } };
const expression = (text) => parses(text) ? '(' + text + ')' : 'Object.values({' + text + '})[0]';
const used = Object.entries(functions).map(([name, text]) => 'const ' + name + ' = ' + expression(text) + ';');
const made = new Function(...Object.keys(values), used.join('\\n') + 'return ' + expression(text))(...Object.values(values));
parentPort.on('message', async ({ id, rows }) => {
  const said = [];
  for (const row of rows) {
    try { said.push({ answer: await made(row, workerData.given) }); }
    catch (error) { said.push({ message: String(error && error.message || error), stack: error && error.stack }); }
  }
  parentPort.postMessage({ id, said });
});
`;

/** Some threads that run one function. Batches go to the thread with the least to do; answers are the function's own. */
export class Threads {
  readonly #workers: { readonly worker: Worker; readonly waiting: Map<number, Waiting> }[];
  #next = 0;

  constructor(count: number, { fn, uses, given }: Threaded) {
    const workerData = { text: textOf(fn), ...usesOf(uses), given };
    this.#workers = Array.from({ length: count }, () => this.#start(workerData));
  }

  async run(rows: readonly Row[]): Promise<readonly RowAnswer[]> {
    const said = await this.#ask(rows.map(owned));
    return said.map(({ answer, message, stack }) => answer ?? failed(message ?? 'The function gave nothing.', stack));
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map(({ worker }) => worker.terminate()));
  }

  #start(workerData: object) {
    const worker = new Worker(WORKER, { eval: true, workerData });
    const waiting = new Map<number, Waiting>();
    worker.on('message', ({ id, said }: { id: number; said: Said }) => {
      waiting.get(id)?.resolve(said);
      waiting.delete(id);
    });
    const end = (error: Error) => {
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    };
    worker.on('error', end);
    worker.on('exit', (code) =>
      end(
        new Error(
          `A thread of this stage ended with code ${code} before it answered. See what the function does to its process.`,
        ),
      ),
    );
    return { worker, waiting };
  }

  #ask(rows: readonly Row[]): Promise<Said> {
    const least = this.#workers.reduce((a, b) => (b.waiting.size < a.waiting.size ? b : a));
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      least.waiting.set(id, { resolve, reject });
      least.worker.postMessage({ id, rows });
    });
  }
}

const textOf = (fn: AnyFunction): string => Function.prototype.toString.call(fn);

/** Functions go over as their text and see each other there. */
function usesOf(uses: Threaded['uses']): { values: object; functions: Readonly<Record<string, string>> } {
  const [values, functions]: [Record<string, unknown>, Record<string, string>] = [{}, {}];
  for (const [name, value] of Object.entries(uses)) {
    if (typeof value === 'function') functions[name] = textOf(value as AnyFunction);
    else values[name] = value;
  }
  return { values, functions };
}

/** A value may be a view into a column of many rows: only its own bytes go over. */
const owned = (row: Row): Row =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      ArrayBuffer.isView(value) && 'slice' in value ? (value as Uint8Array).slice() : value,
    ]),
  );

function failed(message: string, stack: string | undefined): Error {
  const lost = /^(\w+) is not defined$/.exec(message)?.[1];
  const error = new Error(
    lost
      ? `The function uses ${lost}, which is not there in a thread: it finds only its own text, what it uses and its config. Import it inside the function, declare uses: { ${lost} }, or leave threads out.`
      : message,
  );
  if (stack) error.stack = stack;
  return error;
}
