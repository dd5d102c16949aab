/** Stops before more is spent than was allowed; what is in flight is kept. */
export class Budget {
  #calls = 0;
  #money = 0;
  #reached: string | undefined;

  constructor(readonly allowed: { readonly maxCalls?: number | undefined; readonly maxCost?: number | undefined }) {}

  /** Whether so many more calls may be made. The dearest call seen so far is what the next one may cost. */
  take(calls: number): boolean {
    const { maxCalls, maxCost } = this.allowed;
    if (maxCalls !== undefined && this.#calls + calls > maxCalls) return this.#stop(`${maxCalls} calls`);
    if (maxCost !== undefined && this.#money + this.#dearest * (calls + this.#inFlight) > maxCost)
      return this.#stop(`a cost of ${maxCost}`);
    this.#calls += calls;
    this.#inFlight += calls;
    return true;
  }

  #dearest = 0;
  #inFlight = 0;

  spent(calls: number, money: number): void {
    this.#inFlight -= calls;
    this.#money += money;
    if (calls) this.#dearest = Math.max(this.#dearest, money / calls);
  }

  get reached(): string | undefined {
    return this.#reached;
  }

  #stop(what: string): false {
    this.#reached = what;
    return false;
  }
}
