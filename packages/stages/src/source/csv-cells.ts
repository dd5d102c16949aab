export const PLAIN = 0;
const QUOTED = 1;
/** Quoted, with doubled quotes inside. */
export const ESCAPED = 2;

const LF = 10;
const CR = 13;
export const QUOTE = 34;

/** The cells of some whole records, as places in their bytes: no text is made before a column wants it. */
export class Cells {
  starts = new Int32Array(1 << 12);
  ends = new Int32Array(1 << 12);
  /** PLAIN, QUOTED or ESCAPED. */
  marks = new Uint8Array(1 << 12);
  /** Cells of each record, added up. */
  readonly recordEnds: number[] = [];
  /** Where the next, unfinished record begins. */
  rest = 0;
  count = 0;

  constructor(readonly bytes: Uint8Array) {}

  get records(): number {
    return this.recordEnds.length;
  }

  put(start: number, end: number, mark: number): void {
    if (this.count === this.starts.length) this.#grow();
    this.starts[this.count] = start;
    this.ends[this.count] = end;
    this.marks[this.count++] = mark;
  }

  #grow(): void {
    this.starts = wider(this.starts);
    this.ends = wider(this.ends);
    const marks = new Uint8Array(this.marks.length * 2);
    marks.set(this.marks);
    this.marks = marks;
  }
}

function wider(from: Int32Array): Int32Array<ArrayBuffer> {
  const to = new Int32Array(from.length * 2);
  to.set(from);
  return to;
}

/** A quote that is never closed, or followed by something else than the end of its cell. */
export interface BrokenQuote {
  readonly at: number;
  readonly why: string;
}

export interface Scan {
  /** A byte of ASCII. */
  readonly delimiter: number;
  /** No more bytes follow. */
  readonly last: boolean;
}

/**
 * Cuts bytes into cells, record by record. A record that is not whole yet is left, unless these are the last bytes.
 * Quotes count at the start of a cell only, as programs write them; inside, a quote is doubled.
 */
export function scan(bytes: Uint8Array, how: Scan): Cells | BrokenQuote {
  const cells = new Cells(bytes);
  const { length } = bytes;
  let at = 0;
  while (at < length) {
    if (bytes[at] === LF || (bytes[at] === CR && bytes[at + 1] === LF)) {
      // An empty line between records is no record.
      at += bytes[at] === CR ? 2 : 1;
      cells.rest = at;
      continue;
    }
    const before = cells.count;
    const next = record(cells, at, how);
    if (typeof next === 'object') return next;
    if (next < 0) {
      cells.count = before;
      return cells;
    }
    at = next;
    cells.recordEnds.push(cells.count);
    cells.rest = at;
  }
  return cells;
}

/** The place after the record; −1 where the bytes end before it does. */
function record(cells: Cells, from: number, how: Scan): number | BrokenQuote {
  const { bytes } = cells;
  const { length } = bytes;
  const { delimiter } = how;
  let at = from;
  for (;;) {
    if (bytes[at] === QUOTE) {
      const end = quoted(cells, at, how);
      if (typeof end === 'object' || end < 0) return end;
      at = end;
    } else {
      const start = at;
      let byte = bytes[at];
      while (at < length && byte !== delimiter && byte !== LF) byte = bytes[++at];
      if (at === length && !how.last) return -1;
      cells.put(start, at > start && bytes[at - 1] === CR && bytes[at] !== delimiter ? at - 1 : at, PLAIN);
    }
    if (at >= length) return length;
    if (bytes[at++] === LF) return at;
    if (at === length && !how.last) return -1;
  }
}

/** Puts a quoted cell; gives the place of the delimiter or line end after it. */
function quoted(cells: Cells, from: number, { delimiter, last }: Scan): number | BrokenQuote {
  const { bytes } = cells;
  const { length } = bytes;
  let mark = QUOTED;
  let at = from + 1;
  for (;;) {
    while (at < length && bytes[at] !== QUOTE) at++;
    if (at >= length) return last ? { at: from, why: 'a quote is opened here and never closed' } : -1;
    if (at + 1 === length && !last) return -1;
    if (bytes[at + 1] !== QUOTE) break;
    mark = ESCAPED;
    at += 2;
  }
  let next = at + 1;
  if (bytes[next] === CR) next++;
  if (next < length && bytes[next] !== delimiter && bytes[next] !== LF)
    return { at: next, why: 'a quoted cell goes on behind its closing quote; a quote inside it is written twice' };
  if (next === length && !last) return -1;
  cells.put(from + 1, at, mark);
  return next;
}
