import { type Cells, PLAIN } from './csv-cells.js';

/**
 * `millrace export` puts a `'` before texts that a spreadsheet would take for formulas, and says so in the header: of its
 * names just one stands in quotes that it does not need, and lines end with CR LF. No usual writer does that: they quote
 * all names or only those that need it. In any other file a `'` is what its writer meant.
 */
export function isGuarded(cells: Cells, end: number): boolean {
  const { bytes, ends, marks, count } = cells;
  const last = end - 1;
  const after = (ends[last] as number) + (marks[last] === PLAIN ? 0 : 1);
  if (bytes[after] !== CR || bytes[after + 1] !== LF) return false;
  // Of a table with one column, the cells tell a writer that quotes all.
  return needless(cells, 0, end) === 1 && needless(cells, end, count) === 0;
}

/** Cells in quotes that they do not need. */
function needless({ bytes, starts, ends, marks }: Cells, from: number, to: number): number {
  let found = 0;
  for (let cell = from; cell < to; cell++) {
    if (marks[cell] === PLAIN) continue;
    const text = Buffer.from(bytes.subarray(starts[cell], ends[cell])).toString('utf8');
    if (!/[",\r\n]|^\s|\s$|^$/.test(text)) found++;
  }
  return found;
}

const CR = 13;
const LF = 10;
const APOSTROPHE = 39;
const SIGNS = new Set(Buffer.from('=+-@\t\r'));

/** Takes the `'` away again. A text that began with one of its own has one more. */
export function unguard({ bytes, starts, ends, count }: Cells): void {
  for (let cell = 0; cell < count; cell++) {
    let at = starts[cell] as number;
    if (bytes[at] !== APOSTROPHE) continue;
    const end = ends[cell] as number;
    while (at < end && bytes[at] === APOSTROPHE) at++;
    if (at < end && SIGNS.has(bytes[at] as number)) starts[cell] = (starts[cell] as number) + 1;
  }
}
