import type { Type } from '@millrace/core';
import { type Records, textReader } from './csv-columns.js';

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const BOOL = /^(?:true|false)$/i;

type Seen = 'nothing' | 'numbers' | 'bools' | 'texts';

/**
 * What the cells of a column are, all of them: numbers (float64, so that one 1.5 more changes no other value), true and
 * false, else text. `007`, `+5` and whole numbers that a float can't hold are texts: as numbers they would not be what
 * the file says. Dates are texts too, until a column is declared.
 */
export class CsvTypes {
  readonly #seen: Seen[];

  constructor(width: number) {
    this.#seen = new Array<Seen>(width).fill('nothing');
  }

  add(records: Records): void {
    this.#seen.forEach((seen, cell) => {
      if (seen !== 'texts') this.#seen[cell] = look(records, cell, seen);
    });
  }

  /** Of a file without rows, which may become anything. */
  get none(): Type[] {
    return this.#seen.map(() => 'null');
  }

  get types(): Type[] {
    return this.#seen.map((seen) => (seen === 'numbers' ? 'float64' : seen === 'bools' ? 'bool' : 'text'));
  }
}

function look(records: Records, cell: number, before: Seen): Seen {
  const read = textReader(records, { cell, type: 'float64' });
  const { starts, ends, bytes } = records.cells;
  let seen = before;
  for (let row = 0; row < records.firsts.length; row++) {
    const at = (records.firsts[row] as number) + cell;
    if (seen === 'numbers' && isPlainNumber(bytes, starts[at] as number, ends[at] as number)) continue;
    const text = read(row);
    if (text === null) continue;
    const own = ofText(text);
    if (own === 'texts' || (seen !== 'nothing' && seen !== own)) return 'texts';
    seen = own;
  }
  return seen;
}

function ofText(text: string): Seen {
  if (BOOL.test(text)) return 'bools';
  if (!NUMBER.test(text)) return 'texts';
  return text.length < 16 || text.includes('.') || Number.isSafeInteger(Number(text)) ? 'numbers' : 'texts';
}

const [ZERO, NINE, POINT, MOST] = [48, 57, 46, 15];

/** Nearly every number of a file, told without making a text of it. */
function isPlainNumber(bytes: Uint8Array, start: number, end: number): boolean {
  const first = bytes[start] as number;
  if (start === end || end - start > MOST || first <= ZERO || first > NINE) return false;
  let points = 0;
  for (let at = start + 1; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte === POINT) points++;
    else if (byte < ZERO || byte > NINE) return false;
  }
  return points === 0 || (points === 1 && bytes[end - 1] !== POINT);
}
