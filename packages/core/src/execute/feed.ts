import { rowsOf } from '../columns/read.js';
import type { Row } from '../declare/row.js';
import { byRole } from './keys.js';
import type { RowsJob } from './rows-job.js';

/** The rows of some calls. */
export interface Chunk {
  readonly calls: Int32Array;
  readonly rows: readonly Row[];
}

const READ_AHEAD = 8192;

/** Rows for calls, in order, read a block ahead of them and no further. */
export class Feed {
  readonly #names: readonly string[];
  #block: Chunk = { calls: new Int32Array(0), rows: [] };
  #at = 0;
  #next = 0;
  #loading: Promise<void> | undefined;

  constructor(
    readonly job: RowsJob,
    readonly todo: Int32Array,
    /** Calls at once. */
    readonly size: number,
  ) {
    this.#names = [...new Set(Object.values(job.reads))];
  }

  /** What is there without waiting. */
  take(calls: number = this.size): Chunk | undefined {
    const block = this.#block;
    if (this.#at >= block.calls.length) return undefined;
    const from = this.#at;
    this.#at = Math.min(from + calls, block.calls.length);
    return { calls: block.calls.subarray(from, this.#at), rows: block.rows.slice(from, this.#at) };
  }

  /** The last so many that were taken were not asked after all. Before anyone waits: then another may have taken more. */
  giveBack(calls: number): void {
    this.#at -= calls;
  }

  /** Waits until there is more. False at the end. */
  async more(): Promise<boolean> {
    if (this.#next >= this.todo.length) return false;
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined;
    });
    await this.#loading;
    return true;
  }

  async #load(): Promise<void> {
    const { reader, reads, repeat, work, config } = this.job;
    const step = Math.max(this.size, Math.floor(READ_AHEAD / this.size) * this.size);
    const calls = this.todo.subarray(this.#next, this.#next + step);
    const rows = repeat === 1 ? calls : calls.map((call) => Math.floor(call / repeat));
    const batch = await reader.pick(this.#names, rows);
    const read = byRole(rowsOf(batch, this.#names, { arrays: work.arrays?.(config) }), reads);
    this.#next += calls.length;
    this.#block = { calls, rows: read };
    this.#at = 0;
  }
}
