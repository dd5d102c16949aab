import { Worker } from 'node:worker_threads';
import { type AnyFunction, builtInTag, isBuffer, type Row } from '@millrace/core';
import { isPlain } from './given.js';

/** What runs in a thread: a function that finds only its own text there, the values and functions it `uses`, and its config. */
export interface Threaded {
  readonly fn: AnyFunction;
  readonly uses: Readonly<Record<string, unknown>>;
  readonly given: unknown;
}

type Said = readonly (
  | { readonly answer: unknown }
  | { readonly message: string; readonly stack: string | undefined }
)[];

interface Batch {
  readonly rows: readonly Row[];
  readonly resolve: (said: Said) => void;
  readonly reject: (error: Error) => void;
}

/** One batch at a time: where a thread ends, a row of that batch is the cause. */
interface Thread {
  readonly worker: Worker;
  batch: Batch | undefined;
}

/** Plain text, so that it runs from sources and from built files alike. A method's text is a function only inside an object. */
const WORKER = `
const { parentPort, workerData } = require('node:worker_threads');
const { values, functions, text } = workerData;
const parses = (text) => { try { return !!new Function('return (' + text + ')'); } catch { return false; } };
const expression = (text) => parses(text) ? '(' + text + ')' : 'Object.values({' + text + '})[0]';
const used = Object.entries(functions).map(([name, text]) => 'const ' + name + ' = ' + expression(text) + ';');
const made = new Function(...Object.keys(values), used.join('\\n') + 'return ' + expression(text))(...Object.values(values));
const isPlain = (value) => typeof value !== 'object' || value === null
  || ((Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype) && Object.values(value).every(isPlain) && !!Object.freeze(value));
const shared = isPlain(workerData.given);
parentPort.on('message', async (rows) => {
  const said = [];
  for (const row of rows) {
    try { said.push({ answer: await made(row, shared ? workerData.given : structuredClone(workerData.given)) }); }
    catch (error) { said.push({ message: String(error && error.message || error), stack: error && error.stack }); }
  }
  try { parentPort.postMessage(said); }
  catch { parentPort.postMessage(said.map(sendable)); }
});
const sendable = (each) => {
  try { return structuredClone(each); }
  catch (error) { return { message: 'The function returned a value that cannot leave its thread: ' + error.message + ' Return plain data, or leave threads out.' }; }
};
`;

/** So many threads that end one after the other, and no answer between them, are no matter of single rows. */
const MOST_ENDS = 40;

/** Some threads that run one function. Batches wait for the next idle thread; answers are the function's own. */
export class Threads {
  readonly #threads = new Set<Thread>();
  readonly #waiting: Batch[] = [];
  readonly #workerData: object;
  #ends = 0;

  constructor(
    readonly count: number,
    { fn, uses, given }: Threaded,
  ) {
    refuseToSend(given, 'with');
    this.#workerData = { text: textOf(fn), ...usesOf(uses), given };
  }

  /** What the function gave for each row; what it threw stands in its place. */
  async run(rows: readonly Row[]): Promise<readonly unknown[]> {
    const said = await new Promise<Said>((resolve, reject) => {
      this.#waiting.push({ rows: rows.map(owned), resolve, reject });
      this.#next();
    });
    return said.map((each) => ('message' in each ? failed(each.message, each.stack) : each.answer));
  }

  async close(): Promise<void> {
    const open = [...this.#threads];
    this.#threads.clear();
    await Promise.all(open.map(({ worker }) => worker.terminate()));
  }

  #next(): void {
    const idle = [...this.#threads].find(({ batch }) => !batch);
    if (this.#waiting.length === 0 || (!idle && this.#threads.size >= this.count)) return;
    const thread = idle ?? this.#start();
    const batch = this.#waiting.shift() as Batch;
    thread.batch = batch;
    thread.worker.postMessage(batch.rows);
    this.#next();
  }

  #start(): Thread {
    const worker = new Worker(WORKER, { eval: true, workerData: this.#workerData });
    const thread: Thread = { worker, batch: undefined };
    this.#threads.add(thread);
    worker.on('message', (said: Said) => {
      const { batch } = thread;
      thread.batch = undefined;
      this.#ends = 0;
      batch?.resolve(said);
      this.#next();
    });
    worker.on('error', (error) => this.#lose(thread, error.message));
    worker.on('exit', (code) =>
      this.#lose(
        thread,
        `A thread of this stage ended with code ${code} before it answered. See what the function does to its process.`,
      ),
    );
    return thread;
  }

  /** Another thread takes its place. */
  #lose(thread: Thread, message: string): void {
    if (!this.#threads.delete(thread)) return;
    if (thread.batch) this.#ends++;
    thread.batch?.reject(new ThreadEnded(message, this.#ends >= MOST_ENDS));
    this.#next();
  }
}

class ThreadEnded extends Error {
  readonly failure: object;
  constructor(message: string, everyRow: boolean) {
    super(message);
    this.failure = { message, everyRow, perhapsOneRow: true };
  }
}

/** Only what comes out of a thread's door as it went in: a Buffer does not, nor an object of a class. */
function refuseToSend(value: unknown, path: string): void {
  if (typeof value !== 'object' || value === null) return;
  const tag = builtInTag(value);
  if (isPlain(value) || tag === 'Array')
    for (const [name, inner] of Object.entries(value)) refuseToSend(inner, `${path}.${name}`);
  else if (tag === 'Map' || tag === 'Set') for (const inner of value as Set<unknown>) refuseToSend(inner, path);
  else if (tag === undefined || tag === 'URL' || isBuffer(value) || (value as RegExp).lastIndex)
    throw new Error(
      `${path} is ${isBuffer(value) ? 'a Buffer' : `a ${tag ?? value.constructor?.name}`}, which does not go into a thread as it is. Give plain data, or leave threads out.`,
    );
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
