/** A row that is not what its file says, or not what was declared. */
export interface BadRow {
  readonly line: number;
  readonly column?: number | undefined;
  readonly why: string;
}

const SHOWN = 3;

/** What becomes of bad rows: the first one ends the stage, or all are left out and counted. */
export class BadRows {
  count = 0;
  readonly #shown: string[] = [];

  constructor(
    /** The file as the user named it. */
    readonly file: string,
    readonly skip: boolean,
  ) {}

  add(bad: BadRow): void {
    const place = `${this.file}:${bad.line}${bad.column === undefined ? '' : `:${bad.column}`}`;
    if (!this.skip)
      throw new Error(
        `${place}: ${bad.why}. Nothing of the file was stored. Mend the line, or say onBadRow: 'skip' to leave such rows out and count them.`,
      );
    if (this.count++ < SHOWN) this.#shown.push(`${place}: ${bad.why}`);
  }

  /** Before the file is read a second time. */
  restart(): void {
    this.count = 0;
    this.#shown.length = 0;
  }

  /** For people; nothing when all rows were good. */
  get sentence(): string | undefined {
    if (this.count === 0) return undefined;
    const more = this.count > SHOWN ? ` … and ${this.count - SHOWN} more` : '';
    return `${this.count} bad row${this.count === 1 ? '' : 's'} left out of ${this.file}: ${this.#shown.join('; ')}${more}.`;
  }
}

/** Why a value does not fit its column; the reader that knows its place says where. */
export class Unfit extends Error {
  override readonly name = 'Unfit';
}
