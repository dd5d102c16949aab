/** Stored bytes are not what was written. */
export class DamagedBytes extends Error {
  override readonly name = 'DamagedBytes';
  constructor(readonly what: string) {
    super(`Stored bytes are damaged: ${what}.`);
  }
}

/** A format can't hold a column, or a file holds what no column can. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
  constructor(
    readonly column: string,
    message: string,
  ) {
    super(message);
  }
}
