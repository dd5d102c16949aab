/** The world outside of the engine: it answers calls, never twice the same, and keeps a list of them. */
export class Outside {
  /** Each call that came to an answer, as `kind(config) what`. */
  calls: string[] = [];
  /** Calls that were refused an answer. */
  failed: string[] = [];
  /** Texts that fail today. */
  readonly failing = new Set<string>();
  /** Set when the process that asks was killed. */
  dead = false;
  readonly #asked = new Map<string, number>();

  answer(key: string, text: unknown): number {
    if (this.dead) throw new Error('nobody asks any more');
    if (this.failing.has(String(text))) {
      this.failed.push(key);
      throw new Error(`no answer for ${text} today (request ${this.failed.length})`);
    }
    this.calls.push(key);
    const times = (this.#asked.get(key) ?? 0) + 1;
    this.#asked.set(key, times);
    return times;
  }

  take(): { calls: string[]; failed: string[] } {
    const { calls, failed } = this;
    this.calls = [];
    this.failed = [];
    return { calls, failed };
  }
}
