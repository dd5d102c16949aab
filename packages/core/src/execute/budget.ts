/** Stops before more is spent than was allowed; what is in flight is kept. */
export class Budget {
  #calls = 0;
  #money = 0;
  #reached: string | undefined;

  constructor(readonly allowed: { readonly maxCalls?: number | undefined; readonly maxCost?: number | undefined }) {}

  #dearest = 0;
  #inFlight = 0;

  /** Whether so many more calls may be made. */
  take(calls: number): boolean {
    if (!this.#allows(calls, this.#inFlight + calls)) return false;
    this.#inFlight += calls;
    return true;
  }

  /** Whether calls in flight may be made once more: each try is a call. */
  retry(calls: number): boolean {
    return this.#allows(calls, this.#inFlight);
  }

  /** The dearest call seen so far is what the next one may cost. */
  #allows(calls: number, inFlight: number): boolean {
    const { maxCalls, maxCost } = this.allowed;
    if (maxCalls !== undefined && this.#calls + calls > maxCalls) return this.#stop(`${maxCalls} calls`);
    if (maxCost !== undefined && this.#money + this.#dearest * inFlight > maxCost)
      return this.#stop(`a cost of ${maxCost}`);
    this.#calls += calls;
    return true;
  }

  /** Calls that were taken come to their end. */
  spent(calls: number, money: number): void {
    this.#inFlight -= calls;
    this.#money += money;
    if (calls) this.#dearest = Math.max(this.#dearest, money / calls);
  }

  /** Calls that were taken and never went out. */
  giveBack(calls: number): void {
    this.#inFlight -= calls;
    this.#calls -= calls;
  }

  get reached(): string | undefined {
    return this.#reached;
  }

  #stop(what: string): false {
    this.#reached = what;
    return false;
  }
}
