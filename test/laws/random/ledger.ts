import type { Node } from './graph.js';

export interface Shown {
  readonly key: string;
  readonly draw: string | undefined;
  readonly said: string;
  readonly ran: boolean;
}

export interface Killed {
  /** Calls that were refused an answer: where they were forced, what was known of them may not count any more. */
  readonly failed: readonly string[];
  readonly unwritten: number;
  /** Calls that a stage makes at once. */
  readonly lanes: (stage: string) => number;
}

/** What was asked of the outside, what was answered, and what may be asked again. */
export class Ledger {
  /** Calls whose answer is kept: `sure`, or `maybe` where a kill, a sweep or damage may have taken it. */
  readonly #known = new Map<string, 'sure' | 'maybe'>();
  /** The newest answer that a stage has shown for a call: it never goes back to an older one. */
  #shown = new Map<string, number>();
  /** Calls that were asked again because an answer was lost: stages that still have the older one may show it. */
  readonly #twice = new Set<string>();
  readonly #seeds = new Map<string, string>();
  readonly #draws = new Map<string, string>();
  #sure: 'sure' | 'maybe' = 'sure';
  /** Of the run that is looked at. */
  #forced: ReadonlySet<number> = new Set();
  #called = new Set<string>();
  #failing: ReadonlySet<string> = new Set();
  /** Calls in flight at a kill: so many of these may be made again. */
  readonly #lost: { readonly calls: ReadonlySet<string>; left: number }[] = [];

  /** The calls of a run: none whose answer is kept, unless it was forced or is not to be remembered. */
  begin(
    calls: readonly string[],
    how: { forced: ReadonlySet<number>; free: (call: string) => boolean; failing: ReadonlySet<string> },
  ): void {
    this.#forced = how.forced;
    this.#failing = how.failing;
    this.#called = new Set();
    for (const call of calls) {
      if (!how.free(call)) {
        const doubted = this.#known.get(call) === 'maybe' || this.#sure === 'maybe';
        if (this.#called.has(call) && !doubted) throw new Error(`asked twice in one run: ${call}`);
        const lost = this.#known.get(call) !== 'sure' || this.#wasLost(call);
        if (this.#known.has(call) && lost) this.#twice.add(call);
        if (!lost) throw new Error(`asked again although its answer is kept: ${call}`);
      }
      this.#called.add(call);
    }
  }

  #wasLost(call: string): boolean {
    const lost = this.#lost.find((l) => l.left > 0 && l.calls.has(call));
    if (lost) lost.left--;
    return lost !== undefined;
  }

  /** The run came to its end: what it was answered is kept. */
  end(unkept: (call: string) => boolean): void {
    for (const call of this.#called)
      if (!unkept(call)) this.#known.set(call, this.#sure);
      else if (!this.#known.has(call)) this.#known.set(call, 'maybe');
  }

  /** The run was killed: no more answers were in flight than were not written, nor more of a stage than it has lanes. */
  killed(calls: readonly string[], { failed, unwritten, lanes }: Killed): void {
    for (const call of calls) if (!this.#known.has(call)) this.#known.set(call, isRowCall(call) ? this.#sure : 'maybe');
    for (const call of failed) if (this.#known.has(call)) this.#known.set(call, 'maybe');
    const stages = new Map<string, Set<string>>();
    for (const call of calls.filter(isRowCall))
      stages.set(stageOf(call), (stages.get(stageOf(call)) ?? new Set()).add(call));
    for (const [stage, rows] of stages) {
      const left = Math.min(unwritten, lanes(stage));
      if (left > 0) this.#lost.push({ calls: rows, left });
    }
  }

  /** A sweep, or damage: any answer may be gone. What is damaged is noticed whenever it is read. */
  doubt(how: 'sweep' | 'damage'): void {
    if (how === 'damage') this.#sure = 'maybe';
    for (const call of this.#known.keys()) this.#known.set(call, 'maybe');
    this.#shown = new Map();
  }

  mayFail(node: Node, { key, text, many }: { key: string; text: string; many: boolean }): void {
    if (!this.#failing.has(text)) throw new Error(`${node.name}: ${key} failed although it is answered today`);
    const kept =
      !node.kind.match(/sampled|drawn/) &&
      this.#known.get(key) === 'sure' &&
      this.#lost.every((l) => !l.calls.has(key));
    if (kept && node.remember && !this.#forced.has(node.id) && !many)
      throw new Error(`${node.name}: ${key} failed although its answer is kept`);
    if (!this.#forced.has(node.id)) return;
    this.#known.set(key, 'maybe');
    for (const [call, shown] of this.#shown)
      if (call.startsWith(`${node.id} ${key} `)) this.#shown.set(call, shown + 0.5);
  }

  failsToday(text: string): boolean {
    return this.#failing.has(text);
  }

  /** A row stands there: it was answered at some time. */
  shows(node: Node, key: string): void {
    if (node.kind === 'sampled' || node.kind === 'drawn') return;
    if (!this.#called.has(key) && !this.#known.has(key)) throw new Error(`${node.name}: ${key} was never asked`);
  }

  /** A stage that ran shows no older answer than it did; one that is reused as a whole is a version that stayed. */
  answer(node: Node, { key, draw, said, ran }: Shown): void {
    const [, seed, times] = /(?:@([0-9a-f]+))?(?:#(\d+))?$/.exec(said) ?? [];
    if (seed) this.#seed(`${node.kind} ${key.split(' ').slice(1).join(' ')}`, draw as string, seed);
    if (!times) return;
    const call = `${node.id} ${key} ${draw}`;
    const shown = this.#shown.get(call) ?? 0;
    const forced = this.#forced.has(node.id);
    const doubted = this.#sure === 'maybe' || this.#twice.has(seed ? `${key} @${seed}` : key);
    const free = !forced && (!ran || doubted);
    if (!free && Number(times) < (forced ? Math.floor(shown) + 1 : shown))
      throw new Error(
        `${node.name}: ${key} shows answer ${times} after answer ${shown}${forced ? ', and was forced' : ''}`,
      );
    // What is not to be remembered shows its own answer, and the remembered one comes back after it.
    if (node.remember) this.#shown.set(call, Math.max(shown, Number(times)));
  }

  /** One seed for one draw of one value, and no two draws with one seed. */
  #seed(of: string, draw: string, seed: string): void {
    const name = `${of} ${draw}`;
    const known = this.#seeds.get(name) ?? seed;
    const taken = this.#draws.get(`${of} ${seed}`) ?? draw;
    if (known !== seed || taken !== draw)
      throw new Error(`draw ${name} has the seed ${seed}, not ${known}; ${taken} has it too`);
    this.#seeds.set(name, seed);
    this.#draws.set(`${of} ${seed}`, draw);
  }
}

/** A call without its side inputs and its row. */
export const stageOf = (call: string): string => call.slice(0, call.indexOf(']') + 1);

export const isRowCall = (call: string): boolean =>
  /^(pure|asked|requested|sampled|explode|filter|judged|tuned|looked)\(/.test(call);
