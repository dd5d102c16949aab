import { rowsOf } from '../columns/read.js';
import type { Row } from '../declare/table.js';
import { byRole } from './keys.js';
import type { RowsJob } from './rows.js';

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
  take(): Chunk | undefined {
    const { calls, rows } = this.#block;
    if (this.#at >= calls.length) return undefined;
    const from = this.#at;
    this.#at = Math.min(from + this.size, calls.length);
    return { calls: calls.subarray(from, this.#at), rows: rows.slice(from, this.#at) };
  }

  /** Nothing at the end. */
  async more(): Promise<Chunk | undefined> {
    for (;;) {
      const there = this.take();
      if (there || this.#next >= this.todo.length) return there;
      this.#loading ??= this.#load().finally(() => {
        this.#loading = undefined;
      });
      await this.#loading;
    }
  }

  async #load(): Promise<void> {
    const { reader, reads, repeat } = this.job;
    const step = Math.max(this.size, Math.floor(READ_AHEAD / this.size) * this.size);
    const calls = this.todo.subarray(this.#next, this.#next + step);
    const rows = repeat === 1 ? calls : calls.map((call) => Math.floor(call / repeat));
    const read = byRole(rowsOf(await reader.pick(this.#names, rows)), reads);
    this.#next += calls.length;
    this.#block = { calls, rows: read };
    this.#at = 0;
  }
}
