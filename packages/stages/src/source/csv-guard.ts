import { type Cells, PLAIN } from './csv-cells.js';

/**
 * `millrace export` puts a `'` before texts that a spreadsheet would take for formulas, in cells that it quotes, and says
 * so in the header: one plain word among the names stands in quotes, another does not, and nothing below the quoted one
 * has a `'`. Programs that quote do it by what a cell holds or by the type of its column, and cannot write that. In any
 * other file a `'` is what its writer meant.
 */
export function isGuarded(cells: Cells, width: number): boolean {
  const marked = markedName(cells, width);
  if (marked === undefined || cells.count !== cells.records * width) return false;
  for (let cell = width; cell < cells.count; cell++) {
    if (!isAsWritten(cells, cell)) return false;
    if (cell % width === marked && isGuard(cells, cell)) return false;
  }
  return true;
}

/** Which name bears the mark. */
function markedName(cells: Cells, width: number): number | undefined {
  const names = Array.from({ length: width }, (_, name) => name);
  const [marked, ...others] = names.filter((name) => !isAsWritten(cells, name));
  if (marked === undefined || others.length > 0 || !endsWithCrLf(cells, width - 1)) return undefined;
  const words = names.filter((name) => WORD.test(textOf(cells, name)));
  return words.length > 1 && words.includes(marked) ? marked : undefined;
}

const WORD = /^[A-Za-z_]\w*$/;
const NEEDS_QUOTES = /[",\r\n]|^\s|\s$|^$/;

/** In quotes where it needs them or has a `'` before a sign, and nowhere else. */
function isAsWritten(cells: Cells, cell: number): boolean {
  if (cells.marks[cell] === PLAIN) return !isGuard(cells, cell);
  return isGuard(cells, cell) || NEEDS_QUOTES.test(textOf(cells, cell));
}

const textOf = ({ bytes, starts, ends }: Cells, cell: number): string =>
  Buffer.from(bytes.subarray(starts[cell], ends[cell])).toString('utf8');

function endsWithCrLf({ bytes, ends, marks }: Cells, last: number): boolean {
  const after = (ends[last] as number) + (marks[last] === PLAIN ? 0 : 1);
  return bytes[after] === CR && bytes[after + 1] === LF;
}

const CR = 13;
const LF = 10;
const APOSTROPHE = 39;
const SIGNS = new Set(Buffer.from('=+-@\t\r'));

/** Some `'`, and then a sign that begins a formula. */
function isGuard({ bytes, starts, ends }: Cells, cell: number): boolean {
  let at = starts[cell] as number;
  if (bytes[at] !== APOSTROPHE) return false;
  const end = ends[cell] as number;
  while (at < end && bytes[at] === APOSTROPHE) at++;
  return at < end && SIGNS.has(bytes[at] as number);
}

/** Takes the `'` away again. A text that began with one of its own has one more. */
export function unguard(cells: Cells): void {
  const { starts, marks, count } = cells;
  for (let cell = 0; cell < count; cell++)
    if (marks[cell] !== PLAIN && isGuard(cells, cell)) starts[cell] = (starts[cell] as number) + 1;
}
