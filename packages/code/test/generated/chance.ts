/** The same choices for each seed. */
export class Chance {
  /** May files wait for one another while they load? */
  waits = false;
  #state: number;

  constructor(seed: number) {
    this.#state = (seed * 2654435761 + 1) >>> 0;
  }

  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let word = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  }

  is(share: number): boolean {
    return this.#next() < share;
  }

  /** From the one to the other, both included. */
  whole(from: number, to: number): number {
    return from + Math.floor(this.#next() * (to - from + 1));
  }

  pick<T>(all: readonly T[]): T {
    return all[Math.floor(this.#next() * all.length)] as T;
  }

  /** Some of them, in their order; at least one. */
  some<T>(all: readonly T[], most: number): T[] {
    const left = new Set(Array.from({ length: this.whole(1, most) }, () => this.pick(all)));
    return all.filter((each) => left.has(each));
  }
}
