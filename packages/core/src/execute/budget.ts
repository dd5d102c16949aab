/** Stops before more is spent than was allowed; what is in flight is kept. */
export class Budget {
  #calls = 0;
  #money = 0;
  #reached: string | undefined;
  /** Undefined: no call was answered yet. */
  #dearest: number | undefined;
  #inFlight = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(readonly allowed: { readonly maxCalls?: number | undefined; readonly maxCost?: number | undefined }) {}

  /** Whether so many more calls may be made. Where what calls in flight cost decides, it waits for them. */
  async take(calls: number): Promise<boolean> {
    while (this.#dependsOnOthers(calls)) await new Promise<void>((go) => this.#waiting.push(go));
    if (!this.#allows(calls, this.#inFlight + calls)) return false;
    this.#inFlight += calls;
    return true;
  }

  /** Whether calls in flight may be made once more: each try is a call. */
  retry(calls: number): boolean {
    return this.#allows(calls, this.#inFlight);
  }

  /** Calls that were taken come to their end. `unsent`: of their tries, so many never went out. No money: none was answered. */
  ended(calls: number, { unsent, money }: { readonly unsent: number; readonly money?: number | undefined }): void {
    this.#inFlight -= calls;
    this.#calls -= unsent;
    if (money !== undefined) this.#dearest = Math.max(this.#dearest ?? 0, money / calls);
    this.paid(money ?? 0);
    for (const go of this.#waiting.splice(0)) go();
  }

  /** Also for what came to nothing. */
  paid(money: number): void {
    this.#money += money;
  }

  get reached(): string | undefined {
    return this.#reached;
  }

  #dependsOnOthers(calls: number): boolean {
    const { maxCost } = this.allowed;
    if (maxCost === undefined || this.#inFlight === 0 || this.#isBeyondCalls(calls)) return false;
    return this.#dearest === undefined || (this.#fits(calls, maxCost) && !this.#fits(this.#inFlight + calls, maxCost));
  }

  #allows(calls: number, inFlight: number): boolean {
    const { maxCalls, maxCost } = this.allowed;
    if (this.#isBeyondCalls(calls)) return this.#stop(`${maxCalls} calls`);
    if (maxCost !== undefined && !this.#fits(inFlight, maxCost)) return this.#stop(`a cost of ${maxCost}`);
    this.#calls += calls;
    return true;
  }

  #isBeyondCalls(calls: number): boolean {
    const { maxCalls } = this.allowed;
    return maxCalls !== undefined && this.#calls + calls > maxCalls;
  }

  /** The dearest call seen so far is what the next one may cost. */
  #fits(calls: number, maxCost: number): boolean {
    return this.#money + (this.#dearest ?? 0) * calls <= maxCost;
  }

  #stop(what: string): false {
    this.#reached = what;
    return false;
  }
}
