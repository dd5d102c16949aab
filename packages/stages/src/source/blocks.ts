import { isUtf8 } from 'node:buffer';
import { refuseUtf16, tooLong } from './bounds.js';
import { piecesOf } from './disk.js';
import type { Reading } from './reading.js';

/** Whole lines of a file, one behind the other. */
export interface Block {
  readonly bytes: Buffer;
  /** Number of the first line, from 1. */
  readonly line: number;
}

const LINE_END = 10;

/** A file as blocks of whole lines: no line is cut, and memory holds one block. A byte order mark is left out. */
export async function* blocksOf({ path, bad, most }: Reading): AsyncGenerator<Block> {
  let line = 1;
  let open: Buffer[] = [];
  for await (const piece of withoutMark(piecesOf(path), bad.file)) {
    const begun = open.reduce((sum, part) => sum + part.length, 0);
    const longer = longLine(piece, begun, most);
    if (longer !== undefined) throw tooLong(`${bad.file}:${line + longer}`, 'the line', most);
    const end = piece.lastIndexOf(LINE_END) + 1;
    if (end === 0) {
      open.push(piece);
      continue;
    }
    const bytes = joined(open, piece.subarray(0, end));
    yield { bytes, line };
    line += linesIn(bytes);
    open = end < piece.length ? [piece.subarray(end)] : [];
  }
  const rest = Buffer.concat(open);
  if (rest.length) yield { bytes: rest, line };
}

/** Which line is longer than allowed, the first of which has begun before. */
function longLine(bytes: Buffer, begun: number, most: number): number | undefined {
  if (begun + bytes.length <= most) return undefined;
  let from = -begun;
  for (let line = 0; ; line++) {
    const found = bytes.indexOf(LINE_END, Math.max(0, from));
    if ((found < 0 ? bytes.length : found) - from > most) return line;
    if (found < 0) return undefined;
    from = found + 1;
  }
}

const joined = (open: readonly Buffer[], last: Buffer): Buffer => (open.length ? Buffer.concat([...open, last]) : last);

function linesIn(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(LINE_END); at >= 0; at = bytes.indexOf(LINE_END, at + 1)) lines++;
  return lines;
}

const MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** `file` as people know it. */
export async function* withoutMark(pieces: AsyncIterable<Buffer>, file: string): AsyncGenerator<Buffer> {
  let first = true;
  for await (const piece of pieces) {
    if (first) refuseUtf16(piece, file);
    yield first && piece.subarray(0, 3).equals(MARK) ? piece.subarray(3) : piece;
    first = false;
  }
}

/** Starts and ends of the lines of a block, without their line ends, in turns. */
export function linesOf({ bytes }: Block): number[] {
  const places: number[] = [];
  for (let from = 0; from < bytes.length; ) {
    const found = bytes.indexOf(LINE_END, from);
    const end = found < 0 ? bytes.length : found;
    places.push(from, end > from && bytes[end - 1] === 13 ? end - 1 : end);
    from = end + 1;
  }
  return places;
}

export const NOT_UTF8 = 'the line is not UTF-8: some of its bytes are in another encoding. Save the file as UTF-8';

/** Numbers of the lines, from 0, that are not UTF-8. Nearly always one look at the whole block. */
export function notUtf8({ bytes }: Block, places: readonly number[]): Set<number> {
  const bad = new Set<number>();
  if (isUtf8(bytes)) return bad;
  for (let i = 0; i < places.length; i += 2) if (!isUtf8(bytes.subarray(places[i], places[i + 1]))) bad.add(i / 2);
  return bad;
}
