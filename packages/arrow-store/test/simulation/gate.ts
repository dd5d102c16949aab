/** A worker asks the scheduler and sleeps until it answers: of all threads one is awake at a time. */

const BYTES = 1 << 20;
const [TURN, LENGTH] = [0, 1];
const HEAD = 16;
const [RUNNING, ASKING] = [0, 1];

export const newGate = (): SharedArrayBuffer => new SharedArrayBuffer(HEAD + BYTES);

/** One side of a gate. */
class Side {
  protected readonly turn: Int32Array;
  private readonly bytes: Buffer;

  constructor(gate: SharedArrayBuffer) {
    this.turn = new Int32Array(gate, 0, 4);
    this.bytes = Buffer.from(gate, HEAD, BYTES);
  }

  protected put(value: unknown): void {
    const text = JSON.stringify(value ?? null);
    if (text.length * 2 > BYTES) throw new Error(`BUG: a message of ${text.length} characters`);
    Atomics.store(this.turn, LENGTH, this.bytes.write(text, 'utf8'));
  }

  protected take(): unknown {
    return JSON.parse(this.bytes.toString('utf8', 0, Atomics.load(this.turn, LENGTH)));
  }

  protected hand(to: number): void {
    Atomics.store(this.turn, TURN, to);
    Atomics.notify(this.turn, TURN);
  }

  protected wait(whileIt: number): void {
    while (Atomics.load(this.turn, TURN) === whileIt) Atomics.wait(this.turn, TURN, whileIt);
  }
}

export class WorkerSide extends Side {
  ask(question: unknown): unknown {
    this.put(question);
    this.hand(ASKING);
    this.wait(ASKING);
    return this.take();
  }
}

export class SchedulerSide extends Side {
  /** What the worker asks next; it runs until then. */
  question(): unknown {
    this.wait(RUNNING);
    return this.take();
  }

  answer(value: unknown): void {
    this.put(value);
    this.hand(RUNNING);
  }
}
