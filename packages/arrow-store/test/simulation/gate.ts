/** What the threads of a simulation share: whose turn it is, and all that their processes asked, in order. */

const LOG = 64 << 20;
const MESSAGE = 1 << 20;
const [TURN, ROUND, END, LENGTH] = [0, 1, 2, 3];
const HEAD = 16;

/** It is the turn of `first` from the beginning: threads that come up early wait. */
export const newGate = (first: number): SharedArrayBuffer => {
  const shared = new SharedArrayBuffer(HEAD + MESSAGE + LOG);
  new Int32Array(shared, 0, 4)[TURN] = first;
  return shared;
};

/** A gate as one thread sees it. Of all threads one is awake at a time: the others sleep until it is their turn. */
export class Gate {
  private readonly head: Int32Array;
  private readonly message: Buffer;
  private readonly log: Buffer;
  /** How far this thread has read the log. */
  private at = 0;

  constructor(
    shared: SharedArrayBuffer,
    private readonly me: number,
  ) {
    this.head = new Int32Array(shared, 0, 4);
    this.message = Buffer.from(shared, HEAD, MESSAGE);
    this.log = Buffer.from(shared, HEAD + MESSAGE, LOG);
  }

  get round(): number {
    return this.head[ROUND] as number;
  }

  /** Sleeps until another thread gives the turn back. */
  hand(to: number): void {
    Atomics.store(this.head, TURN, to);
    Atomics.notify(this.head, TURN);
    this.wait();
  }

  wait(): void {
    for (let turn = Atomics.load(this.head, TURN); turn !== this.me; turn = Atomics.load(this.head, TURN))
      Atomics.wait(this.head, TURN, turn);
  }

  /** A message from thread to thread. */
  put(value: unknown): void {
    const text = JSON.stringify(value);
    if (text.length * 2 > MESSAGE) throw new Error(`BUG: a message of ${text.length} characters`);
    this.head[LENGTH] = this.message.write(text, 'utf8');
  }

  take(): unknown {
    return JSON.parse(this.message.toString('utf8', 0, this.head[LENGTH]));
  }

  begin(): void {
    this.head[ROUND] = this.round + 1;
    this.head[END] = 0;
  }

  rewind(): void {
    this.at = 0;
  }

  /** Nothing: a question whose answer changes nothing. */
  publish(text: string): void {
    const from = this.head[END] as number;
    if (from + 4 + text.length * 2 > LOG) throw new Error(`BUG: a schedule of more than ${LOG} bytes`);
    const length = this.log.write(text, from + 4, 'utf8');
    this.log.writeUInt32LE(length, from);
    this.at = from + 4 + length;
    this.head[END] = this.at;
  }

  /** The next that this thread has not read; undefined where it has read all. */
  next(): string | undefined {
    if (this.at >= (this.head[END] as number)) return undefined;
    const from = this.at + 4;
    this.at = from + this.log.readUInt32LE(this.at);
    return this.log.toString('utf8', from, this.at);
  }
}
