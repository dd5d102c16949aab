/** A place among those at work, which its holder may leave while it waits for something else. */
export interface Slot {
  leave(): void;
  /** Takes a place again, where it was left. */
  back(): Promise<void>;
}

/** So many at once. */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  async take(): Promise<Slot> {
    await this.#enter();
    let inside = true;
    return {
      leave: () => {
        if (inside) this.#leave();
        inside = false;
      },
      back: async () => {
        if (!inside) await this.#enter();
        inside = true;
      },
    };
  }

  async #enter(): Promise<void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((go) => this.#waiting.push(go));
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }
}
