import { NOTHING_SPENT, sumCosts } from '../ports/cost.js';
import type { Cost } from '../ports/store.js';

/** What a run spends: a call counts when it goes out, so that the record of a killed run has it too. */
export class Spending {
  #cost: Cost = NOTHING_SPENT;
  #stages = 0;
  #since = 0;

  constructor(readonly record: (more: Partial<Cost>) => void) {}

  add({ rows, ...more }: Partial<Cost>): void {
    this.#cost = sumCosts(this.#cost, { ...more, ...(rows !== undefined && { rows }) });
    if (more.calls || more.tokens || more.money) this.record(more);
  }

  /** The time in which any stage runs: stages that overlap take it once. */
  async during<T>(act: () => Promise<T>): Promise<T> {
    if (this.#stages++ === 0) this.#since = performance.now();
    try {
      return await act();
    } finally {
      if (--this.#stages === 0) this.#cost = sumCosts(this.#cost, { seconds: secondsSince(this.#since) });
    }
  }

  get total(): Cost {
    return this.#cost;
  }
}

export const secondsSince = (started: number): number => (performance.now() - started) / 1000;
