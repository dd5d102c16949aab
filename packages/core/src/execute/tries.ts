import type { Notes } from '../declare/kind.js';

type NotesOfRows = ReadonlyMap<number, Notes>;

/** The tries of a call. What is noted of one that failed or was given up is paid all the same, also where it comes later. */
export class Tries {
  #allowed = 1;
  #made = 0;
  #notes = new Map<number, Notes>();
  #isOver = false;

  constructor(readonly lost: (notes: NotesOfRows) => void) {}

  /** One more may be made. */
  allow(): true {
    this.#allowed++;
    return true;
  }

  /** The next goes out. */
  begin(): void {
    if (this.#made++ > 0) this.lost(this.#notes);
    this.#notes = new Map();
  }

  /** So many were allowed and never went out. */
  get unsent(): number {
    return this.#allowed - this.#made;
  }

  /** Takes notes of the try that is made now. */
  beside(): (row: number, said: Notes) => void {
    const notes = this.#notes;
    return (row, said) => {
      if (this.#isOver || notes !== this.#notes) this.lost(new Map([[row, said]]));
      else notes.set(row, said);
    };
  }

  /** Gives the notes of the last one. */
  end(): NotesOfRows {
    this.#isOver = true;
    return this.#notes;
  }
}
