import { type Redactor, redactorNow, replaced } from './redact.js';

/** A line without end must not fill the memory. */
const MOST_HELD = 1 << 16;

/** Redacts a text that comes in pieces: a secret is found also where it lies across them. */
export class RedactedStream {
  #held = '';

  constructor(readonly redactor: Redactor = redactorNow()) {}

  /** What can be told by now: whole lines, and of a long line all but what a secret may begin in. */
  push(piece: string): string {
    this.#held += piece;
    const line = this.#held.lastIndexOf('\n') + 1;
    const long = this.#held.length - line > MOST_HELD + this.redactor.reach;
    return line === 0 && !long ? '' : this.#take(long ? this.#held.length - this.redactor.reach : line);
  }

  end(): string {
    return this.#take(this.#held.length);
  }

  #take(upTo: number): string {
    const found = this.redactor.find(this.#held);
    const across = found.find(({ start, end }) => start < upTo && end > upTo);
    const cut = across ? across.end : upTo;
    const text = replaced(
      this.#held.slice(0, cut),
      found.filter(({ end }) => end <= cut),
    );
    this.#held = this.#held.slice(cut);
    return text;
  }
}
