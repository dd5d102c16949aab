import { createRequire as requireFrom } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { DamagedBytes } from './damage.js';
import { PARQUET_WORKER } from './parquet-worker.js';

export interface Segment {
  readonly from: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A question of the thread. Those of one file have one key; without a path its bytes are sent along. */
export interface ParquetRequest {
  readonly key: string;
  readonly size: number;
  readonly path?: string;
  readonly segments?: readonly Segment[];
  /** The segments hold the end of the file: it may be opened by them. */
  readonly open?: boolean;
  readonly read?: {
    readonly rowGroups: number[];
    readonly columns: string[];
    readonly batchSize: number;
    readonly offset?: number;
    readonly limit?: number;
  };
  readonly close?: boolean;
}

export interface ParquetAnswer {
  /** The file is not open: send its end. */
  readonly unknown?: boolean;
  readonly error?: string;
  readonly compiled?: object;
  /** The decoder broke off, and its thread with it. */
  readonly trap?: string;
  readonly rows?: number;
  readonly groups?: readonly ParquetGroup[];
  readonly schema?: Uint8Array;
  readonly stream?: Uint8Array;
}

export interface ParquetGroup {
  readonly rows: number;
  readonly bytes: number;
  readonly leaves: readonly (readonly [column: string, compressedBytes: number])[];
}

/** The decoder needs several times what it reads; a small file that wants more than this is hostile. */
const LEAST_MEMORY = 256 << 20;
const TIMES_SIZE = 8;
const PAGE = 1 << 16;
const MOST_PAGES = 1 << 16;

/** A machine may be slow, but no step of the decoder takes so long: each is a few dozen megabytes. */
const CHECK_MS = 5000;
const MOST_CHECKS = 12;
const IDLE_MS = 2000;

/** The decoder broke off. Of fewer rows it may not. */
export class Trap extends DamagedBytes {}

/** Machine code of the decoder for the next thread, by the pages of its memory. */
const COMPILED = new Map<number, object>();

let waiting: Promise<unknown> = Promise.resolve();
let thread: Thread | undefined;

/** One question after the other, so that a trap is the fault of the one that was asked. */
export function askParquet(request: ParquetRequest): Promise<ParquetAnswer> {
  const asked = waiting.then(() => ask(request));
  waiting = asked.catch(() => undefined);
  return asked;
}

async function ask(request: ParquetRequest): Promise<ParquetAnswer> {
  if (request.close && thread === undefined) return {};
  const pages = Math.min(MOST_PAGES, Math.ceil(Math.max(LEAST_MEMORY, TIMES_SIZE * request.size) / PAGE));
  if (thread !== undefined && thread.pages < pages) end();
  thread ??= new Thread(pages);
  const answer = await thread.ask(request);
  if (answer.trap !== undefined) end();
  if (answer.trap !== undefined) throw new Trap(`its decoder broke off (${answer.trap})`);
  if (answer.error !== undefined) throw new DamagedBytes(plain(answer.error));
  return answer;
}

function end(): void {
  thread?.end();
  thread = undefined;
}

const plain = (message: string): string => message.replace(/^(External|Parquet error|Arrow): /g, '').replace(/\.$/, '');

class Thread {
  private readonly worker: Worker;
  private readonly progress = new Int32Array(new SharedArrayBuffer(4));
  private idle: NodeJS.Timeout | undefined;
  private told: (answer: ParquetAnswer) => void = () => undefined;

  constructor(readonly pages: number) {
    const { resolve } = requireFrom(import.meta.url);
    const workerData = {
      module: pathToFileURL(resolve('parquet-wasm/esm')).href,
      wasm: resolve('parquet-wasm/esm/parquet_wasm_bg.wasm'),
      pages,
      compiled: COMPILED.get(pages),
      progress: this.progress.buffer,
    };
    this.worker = new Worker(PARQUET_WORKER, { eval: true, workerData, execArgv: [], stdin: false });
    this.worker.on('message', (answer: ParquetAnswer) => {
      if (answer.compiled) COMPILED.set(pages, answer.compiled);
      else this.told(answer);
    });
    this.worker.on('error', (error) => this.told({ trap: error.message }));
    this.worker.on('exit', (code) => {
      if (thread === this) thread = undefined;
      this.told({ trap: `its thread ended with ${code}` });
    });
  }

  async ask(request: ParquetRequest): Promise<ParquetAnswer> {
    clearTimeout(this.idle);
    this.worker.ref();
    const answered = new Promise<ParquetAnswer>((resolve) => {
      this.told = resolve;
    });
    const watch = this.watch();
    this.worker.postMessage(request, transferred(request));
    try {
      return await answered;
    } finally {
      clearInterval(watch);
      this.rest();
    }
  }

  end(): void {
    clearTimeout(this.idle);
    void this.worker.terminate();
  }

  /** By what it reads, never by the time alone: checks that come late, as after a sleep of the machine, count once. */
  private watch(): NodeJS.Timeout {
    let seen = Atomics.load(this.progress, 0);
    let checks = 0;
    return setInterval(() => {
      const now = Atomics.load(this.progress, 0);
      checks = now === seen ? checks + 1 : 0;
      seen = now;
      if (checks >= MOST_CHECKS) this.told({ trap: 'no progress in a minute' });
    }, CHECK_MS);
  }

  /** Nobody waits for it: the process may end, and memory is given back. */
  private rest(): void {
    this.worker.unref();
    this.idle = setTimeout(() => {
      if (thread === this) thread = undefined;
      this.end();
    }, IDLE_MS);
    this.idle.unref();
  }
}

const transferred = ({ segments = [] }: ParquetRequest): ArrayBuffer[] => segments.map(({ bytes }) => bytes.buffer);
